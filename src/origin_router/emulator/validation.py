"""Checks what a function returned, as CloudFront does before it acts on it. Pure.

The rules are those of aws-facts 1.5 to 1.7 and 2.2. The messages are CloudFront's own where its
error pages are known (aws-facts 1.8); where only the rule is documented, they say the rule in the
same form.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import Any

from origin_router.emulator.header_rules import READ_ONLY_IN_REQUEST, READ_ONLY_IN_RESPONSE
from origin_router.emulator.outcome import ForwardRequest, GeneratedResponse, Headers, InvalidResult
from origin_router.emulator.validation_headers import FAILED, Invalid, checked_headers, values
from origin_router.emulator.validation_origin import checked_origin

NOT_JSON = "The Lambda function returned invalid JSON: The json output is not parsable."
NOT_OBJECT = "The Lambda function returned invalid JSON: The JSON output must be an object type."
NEITHER = "The Lambda function returned an invalid request or response to CloudFront."
READ_ONLY = f"{FAILED}: The function tried to add, delete, or change a read-only header."
READ_ONLY_FIELD = f"{FAILED}: The function tried to change a read-only field."
BODY = f"{FAILED}: The body is not a string, is not an object, or exceeds the maximum size."
URI = f"{FAILED}: The URI has an invalid format."
QUERYSTRING = f"{FAILED}: The query string has an invalid format."
STATUS = f"{FAILED}: The status is not a string from 200 to 599."
DESCRIPTION = f"{FAILED}: The status description is not a string."
TOO_BIG = f"{FAILED}: The request or response exceeds the maximum size."

BODY_LIMIT_BYTES = 1_048_576
"""Origin-facing limit of a replaced body (as text) and of a generated response with its headers."""
BASE64_LIMIT_BYTES = 1_398_104
"""The same body in base64: 1.33 MB."""
HEADERS_LIMIT_BYTES = 32_768
"""Size of a request or response without its body."""
URL_LIMIT_BYTES = 8_192
"""URI and query string together stay below this."""

_FORBIDDEN_IN_URL = re.compile(r"[\x00-\x20\x7f#]")


def check_result(payload: bytes, request: dict[str, Any]) -> ForwardRequest | GeneratedResponse | InvalidResult:
    """Check the JSON that the function answered to an origin-request event with this `request`."""
    try:
        result = json.loads(payload)
    except ValueError:
        return InvalidResult(NOT_JSON)
    try:
        if not isinstance(result, dict):
            raise Invalid(NOT_OBJECT, f"it is {type(result).__name__}")
        if "status" in result:
            return _response(result)
        if "uri" in result:
            return _request(result, request)
        raise Invalid(NEITHER, "it has neither uri nor status")
    except Invalid as invalid:
        return InvalidResult(invalid.message, invalid.detail)


def _request(result: dict[str, Any], original: dict[str, Any]) -> ForwardRequest:
    for name in ("method", "clientIp"):
        if result.get(name, original[name]) != original[name]:
            raise Invalid(READ_ONLY_FIELD, name)
    uri, querystring = _url(result)
    headers = checked_headers(result.get("headers"))
    _check_read_only(result["headers"], original["headers"])
    target, custom_headers = checked_origin(result.get("origin"), original["origin"], result["headers"])
    _check_size(headers + custom_headers, len(uri) + len(querystring))
    return ForwardRequest(
        method=original["method"],
        uri=uri,
        querystring=querystring,
        headers=headers + custom_headers,
        target=target,
        body=_replaced_body(result.get("body")),
    )


def _url(result: dict[str, Any]) -> tuple[str, str]:
    uri, querystring = result["uri"], result.get("querystring", "")
    if not (isinstance(uri, str) and uri.startswith("/") and uri.isascii()):
        raise Invalid(URI, "it must begin with / and be percent-encoded")
    if _FORBIDDEN_IN_URL.search(uri) or "?" in uri:
        raise Invalid(URI, "it contains a space, a control character, # or ?")
    if not (isinstance(querystring, str) and querystring.isascii()) or _FORBIDDEN_IN_URL.search(querystring):
        raise Invalid(QUERYSTRING, "it must be percent-encoded text without spaces, control characters and #")
    if len(uri) + len(querystring) >= URL_LIMIT_BYTES:
        raise Invalid(URI, f"with its query string it is not below {URL_LIMIT_BYTES} bytes")
    return uri, querystring


def _check_read_only(headers: dict[str, Any], original: dict[str, Any]) -> None:
    for name in READ_ONLY_IN_REQUEST:
        if values(headers.get(name)) != values(original.get(name)):
            raise Invalid(READ_ONLY, f"headerName : {name}")


def _replaced_body(body: Any) -> bytes | None:
    if body is None:
        return None
    if not isinstance(body, dict) or body.get("action", "read-only") not in ("read-only", "replace"):
        raise Invalid(BODY, "action must be read-only or replace")
    return _decoded(body.get("data", ""), body.get("encoding", "text")) if body.get("action") == "replace" else None


def _response(result: dict[str, Any]) -> GeneratedResponse:
    status = result["status"]
    if not (isinstance(status, str) and re.fullmatch(r"[2-5]\d\d", status)):
        raise Invalid(STATUS, f"it is {status!r}")
    description = result.get("statusDescription", "")
    if not isinstance(description, str):
        raise Invalid(DESCRIPTION)
    headers = checked_headers(result.get("headers", {}))
    for name, _ in headers:
        if name.lower() in READ_ONLY_IN_RESPONSE:
            raise Invalid(READ_ONLY, f"headerName : {name}")
    body = _decoded(result.get("body", ""), result.get("bodyEncoding", "text"))
    _check_size(headers, 0)
    if _size(headers) + len(body) > BODY_LIMIT_BYTES:
        raise Invalid(BODY, "a generated response may have 1 MB with its headers")
    return GeneratedResponse(status=int(status), description=description, headers=headers, body=body)


def _decoded(data: Any, encoding: Any) -> bytes:
    if not isinstance(data, str) or encoding not in ("text", "base64"):
        raise Invalid(BODY, "it must be a string in the encoding text or base64")
    if encoding == "text":
        body = data.encode("utf-8", "surrogatepass")
        if len(body) > BODY_LIMIT_BYTES:
            raise Invalid(BODY, "text may have 1 MB")
        return body
    if len(data) > BASE64_LIMIT_BYTES:
        raise Invalid(BODY, "base64 may have 1.33 MB")
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        raise Invalid(BODY, "it is not base64") from None


def _size(headers: Headers) -> int:
    return sum(len(name) + len(value) + 4 for name, value in headers)  # ": " and the line's end


def _check_size(headers: Headers, others: int) -> None:
    if _size(headers) + others > HEADERS_LIMIT_BYTES:
        raise Invalid(TOO_BIG, f"without body it may have {HEADERS_LIMIT_BYTES} bytes")

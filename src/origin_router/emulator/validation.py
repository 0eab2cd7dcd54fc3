"""Checks what a function returned, as CloudFront does before it acts on it. Pure.

The rules are those of the CloudFront guide. The messages are CloudFront's own where its
error pages are known (CloudFront guide); where only the rule is documented, they say the rule in the
same form.
"""

from __future__ import annotations

import json
import re
from typing import Any

from origin_router.emulator.header_rules import READ_ONLY_IN_REQUEST
from origin_router.emulator.outcome import ChangedResponse, ForwardRequest, GeneratedResponse, Headers, InvalidResult
from origin_router.emulator.validation_headers import FAILED, Invalid, checked_headers
from origin_router.emulator.validation_origin import checked_origin
from origin_router.emulator.validation_response import (
    BODY,
    changed_response,
    check_size,
    check_unchanged,
    checked_response,
    decoded,
)

NOT_JSON = "The Lambda function returned invalid JSON: The json output is not parsable."
NOT_OBJECT = "The Lambda function returned invalid JSON: The JSON output must be an object type."
NEITHER = "The Lambda function returned an invalid request or response to CloudFront."
READ_ONLY_FIELD = f"{FAILED}: The function tried to change a read-only field."
URI = f"{FAILED}: The URI has an invalid format."
QUERYSTRING = f"{FAILED}: The query string has an invalid format."

URL_LIMIT_BYTES = 8_192
"""URI and query string together stay below this."""

_FORBIDDEN_IN_URL = re.compile(r"[\x00-\x20\x7f#]")


def check_result(payload: bytes, request: dict[str, Any]) -> ForwardRequest | GeneratedResponse | InvalidResult:
    """Check the JSON that the function answered to an origin-request event with this `request`."""
    try:
        result = _parsed(payload)
        if "status" in result:
            return checked_response(result)
        if "uri" in result:
            return _within_limits(_request(result, request))
        raise Invalid(NEITHER, "it has neither uri nor status")
    except Invalid as invalid:
        return InvalidResult(invalid.message, invalid.detail)


def as_it_is(request: dict[str, Any]) -> ForwardRequest:
    """Return the `request` of an event as no function has touched it. The origin's custom headers replace others."""
    custom = next(iter(request["origin"].values()))["customHeaders"]
    headers = {name: entry for name, entry in request["headers"].items() if name not in custom}
    return _request(request | {"headers": headers}, request)


def check_response_result(payload: bytes, response: dict[str, Any]) -> ChangedResponse | InvalidResult:
    """Check the JSON that the function answered to an origin-response event with this `response`."""
    try:
        result = _parsed(payload)
        if "status" not in result:
            raise Invalid(NEITHER, "it has no status")
        return changed_response(result, response)
    except Invalid as invalid:
        return InvalidResult(invalid.message, invalid.detail)


def _parsed(payload: bytes) -> dict[str, Any]:
    try:
        result = json.loads(payload)
    except ValueError:
        raise Invalid(NOT_JSON) from None
    if not isinstance(result, dict):
        raise Invalid(NOT_OBJECT, f"it is {type(result).__name__}")
    return result


def _request(result: dict[str, Any], original: dict[str, Any]) -> ForwardRequest:
    for name in ("method", "clientIp"):
        if result.get(name, original[name]) != original[name]:
            raise Invalid(READ_ONLY_FIELD, name)
    uri, querystring = _url(result)
    headers = checked_headers(result.get("headers"))
    check_unchanged(READ_ONLY_IN_REQUEST, result["headers"], original["headers"])
    target, custom_headers = checked_origin(result.get("origin"), original["origin"], result["headers"])
    return ForwardRequest(
        method=original["method"],
        uri=uri,
        querystring=querystring,
        headers=headers + custom_headers,
        target=target,
        body=_replaced_body(result.get("body")),
        as_event={
            "clientIp": original["clientIp"],
            "headers": _as_event(headers),
            "method": original["method"],
            "origin": result["origin"],
            "querystring": querystring,
            "uri": uri,
        },
    )


def _within_limits(request: ForwardRequest) -> ForwardRequest:
    check_size(request.headers, len(request.uri) + len(request.querystring))
    return request


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


def _as_event(headers: Headers) -> dict[str, list[dict[str, str]]]:
    shown: dict[str, list[dict[str, str]]] = {}
    for key, value in headers:
        shown.setdefault(key.lower(), []).append({"key": key, "value": value})
    return shown


def _replaced_body(body: Any) -> bytes | None:
    if body is None:
        return None
    if not isinstance(body, dict) or body.get("action", "read-only") not in ("read-only", "replace"):
        raise Invalid(BODY, "action must be read-only or replace")
    return decoded(body.get("data", ""), body.get("encoding", "text")) if body.get("action") == "replace" else None

"""The part of validation that concerns responses: generated ones, the origin's after the function, and bodies."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

from origin_router.emulator.header_rules import READ_ONLY_IN_RESPONSE
from origin_router.emulator.outcome import ChangedResponse, GeneratedResponse, Headers
from origin_router.emulator.validation_headers import FAILED, Invalid, checked_headers, values

READ_ONLY = f"{FAILED}: The function tried to add, delete, or change a read-only header."
BODY = f"{FAILED}: The body is not a string, is not an object, or exceeds the maximum size."
STATUS = f"{FAILED}: The status is not a string from 200 to 599."
DESCRIPTION = f"{FAILED}: The status description is not a string."
TOO_BIG = f"{FAILED}: The request or response exceeds the maximum size."

BODY_LIMIT_BYTES = 1_048_576
"""Origin-facing limit of a replaced body (as text) and of a generated response with its headers."""
BASE64_LIMIT_BYTES = 1_398_104
"""The same body in base64: 1.33 MB."""
HEADERS_LIMIT_BYTES = 32_768
"""Size of a request or response without its body."""


def checked_response(result: dict[str, Any]) -> GeneratedResponse:
    """Return the response that the function made instead of asking an origin."""
    status, description, headers = _head(result)
    for name, _ in headers:
        if name.lower() in READ_ONLY_IN_RESPONSE:
            raise Invalid(READ_ONLY, f"headerName : {name}")
    body = _body(result, headers) or b""
    return GeneratedResponse(status=status, description=description, headers=headers, body=body)


def changed_response(result: dict[str, Any], original: dict[str, Any]) -> ChangedResponse:
    """Return the origin's response as the function wants it."""
    status, description, headers = _head(result)
    check_unchanged(READ_ONLY_IN_RESPONSE, result.get("headers", {}), original["headers"])
    return ChangedResponse(status=status, description=description, headers=headers, body=_body(result, headers))


def check_unchanged(names: tuple[str, ...], headers: dict[str, Any], original: dict[str, Any]) -> None:
    """The function has handed back read-only headers as it got them."""
    for name in names:
        if values(headers.get(name)) != values(original.get(name)):
            verb = "add" if name not in original else "change" if headers.get(name) else "delete"
            raise Invalid(READ_ONLY, f"the function tried to {verb} read-only header, headerName : {name}")


def check_size(headers: Headers, others: int) -> None:
    """A request or response without its body; `others` are bytes besides the headers."""
    if _size(headers) + others > HEADERS_LIMIT_BYTES:
        raise Invalid(TOO_BIG, f"without body it may have {HEADERS_LIMIT_BYTES} bytes")


def decoded(data: Any, encoding: Any) -> bytes:
    """Return a body, whatever its encoding."""
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


def _head(result: dict[str, Any]) -> tuple[int, str, Headers]:
    status = result["status"]
    if not (isinstance(status, str) and re.fullmatch(r"[2-5]\d\d", status)):
        raise Invalid(STATUS, f"it is {status!r}")
    description = result.get("statusDescription", "")
    if not isinstance(description, str):
        raise Invalid(DESCRIPTION)
    headers = checked_headers(result.get("headers", {}))
    check_size(headers, 0)
    return int(status), description, headers


def _body(result: dict[str, Any], headers: Headers) -> bytes | None:
    if "body" not in result:
        return None
    body = decoded(result["body"], result.get("bodyEncoding", "text"))
    if _size(headers) + len(body) > BODY_LIMIT_BYTES:
        raise Invalid(BODY, "a generated response may have 1 MB with its headers")
    return body


def _size(headers: Headers) -> int:
    return sum(len(name) + len(value) + 4 for name, value in headers)  # ": " and the line's end

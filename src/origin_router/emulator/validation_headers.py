"""The part of validation that concerns `headers` objects."""

from __future__ import annotations

from typing import Any

from origin_router.emulator.header_rules import capitalized, is_disallowed, is_header_name, is_header_value
from origin_router.emulator.outcome import Headers

FAILED = "The Lambda function result failed validation"
ENTRY = "The Lambda function returned an invalid entry in the headers object"
NOT_ARRAY = f"{ENTRY}: Each header entry in the headers object must be an array."
NOT_HEADERS = f"{ENTRY}: The headers must be an object."
BAD_ELEMENT = f"{ENTRY}: Each element must be an object with a value that is a string."
BAD_NAME = f"{ENTRY}: The header name is invalid or not in lower case."
BAD_VALUE = f"{ENTRY}: The header value contains an invalid character."
DISALLOWED = f"{FAILED}: The function tried to add a disallowed header."


class Invalid(Exception):  # noqa: N818 - a verdict, caught where validation begins
    """A rule is broken."""

    def __init__(self, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail


def checked_headers(headers: Any) -> Headers:
    """Return a headers object as the list that will be sent."""
    if not isinstance(headers, dict):
        raise Invalid(NOT_HEADERS)
    checked: Headers = []
    for name, entry in headers.items():
        if is_disallowed(name):
            raise Invalid(DISALLOWED, f"headerName : {name}")
        checked += checked_entry(name, entry)
    return checked


def checked_entry(name: str, entry: Any) -> Headers:
    """Return one entry of a headers object, `name: [{"key": ..., "value": ...}, ...]`."""
    if not isinstance(entry, list):
        raise Invalid(NOT_ARRAY, f"headerName : {name}")
    if not is_header_name(name) or name != name.lower():
        raise Invalid(BAD_NAME, f"headerName : {name}")
    checked: Headers = []
    for element in entry:
        if not isinstance(element, dict) or not isinstance(element.get("value"), str):
            raise Invalid(BAD_ELEMENT, f"headerName : {name}")
        key, value = element.get("key") or capitalized(name), element["value"]
        if not isinstance(key, str) or key.lower() != name:
            raise Invalid(BAD_NAME, f"headerName : {name}, key : {key}")
        if not is_header_value(value):
            raise Invalid(BAD_VALUE, f"headerName : {name}")
        checked.append((key, value))
    return checked


def values(entry: Any) -> list[Any]:
    """The values alone, for comparing what the function got with what it returned."""
    return [element["value"] for element in entry] if entry else []

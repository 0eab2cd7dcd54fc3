"""Reading events that others wrote: a field is what it should be, or the event is `MalformedError`.

A function may print any JSON to its standard output. None of it may upset the page, so types
are checked, numbers are finite (JSON for a browser knows no NaN) and texts are cut.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

TEXT_MAX = 300
"""Characters of a text that are kept: URIs may have 8,192."""


class MalformedError(ValueError):
    """A field is missing or of another type."""


def text(event: Mapping[str, Any], key: str) -> str:
    """A text that must be there, cut to what a page can show."""
    value = event.get(key)
    if not isinstance(value, str):
        raise MalformedError(f"{key}: expected text, got {type(value).__name__}")
    return value[:TEXT_MAX]


def optional_text(event: Mapping[str, Any], key: str) -> str | None:
    return None if event.get(key) is None else text(event, key)


def number(event: Mapping[str, Any], key: str) -> float:
    """A finite number that must be there."""
    value = event.get(key)
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not isfinite(value):
        raise MalformedError(f"{key}: expected a number, got {value!r:.40}")
    return value


def optional_number(event: Mapping[str, Any], key: str) -> float | None:
    return None if event.get(key) is None else number(event, key)


def mapping(event: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """A map that may be absent, which is the same as empty."""
    value = event.get(key)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise MalformedError(f"{key}: expected an object, got {type(value).__name__}")
    return value

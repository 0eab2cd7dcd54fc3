"""A CloudFront event from a file: the request in it, or one line about what is missing."""

from __future__ import annotations

import json
from typing import Any

from origin_router.config.problems import Location, format_path, show

REQUEST: Location = ("Records", 0, "cf", "request")
"""Where CloudFront puts the request (Developer Guide, "Lambda@Edge event structure")."""

FIELDS: dict[str, type] = {"method": str, "uri": str, "headers": dict}
"""What steering looks at."""


class EventError(Exception):
    """The file holds no CloudFront event."""


def read_request(text: str) -> dict[str, Any]:
    """Return the request of an event; raise EventError naming the first thing that is missing or wrong."""
    try:
        node = json.loads(text)
    except ValueError as error:
        raise EventError(f"is not JSON: {error}") from None
    except RecursionError:
        raise EventError("is nested too deeply") from None
    for depth, step in enumerate(REQUEST):
        node = _step(node, REQUEST[:depth], step)
    if not isinstance(node, dict):
        raise _wrong(REQUEST, "an object", node)
    for field, kind in FIELDS.items():
        value = _step(node, REQUEST, field)
        if not isinstance(value, kind):
            raise _wrong((*REQUEST, field), "a string" if kind is str else "an object", value)
    return node


def _step(node: Any, location: Location, step: str | int) -> Any:
    missing = EventError(
        f"{format_path((*location, step))} is missing; expected is an origin-request event of CloudFront"
    )
    if isinstance(step, int):
        if not isinstance(node, list) or step >= len(node):
            raise missing
        return node[step]
    if not isinstance(node, dict) or step not in node:
        raise missing
    return node[step]


def _wrong(location: Location, wanted: str, value: Any) -> EventError:
    return EventError(f"{format_path(location)} must be {wanted}, not {show(value)}")

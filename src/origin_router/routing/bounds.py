"""Bounds of the configuration's numbers, said where the number is declared."""

from __future__ import annotations

from typing import Annotated, Any


class Range:
    """Bounds of a number, both included; `high` may be open (None).

    Validation outside the edge understands this marker through pydantic's documented
    hook, so nothing has to be imported for it here.
    """

    __slots__ = ("high", "low")

    def __init__(self, low: float, high: float | None) -> None:
        self.low = low
        self.high = high

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        schema = handler(source)
        schema["ge"] = self.low
        if self.high is not None:
            schema["le"] = self.high
        return schema


Milliseconds = Annotated[int, Range(1, 30_000)]
"""30 s is the longest a Lambda@Edge function may run."""

OriginTimeout = Annotated[int, Range(1, 120)]
"""CloudFront accepts 1 to 120 s for readTimeout and keepaliveTimeout in an event."""

Percent = Annotated[float, Range(0, 100)]
"""A share."""

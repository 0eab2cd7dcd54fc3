"""Journals as the function writes them, made of what a test says."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

START = datetime(2027, 1, 15, 8, 0, tzinfo=UTC)


def at(seconds: float) -> float:
    """The epoch time of a line."""
    return START.timestamp() + seconds


def line(event: str, seconds: float, fields: dict[str, Any], *, region: str = "eu-central-1") -> str:
    """One line; the pool is `web`, if the fields do not say otherwise."""
    stamp = datetime.fromtimestamp(at(seconds), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    common = {"timestamp": stamp, "level": "INFO", "event": event, "region": region, "pool": "web"}
    return json.dumps(common | fields)


def journal(lines: Iterable[tuple[str, float, dict[str, Any]]], *, region: str = "eu-central-1") -> str:
    """A journal of (event, seconds, fields)."""
    return "\n".join(line(event, seconds, fields, region=region) for event, seconds, fields in lines)


def probe(origin: str, seconds: float, said: float | str, **fields: Any) -> tuple[str, float, dict[str, Any]]:
    """A probe line: answered in so many milliseconds, or the name of a failure."""
    is_ok = not isinstance(said, str)
    outcome = {"outcome": "ok" if is_ok else said, "response_ms": said if is_ok else None}
    return "probe", seconds, {"origin": origin, **outcome, **fields}

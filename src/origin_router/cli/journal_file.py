"""The function's journal from a file: its lines in order of time, and what they say. Pure.

A journal comes out of CloudWatch Logs or of the local edge, so there are lines of Lambda and
of others in it, perhaps a prefix before each, and perhaps several Regions. What is not a
journal line is left out; what names pools, origins or words that are not known here is counted.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from origin_router.routing.config import RouterConfig
from origin_router.routing.model import Observation, OriginRef, Outcome


class JournalError(Exception):
    """The file cannot serve as a journal; the message says why."""


class Line(NamedTuple):
    """One journal line. `at` is in seconds since 1970."""

    at: float
    event: str
    region: str
    fields: dict[str, Any]

    def ref(self) -> OriginRef:
        """Return the origin that the line is about."""
        return OriginRef(str(self.fields.get("pool")), str(self.fields.get("origin")))


class Probes(NamedTuple):
    """The measurements of a journal, in order of time."""

    observations: list[Observation]
    ignored: int
    """Probe lines about unknown origins, or with unknown outcomes."""


def read_journal(text: str, region: str = "") -> list[Line]:
    """Return the lines of one Region in order of time; without `region`, of the only one there is.

    Raises JournalError if there is none, or more than one Region to choose from.
    """
    lines = sorted((line for row in text.splitlines() if (line := _line(row)) is not None), key=lambda each: each.at)
    regions = sorted({line.region for line in lines})
    if not lines:
        raise JournalError("holds no journal line")
    if region:
        lines = [line for line in lines if line.region == region]
        if not lines:
            raise JournalError(f"holds no line of {region}, only of {_named(regions)}")
    elif len(regions) > 1:
        raise JournalError(f"holds lines of {_named(regions)}; choose one with --region")
    return lines


def read_probes(lines: Sequence[Line], config: RouterConfig) -> Probes:
    """Return what the probe lines say about the origins of a configuration."""
    known = {OriginRef(name, origin.id) for name, pool in config.pools.items() for origin in pool.origins}
    probes = [line for line in lines if line.event == "probe"]
    observations = [each for line in probes if (each := _observation(line)) is not None and each.origin in known]
    return Probes(observations, len(probes) - len(observations))


def milliseconds_of(value: Any) -> float | None:
    """Return a time that a line may have; None if there is none, or something else in its place."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and 0 <= value < float("inf") else None


def outcome_of(value: Any) -> Outcome | None:
    """Return the outcome that a line names; None for a word that is not known here."""
    return Outcome(value) if isinstance(value, str) and value in set(Outcome) else None


def _line(row: str) -> Line | None:
    """Read one row, whatever stands before the object."""
    try:
        fields = json.loads(row[row.index("{") :])
        at = datetime.fromisoformat(fields["timestamp"])
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        return Line(at.timestamp(), str(fields["event"]), str(fields.get("region", "")), fields)
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _observation(line: Line) -> Observation | None:
    outcome = outcome_of(line.fields.get("outcome"))
    if outcome is None:
        return None
    response_ms = milliseconds_of(line.fields.get("response_ms"))
    return Observation(line.ref(), outcome, line.at, None if response_ms is None else response_ms / 1000)


def _named(regions: Sequence[str]) -> str:
    return " and ".join(region or "no Region" for region in regions)

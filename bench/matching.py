"""Which probe of the journal is which exchange of the origin's record. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from bench.lab import SeenExchange

STAMP_S = 0.001
"""Resolution of the journal's timestamps, which are cut off."""


class Cycle(NamedTuple):
    """One invocation until the environment was frozen again."""

    began_at: float
    """Monotonic seconds."""
    ended_at: float
    held_up_ms: float
    """How long the participants waited for a processor meanwhile."""


class Measured(NamedTuple):
    """One probe beside what the origin saw of it."""

    moment: str
    withheld: str | None
    """Why no response time was given."""
    error_ms: float
    """Measured minus true; 0 where nothing was given."""
    held_up_ms: float
    """For how long a participant waited for a processor, at this end or the other."""


class UnmatchedError(Exception):
    """The two records do not tell of the same exchanges."""


def match(
    probes: Sequence[Mapping[str, Any]],
    exchanges: Sequence[SeenExchange],
    cycles: Sequence[Cycle],
    wall_minus_monotonic_s: float,
) -> list[Measured]:
    """Pair the probes of one origin with its exchanges: in order, for there is never more than one under way.

    The last exchange may still be under way.
    """
    if not len(probes) <= len(exchanges) <= len(probes) + 1:
        raise UnmatchedError(f"{len(probes)} probes in the journal, {len(exchanges)} exchanges at the origin")
    matched = []
    for probe, exchange in zip(probes, exchanges, strict=False):
        if probe["outcome"] != "ok":
            raise UnmatchedError(f"a probe ended with {probe['outcome']}: {probe['detail']}")
        read_at = datetime.fromisoformat(probe["timestamp"]).timestamp() - wall_minus_monotonic_s
        held_up_ms = max(
            exchange.held_up_ms,
            held_up_at(cycles, exchange.received_at, exchange.received_at),
            held_up_at(cycles, read_at, read_at + STAMP_S),
        )
        true_ms = (exchange.answered_at - exchange.received_at) * 1000
        response_ms = probe["response_ms"]
        error_ms = 0.0 if response_ms is None else response_ms - true_ms
        matched.append(Measured(probe["moment"], probe["withheld"], error_ms, held_up_ms))
    return matched


def held_up_at(cycles: Sequence[Cycle], earliest_at: float, latest_at: float) -> float:
    """Return for how long the cycles in which something happened were held up."""
    within = (each for each in cycles if each.began_at <= latest_at and earliest_at <= each.ended_at)
    return max((each.held_up_ms for each in within), default=0.0)

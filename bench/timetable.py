"""When which environment is invoked in F3: several take turns without getting in each other's way. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

LANE_S = 0.090
"""Distance between the cycles of two environments: longer than the slowest origin takes, so that the probes of
one have ended before another's next request is timed."""

REFRESH_S = 0.35
"""Age at which measurements are renewed. The plain requests of a cycle are younger than that."""

SLOWEST_S = 0.044
"""No origin takes longer. A latency counts if it had arrived half a freeze before the thaw (see
`edge.wakefulness`), and the first freeze of a cycle lasts three times as long."""


class Kind(StrEnum):
    """What a request of the cycle finds."""

    LAUNCH = "launch"
    """All measurements are due."""
    COLLECT = "collect"
    """What was launched has come back."""
    REST = "rest"
    """What the request before left over, or what was delivered too late for it."""
    PLAIN = "plain"
    """Nothing is due, and nothing has come back."""


OFFSETS_S = {Kind.LAUNCH: 0.0, Kind.COLLECT: 0.145, Kind.REST: 0.240, Kind.PLAIN: 0.337}
"""Of the requests in a cycle. Modulo LANE_S they fall after the probes of the cycles beside, and apart."""


class Turn(NamedTuple):
    """One request to one environment."""

    at_s: float
    environment: int
    cycle: int
    kind: Kind


def timetable(environments: int, cycles: int) -> list[Turn]:
    """Return all requests in the order of time. A cycle is as long as all lanes together."""
    cycle_s = cycle_length_s(environments)
    turns = [
        Turn(cycle * cycle_s + environment * LANE_S + offset_s, environment, cycle, kind)
        for cycle in range(cycles)
        for environment in range(environments)
        for kind, offset_s in OFFSETS_S.items()
    ]
    return sorted(turns)


def cycle_length_s(environments: int) -> float:
    """Return after how long an environment's next cycle begins."""
    return environments * LANE_S

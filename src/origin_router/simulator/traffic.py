"""How many requests come, and over how many environments they are spread.

Requests are a Poisson process whose rate follows the local time of day. Lambda gives each
environment one request at a time, and CloudFront at most ten a second. Which of the idle
environments gets a request is not documented; here it is any of them with equal chance. A
Poisson process split at random is independent Poisson processes, so environments can be
simulated one after the other, exactly.
"""

from __future__ import annotations

from math import ceil, cos, pi
from typing import NamedTuple

from origin_router.simulator.geography import longitude
from origin_router.simulator.scenario import Scenario

STEP_S = 900.0
"""The rate is constant for a quarter of an hour."""

PEAK_HOUR = 15.0
"""Local time of most requests."""


class Load(NamedTuple):
    """Of one Region, for one step."""

    from_s: float
    to_s: float
    rate: float
    """Requests/s."""
    environments: int


def loads(scenario: Scenario, region: str) -> list[Load]:
    """Return the load of a Region, step by step; the scenario starts at 00:00 UTC."""
    traffic, end_s = scenario.traffic, scenario.hours * 3600
    mean = traffic.requests_per_s / len(scenario.regions)
    steps = []
    at_s = 0.0
    while at_s < end_s:
        hour = at_s / 3600 + longitude(region) / 15
        rate = mean * (1 + traffic.daily_swing * cos((hour - PEAK_HOUR) / 24 * 2 * pi))
        environments = max(1, ceil(rate / traffic.requests_per_environment_s))
        steps.append(Load(at_s, min(end_s, at_s + STEP_S), rate, environments))
        at_s += STEP_S
    return steps

"""Central policies as plans: which origins a Region's requests go to, and when that changes."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random
from typing import NamedTuple

from origin_router.simulator.chance import poisson
from origin_router.simulator.traffic import Load
from origin_router.simulator.viewer import Chooser, Limits, Viewers

SAMPLES_PER_S = 0.5
"""So many requests stand for all of one second..."""

MIN_SAMPLES = 30
"""...but at least so many for any span of time."""


class Step(NamedTuple):
    """From this time on, requests are spread evenly over these origins, each with its backup (or None)."""

    from_s: float
    ways: tuple[tuple[int, int | None], ...]


class Plan(NamedTuple):
    """What a policy does in one Region."""

    steps: list[Step]
    limits: Limits
    is_retried_on_connect_only: bool = False
    is_steered: bool = True
    """It means to choose: times to leave and to return say something."""


def play(plan: Plan, loads: list[Load], viewers: Viewers, rng: Random) -> None:
    """Serve a Region's requests by a plan."""
    chooser = Chooser(viewers.view, viewers.tally)
    viewers.tally.chooser_s += loads[-1].to_s
    ends = [*(each.from_s for each in plan.steps[1:]), loads[-1].to_s]
    for step, step_end_s in zip(plan.steps, ends, strict=True):
        if plan.is_steered and len(step.ways) == 1:
            chooser.chose(step.from_s, step.ways[0][0])
        for from_s, to_s, rate in _pieces(step.from_s, step_end_s, loads, viewers):
            arrivals = poisson(rng, rate * (to_s - from_s))
            samples = min(arrivals, max(MIN_SAMPLES, int(SAMPLES_PER_S * (to_s - from_s))))
            for _ in range(samples):
                first, backup = step.ways[int(rng.random() * len(step.ways))]
                viewers.serve(
                    from_s + rng.random() * (to_s - from_s),
                    first,
                    backup,
                    plan.limits,
                    weight=arrivals / samples,
                    is_failed_over_on_connect_only=plan.is_retried_on_connect_only,
                )


def _pieces(from_s: float, to_s: float, loads: list[Load], viewers: Viewers) -> Iterable[tuple[float, float, float]]:
    """Cut a time at every change of the load and of the world."""
    for load in loads:
        if load.to_s <= from_s or load.from_s >= to_s:
            continue
        at_s, end_s = max(from_s, load.from_s), min(to_s, load.to_s)
        while at_s < end_s:
            until_s = min(end_s, viewers.view.at(at_s).to_s)
            yield at_s, until_s, load.rate
            at_s = until_s


def merged(steps: Iterable[Step]) -> list[Step]:
    """Leave out steps that change nothing."""
    kept: list[Step] = []
    for step in steps:
        if not kept or kept[-1].ways != step.ways:
            kept.append(step)
    return kept

"""Plays the measurements of a journal through a router, on their own time. Pure.

What real requests told the router is not in the journal, so its `health` lines may know
more than a replay; and without DEBUG only those probes were written that brought news.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from origin_router.routing.config import RouterConfig
from origin_router.routing.model import Observation, OriginRef, Outcome, Reason, Request
from origin_router.routing.router import Router

JITTER = 0.5
"""The router's own chance is not in the journal: ejections are stretched by half of what they may be."""


class Change(NamedTuple):
    """The choice of a pool changed. `at` is in seconds since 1970."""

    at: float
    pool: str
    previous: OriginRef | None
    origin: OriginRef
    """Of another pool where that one has taken over."""
    reason: Reason
    cause: Observation
    """The measurement after which it changed."""
    estimates: dict[str, float | None]
    """Origin -> ms, of the pool that decided."""


def replay(
    config: RouterConfig, region: str, request: Request, pools: Sequence[str], observations: Sequence[Observation]
) -> list[Change]:
    """Return every change of choice of these pools for such a request, in order of time."""
    changes = [each for pool in pools for each in _of_pool(config, region, request, pool, observations)]
    return sorted(changes, key=lambda each: each.at)


def measured_pools(config: RouterConfig, observations: Sequence[Observation]) -> list[str]:
    """Return the pools of which a journal has measurements."""
    measured = {each.origin.pool for each in observations}
    return [name for name in config.pools if name in measured]


def _of_pool(
    config: RouterConfig, region: str, request: Request, pool: str, observations: Sequence[Observation]
) -> Iterator[Change]:
    """Without rules and with this pool as the default, every request is for it."""
    router = Router(replace(config, pool=pool, rules=()), jitter=lambda: JITTER, region=region)
    previous: OriginRef | None = None
    for observation in observations:
        now = router.steady(observation.at)
        router.observe(observation._replace(at=now))
        decision = router.decide(request, now)
        if decision.origin != previous:
            origins = router.pools[decision.origin.pool].origins
            estimates = {name: _ms(record.latency_s(router.basis)) for name, record in origins.items()}
            yield Change(observation.at, pool, previous, decision.origin, decision.reason, observation, estimates)
            previous = decision.origin


def describe_cause(cause: Observation) -> str:
    """Say in few words what was measured."""
    origin = f"{cause.origin.pool}/{cause.origin.origin}"
    if cause.outcome is not Outcome.OK:
        return f"{origin}: {cause.outcome.value}"
    return f"{origin}: {'answered' if cause.latency_s is None else f'{cause.latency_s * 1000:.1f} ms'}"


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 2)

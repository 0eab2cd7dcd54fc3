"""When an origin is measured next: as seldom as the decision allows.

Measurements are renewed at `refresh_s`, spread by jitter so that environments which
started together do not measure together. An origin that stays as it is is measured less and
less often, down to once in `refresh_max_s`; any surprise ends that. Where the fastest is
chosen, a clear loser is measured less often still: it would have to become several times
faster to matter. A failure is looked into soon, because two or three of them decide whether the
origin is ejected; one that would be, but for the cap on ejected origins, is decided, too. An
ejected origin is not asked again before its ejection ends.
"""

from __future__ import annotations

from origin_router.routing.config import PoolConfig
from origin_router.routing.estimate import Estimate
from origin_router.routing.health import Health
from origin_router.routing.model import State

JITTER = 0.2
"""Intervals are stretched by up to this share, never shortened: `refresh_s` is a floor."""

LOSER_FACTOR = 3.0
"""An estimate this many times the best one (and more than two bands away) makes a clear loser..."""

LOSER_INTERVAL = 3.0
"""...which is measured at this many times the interval of others."""

MAX_CALM = 4
"""Measurements without news that are counted: by then every age is the longest."""

SURPRISE_FACTOR = 1.5
"""An estimate that moves by this factor (and the pool's band beyond) is news: as for a spike (see `estimate`)."""

RECHECK_S = 1.0
"""Pause after a failure, a spike or an answer without a time, that has not yet decided anything."""


def is_surprise(before_s: float, after_s: float, slack_s: float) -> bool:
    """Whether an estimate moved farther than it does by itself."""
    low_s, high_s = sorted((before_s, after_s))
    return high_s > SURPRISE_FACTOR * low_s + slack_s


def renewal_s(pool: PoolConfig, calm: int) -> float:
    """Return the age at which a measurement is renewed, after so many in a row without news."""
    return min(pool.refresh_s * 2.0**calm, pool.longest_refresh_s)


def interval_s(pool: PoolConfig, health: Health, estimate: Estimate, best_s: float | None, calm: int) -> float:
    """Return the pause until the next probe of an origin, before jitter. `best_s` is what an origin has to beat."""
    is_open = health.is_undecided or estimate.unconfirmed_s is not None or estimate.is_wanted
    if health.state is State.EJECTED or is_open:
        return min(RECHECK_S, pool.refresh_s)
    if pool.policy == "fastest" and estimate.value_s is not None and best_s is not None:
        is_far = estimate.value_s > best_s + 2 * pool.band_ms / 1000
        if is_far and estimate.value_s > LOSER_FACTOR * best_s:
            return LOSER_INTERVAL * renewal_s(pool, calm)
    return renewal_s(pool, calm)


def next_probe_at(
    pool: PoolConfig,
    health: Health,
    estimate: Estimate,
    best_s: float | None,
    last_at: float,
    jitter: float,
    calm: int = 0,
    *,
    is_panic: bool = False,
) -> float:
    """Return the time of the next probe. `last_at` is when the last one was sent, or failed.

    `calm` counts the measurements without news (see `renewal_s`).
    In panic requests go to ejected origins all the same, so which of them answers again is
    worth knowing before their ejections end.
    """
    spread = 1.0 + JITTER * jitter
    due_at = last_at + interval_s(pool, health, estimate, best_s, calm) * spread
    if health.state is not State.EJECTED:
        return due_at
    due_at = max(due_at, health.ejected_until_at)
    return min(due_at, last_at + pool.refresh_s * spread) if is_panic else due_at

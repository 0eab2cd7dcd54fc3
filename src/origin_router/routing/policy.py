"""Steering policies: which of a pool's origins, given their health and estimates.

The steps are always the same: those that may be trusted, then the policy's own order,
then the fallback when nothing was measured. A policy sees a snapshot and returns a pick;
it keeps nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from origin_router.routing.config import PoolConfig
from origin_router.routing.model import Reason


class Candidate(NamedTuple):
    """What a policy may know about one origin."""

    origin: str
    priority: int
    weight: int
    is_eligible: bool
    """Health lets steering choose it."""
    is_suspect: bool
    """It failed and has not recovered: chosen only where nothing better is left."""
    has_answered: bool
    """It is known to answer, whether or not its latency could be measured."""
    is_answering: bool
    """The last that was heard of it was an answer: tells apart those that are not trusted."""
    estimate_s: float | None


class Pick(NamedTuple):
    """A policy's answer."""

    origin: str
    reason: Reason


Policy = Callable[[PoolConfig, Sequence[Candidate], "str | None"], Pick]
"""(pool, candidates in configured order, the current choice if any) -> pick."""


def considered(candidates: Sequence[Candidate]) -> tuple[list[Candidate], bool]:
    """Return the origins to choose among, and whether that is panic (health had to be ignored).

    An error is never attractive, however fast it came: an origin that just failed is
    passed over while another has not, even before it is ejected. Where none is left that
    may be trusted, one whose last word was an answer goes before one whose last was an error.
    """
    eligible = [each for each in candidates if each.is_eligible]
    trusted = [each for each in eligible if not each.is_suspect]
    left = trusted or eligible or list(candidates)
    answering = [] if trusted else [each for each in left if each.is_answering]
    return answering or left, not eligible


def choose_fastest(pool: PoolConfig, candidates: Sequence[Candidate], current: str | None) -> Pick:
    """The fastest of the best priority; the current choice stays while it is within the band."""
    among, is_panic = considered(candidates)
    measured = [(each.estimate_s, each) for each in among if each.estimate_s is not None]
    if not measured:
        return _choose_unmeasured(pool, among, is_panic=is_panic)
    best_priority = min(each.priority for each in among if each.has_answered or each.estimate_s is not None)
    tier = [(estimate_s, each) for estimate_s, each in measured if each.priority == best_priority]
    if not tier:
        answered = [each for each in among if each.has_answered and each.priority == best_priority]
        return _choose_unmeasured(pool, answered, is_panic=is_panic)
    fastest_s, fastest = min(tier, key=lambda pair: pair[0])
    if is_panic:
        return Pick(fastest.origin, Reason.PANIC)
    if fastest.origin != current:
        for estimate_s, each in tier:
            if each.origin == current and estimate_s <= fastest_s + pool.band_ms / 1000:
                return Pick(each.origin, Reason.KEPT_IN_BAND)
    is_complete = all(each.estimate_s is not None for each in among if each.priority <= best_priority)
    return Pick(fastest.origin, Reason.FASTEST if is_complete else Reason.FIRST_ANSWER)


def choose_by_priority(pool: PoolConfig, candidates: Sequence[Candidate], current: str | None) -> Pick:
    """The first answering origin in order of priority, then of the configuration; latency plays no part."""
    del current
    among, is_panic = considered(candidates)
    answering = [each for each in among if each.has_answered]
    if not answering:
        return _choose_unmeasured(pool, among, is_panic=is_panic)
    first = min(answering, key=lambda each: each.priority)
    return Pick(first.origin, Reason.PANIC if is_panic else Reason.PRIORITY)


def _choose_unmeasured(pool: PoolConfig, among: Sequence[Candidate], *, is_panic: bool) -> Pick:
    """The fallback if it may be chosen, else the first that is known to answer, else the first."""
    ranked = sorted(among, key=lambda each: (each.origin != pool.fallback_id, not each.has_answered, each.priority))
    return Pick(ranked[0].origin, Reason.PANIC if is_panic else Reason.FALLBACK)


POLICIES: dict[str, Policy] = {"fastest": choose_fastest, "priority": choose_by_priority}
"""By the name that `policy` has in the configuration."""

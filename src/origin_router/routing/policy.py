"""Steering policies: which of a pool's origins, given their health and estimates.

The steps are always the same: those that may be trusted, then the policy's own order,
then the fallback when nothing is known. A policy sees a snapshot and returns a pick;
it keeps nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from origin_router.routing.config import PoolConfig
from origin_router.routing.hashing import rendezvous
from origin_router.routing.model import Reason
from origin_router.routing.named import NamedTuple


class Candidate(NamedTuple):
    """What a policy may know about one origin."""

    origin: str
    priority: int
    weight: float
    is_eligible: bool = True
    """Health lets steering choose it."""
    is_suspect: bool = False
    """It failed and has not recovered: chosen only where nothing better is left."""
    is_warm: bool = True
    """Slow start after a recovery lets this environment choose it already."""
    warm_share: float = 1.0
    """The share of its weight that slow start gives it."""
    has_answered: bool = True
    """It is known to answer, whether or not its latency could be measured."""
    is_answering: bool = True
    """The last that was heard of it was an answer: tells apart those that are not trusted."""
    estimate_s: float | None = None
    is_prior: bool = False
    """The estimate is prior knowledge, nothing was measured yet."""


class Pick(NamedTuple):
    """A policy's answer."""

    origin: str
    reason: Reason


class Situation(NamedTuple):
    """What a policy is asked: a pool, its candidates in configured order, and who asks."""

    pool: PoolConfig
    candidates: Sequence[Candidate]
    current: str | None = None
    """The present choice, which hysteresis holds on to."""
    key: str = ""
    """What tells this viewer apart, for policies that treat viewers differently."""
    moved_to: str | None = None
    """Where this key was moved for good, for `sticky`."""


Policy = Callable[[Situation], Pick]


def is_panic(pool: PoolConfig, candidates: Sequence[Candidate]) -> bool:
    """Whether so few origins can be trusted that health has to be ignored."""
    healthy = len([each for each in candidates if each.is_eligible and not each.is_suspect])
    return healthy * 100 <= pool.health.panic_pct * len(candidates)


def trusted(pool: PoolConfig, candidates: Sequence[Candidate]) -> Sequence[Candidate]:
    """Return the origins to choose among: all of them in panic, otherwise the best-trusted that are left.

    An error is never attractive, however fast it came: an origin that just failed is
    passed over while another has not, even before it is ejected. In panic, one whose last
    word was an answer goes before one whose last was an error.
    """
    if is_panic(pool, candidates):
        return [each for each in candidates if each.is_answering] or candidates
    healthy = [each for each in candidates if each.is_eligible and not each.is_suspect]
    return [each for each in healthy if each.is_warm] or healthy


def choose_fastest(situation: Situation) -> Pick:
    """The fastest of the best priority; the current choice stays while no other is clearly faster."""
    pool, candidates, current = situation.pool, situation.candidates, situation.current
    among = trusted(pool, candidates)
    measured = [(each.estimate_s, each) for each in among if each.estimate_s is not None]
    if not measured:
        return choose_unmeasured(pool, candidates, among)
    best_priority = min(each.priority for each in among if each.has_answered or each.estimate_s is not None)
    tier = [(estimate_s, each) for estimate_s, each in measured if each.priority == best_priority]
    if not tier:
        answered = [each for each in among if each.has_answered and each.priority == best_priority]
        return choose_unmeasured(pool, candidates, answered)
    fastest_s, fastest = min(tier, key=lambda pair: pair[0])
    if is_panic(pool, candidates):
        return Pick(fastest.origin, Reason.PANIC)
    if fastest.origin != current:
        for estimate_s, each in tier:
            margin_s = max(pool.band_ms / 1000, pool.switch_pct / 100 * estimate_s)
            if each.origin == current and estimate_s <= fastest_s + margin_s:
                return Pick(each.origin, Reason.KEPT_IN_BAND)
    if fastest.is_prior:
        return Pick(fastest.origin, Reason.PRIOR)
    rivals = [each for each in among if each.priority <= best_priority]
    is_complete = all(each.estimate_s is not None and not each.is_prior for each in rivals)
    return Pick(fastest.origin, Reason.FASTEST if is_complete else Reason.FIRST_ANSWER)


def choose_by_priority(situation: Situation) -> Pick:
    """The first answering origin in order of priority, then of the configuration; latency plays no part."""
    pool, candidates = situation.pool, situation.candidates
    among = trusted(pool, candidates)
    answering = [each for each in among if each.has_answered]
    if not answering:
        return choose_unmeasured(pool, candidates, among)
    first = min(answering, key=lambda each: each.priority)
    return Pick(first.origin, Reason.PANIC if is_panic(pool, candidates) else Reason.PRIORITY)


def choose_by_weight(situation: Situation) -> Pick:
    """A share of viewers that follows the weights; the same viewer always on the same side."""
    pool, candidates = situation.pool, situation.candidates
    first = _first_by_weight(situation.key, trusted(pool, candidates))
    return Pick(first, Reason.PANIC if is_panic(pool, candidates) else Reason.WEIGHTED)


def choose_sticky(situation: Situation) -> Pick:
    """Each viewer's own origin; `on_failure` says where to while that one fails."""
    pool, candidates, key = situation.pool, situation.candidates, situation.key
    moved_to = next((each.origin for each in candidates if each.origin == situation.moved_to), None)
    own = moved_to or _first_by_weight(key, candidates, has_slow_start=False)
    if pool.on_failure == "stay":
        return Pick(own, Reason.STICKY)
    among = trusted(pool, candidates)
    is_kept = moved_to is not None and any(each.origin == moved_to for each in among)
    chosen = own if is_kept else _first_by_weight(key, among)
    if is_panic(pool, candidates):
        return Pick(chosen, Reason.PANIC)
    return Pick(chosen, Reason.STICKY if chosen == own else Reason.MOVED)


def _first_by_weight(key: str, candidates: Sequence[Candidate], *, has_slow_start: bool = True) -> str:
    """The origin that a key prefers among those of the best priority, in shares that follow the weights."""
    best = min(each.priority for each in candidates)
    return rendezvous(
        key,
        (
            (each.origin, each.weight * each.warm_share if has_slow_start else each.weight)
            for each in candidates
            if each.priority == best
        ),
    )[0]


def choose_unmeasured(pool: PoolConfig, candidates: Sequence[Candidate], among: Sequence[Candidate]) -> Pick:
    """The fallback if it may be chosen, else the first that is known to answer, else the first."""
    ranked = sorted(among, key=lambda each: (each.origin != pool.fallback_id, not each.has_answered, each.priority))
    has_panicked = is_panic(pool, candidates) and any(each.has_answered for each in candidates)
    return Pick(ranked[0].origin, Reason.PANIC if has_panicked else Reason.FALLBACK)


POLICIES: dict[str, Policy] = {
    "fastest": choose_fastest,
    "priority": choose_by_priority,
    "weighted": choose_by_weight,
    "sticky": choose_sticky,
}
"""By the name that `policy` has in the configuration."""

PER_VIEWER = frozenset({"weighted", "sticky"})
"""Policies whose pick depends on the viewer, so that it cannot be reused for the next request."""

"""The router: decisions, from what was learned.

It owns one remembered choice per pool. A choice is reused until something
new is observed or it is `CHOICE_MAX_AGE_S` old, so that an ordinary request costs a
dictionary look-up. Time is an argument in seconds; steps backwards are absorbed.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from origin_router.routing.config import RouterConfig
from origin_router.routing.control import NO_CONTROL, Control
from origin_router.routing.exploring import Explorer
from origin_router.routing.learning import Learning
from origin_router.routing.model import Decision, OriginRef, Reason, Request, Source
from origin_router.routing.policy import Candidate, Pick, is_panic
from origin_router.routing.records import Choice, PoolRecord
from origin_router.routing.rules import Rules
from origin_router.routing.second_attempt import NOTHING, Avoided, may_take_over, possibly_failed

CHOICE_MAX_AGE_S = 1.0
"""Bound on how long a choice is reused that time alone can change; observations end it at once."""

_UNDISTURBED = frozenset({Reason.PINNED, Reason.PANIC, Reason.ONLY_ORIGIN})
"""Reasons of decisions that no request is taken from to find out about another origin of the pool."""


class Router(Learning):
    """Chooses an origin for each request. Holds state, has no clock and no random source of its own."""

    def __init__(self, config: RouterConfig, jitter: Callable[[], float], region: str = "") -> None:
        """`jitter` returns numbers in [0, 1); `region` is the AWS Region in which we execute."""
        super().__init__(config, jitter, region)
        self.rules = Rules(config, region)
        self.control: Control = NO_CONTROL
        """The orders, with ends of our time."""
        self._ordered = NO_CONTROL
        """The same as it was given to us: with ends of the wall clock."""
        refresh_s = min(pool.refresh_s for pool in config.pools.values())
        self._explorer = Explorer(config.feedback.explore_pct / 100, refresh_s)
        self._set_choice_age()
        self._last_raw_at = 0.0
        self._absorbed_s = 0.0

    def steady(self, raw_at: float) -> float:
        """Return a time that never goes back: a step backwards of the clock is added to all later times."""
        if raw_at < self._last_raw_at:
            self._absorbed_s += self._last_raw_at - raw_at
            self._hold_orders()
        self._last_raw_at = raw_at
        return raw_at + self._absorbed_s

    def decide(self, request: Request, now: float, *, avoid: OriginRef | None = None) -> Decision:
        """Choose the origin for a request; `avoid` is the one that just failed for this very request."""
        pool_name, rule = self.rules.match(request)
        pool = self.pools[pool_name]
        if avoid is not None or pool.is_per_viewer:
            ref, reason = self._choose(pool, request, now, NOTHING if avoid is None else frozenset({avoid}))
            return Decision(ref, reason, rule)
        choice = pool.choice
        if choice is None or now >= choice.expires_at:
            ref, reason = self._choose(pool, request, now, NOTHING)
            if self.pools[ref.pool].is_per_viewer:
                return Decision(ref, reason, rule)  # by a fallback pool: the next viewer may have another origin
            choice = pool.choice = Choice(ref, reason, now + self._choice_max_age_s)
        decision = choice.decisions.get(rule)
        if decision is None:
            decision = choice.decisions[rule] = Decision(choice.ref, choice.reason, rule)
        return decision

    def decide_blindly(self, request: Request, now: float) -> Decision:
        """Choose again where an unknown origin failed for this very request: another environment had chosen it."""
        own = self.decide(request, now).origin
        pool_name, rule = self.rules.match(request)
        avoid = possibly_failed(self.pools[own.pool], own, self.basis, now)
        ref, reason = self._choose(self.pools[pool_name], request, now, avoid)
        return Decision(ref, reason, rule)

    def try_out(self, request: Request, decision: Decision, now: float) -> Decision:
        """Return the decision, or now and then one that spends the request on finding out about another origin."""
        if self._trials.doubted:
            names = {self.rules.match(request)[0], decision.origin.pool}
            if decision.reason in _UNDISTURBED:
                names.discard(decision.origin.pool)
            pools = [self.pools[name] for name in sorted(names)]
            record = self._trials.choose(request, pools, decision.origin, self.basis, now)
            if record is not None:
                return Decision(record.ref, Reason.TRIAL, decision.rule)
        return self._explore(request, decision, now) if self.basis is Source.TRAFFIC else decision

    def _explore(self, request: Request, decision: Decision, now: float) -> Decision:
        """Return the decision, or now and then one that tries an origin whose estimate has aged."""
        pool = self.pools[decision.origin.pool]
        if pool.config.policy != "fastest" or decision.reason in _UNDISTURBED:
            return decision
        own = pool.origins[decision.origin.origin]
        rest = [each for each in pool.undrained(now) if each is not own and each.config.priority == own.config.priority]
        record = self._explorer.choose(request.method, rest, pool.best_s(Source.TRAFFIC, now), now)
        return decision if record is None else Decision(record.ref, Reason.EXPLORING, decision.rule)

    def apply(self, control: Control) -> None:
        """Obey a control document from now on. Its ends are of the wall clock, our time may be ahead of that."""
        self._ordered = control
        self._hold_orders()
        self._set_choice_age()
        for pool in self.pools.values():
            pool.alert()
            self._plan.note(pool, self._last_raw_at + self._absorbed_s)

    def candidates(self, pool: PoolRecord, now: float, avoid: Avoided = NOTHING) -> list[Candidate]:
        """All origins in use but those that may not stand in for the avoided ones."""
        if not avoid:
            return pool.candidates(self.basis, now)
        return [each.candidate(pool, self.basis, now) for each in may_take_over(pool.in_use(now), avoid)]

    def _choose(self, pool: PoolRecord, request: Request, now: float, avoid: Avoided) -> tuple[OriginRef, Reason]:
        pinned = pool.pinned(now)
        if pinned is not None and pinned not in avoid:
            return pinned, Reason.PINNED
        if len(pool.origins) == 1 and not pool.config.fallback_pool:
            return next(iter(pool.origins.values())).ref, Reason.ONLY_ORIGIN
        candidates = self.candidates(pool, now, avoid)
        if pool.config.fallback_pool and (
            is_panic(pool.config, candidates) or all(each.ref in avoid for each in pool.undrained(now))
        ):
            return self._choose(self.pools[pool.config.fallback_pool], request, now, avoid)
        pick = self._pick(pool, candidates, request)
        if avoid:
            return OriginRef(pool.name, pick.origin), Reason.FAILOVER
        if pick.reason is not Reason.FALLBACK and pick.origin != pool.current:
            pool.current = pick.origin
            if not pool.is_per_viewer:
                pool.alert()
                self._plan.note(pool, now)
        return OriginRef(pool.name, pick.origin), pick.reason

    def _pick(self, pool: PoolRecord, candidates: list[Candidate], request: Request) -> Pick:
        pick = pool.pick(candidates, request)
        if pick.reason is Reason.MOVED and pool.config.on_failure == "move":
            pool.remember_move(pool.read_key(request), pick.origin)
        return pick

    def _hold_orders(self) -> None:
        self.control = self._ordered.shifted(self._absorbed_s)
        for pool in self.pools.values():
            pool.control = self.control
        self._end_choices()

    def _set_choice_age(self) -> None:
        """Choices can be kept until there is news, unless orders end by themselves or a slow start goes on."""
        has_orders = bool(self.control.drained or self.control.pinned or self.control.weights)
        has_slow_start = any(each.config.health.slow_start_s > 0 for each in self.pools.values())
        self._choice_max_age_s = CHOICE_MAX_AGE_S if has_orders or has_slow_start else inf

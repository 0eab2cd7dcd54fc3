"""The router: what was learned in, decisions out.

It owns the records and one remembered choice per pool. A choice is reused until something
new is observed or it is `CHOICE_MAX_AGE_S` old, so that an ordinary request costs a
dictionary look-up. Time is an argument in seconds; steps backwards are absorbed.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from origin_router.routing.config import RouterConfig
from origin_router.routing.control import NO_CONTROL, Control
from origin_router.routing.exploring import Explorer
from origin_router.routing.model import (
    Decision,
    Observation,
    OriginRef,
    Outcome,
    Reason,
    Request,
    Source,
    State,
    Transition,
)
from origin_router.routing.news import Bulletin, News, take
from origin_router.routing.pace import Before, set_pace
from origin_router.routing.policy import Candidate, Pick, is_panic
from origin_router.routing.probe_plan import ProbePlan
from origin_router.routing.records import Choice, PoolRecord
from origin_router.routing.rules import Rules
from origin_router.routing.second_attempt import NOTHING, Avoided, hear, may_take_over, possibly_failed
from origin_router.routing.trials import Trials

CHOICE_MAX_AGE_S = 1.0
"""Bound on how long a choice is reused that time alone can change; observations end it at once."""

_UNDISTURBED = frozenset({Reason.PINNED, Reason.PANIC, Reason.ONLY_ORIGIN})
"""Reasons of decisions that no request is taken from to find out about another origin of the pool."""


class Router:
    """Chooses an origin for each request. Holds state, has no clock and no random source of its own."""

    def __init__(self, config: RouterConfig, jitter: Callable[[], float], region: str = "") -> None:
        """`jitter` returns numbers in [0, 1); `region` is the AWS Region in which we execute."""
        self.config = config
        self.rules = Rules(config, region)
        self.pools = {name: PoolRecord(name, pool, region) for name, pool in config.pools.items()}
        self.control: Control = NO_CONTROL
        """The orders, with ends of our time."""
        self._ordered = NO_CONTROL
        """The same as it was given to us: with ends of the wall clock."""
        self._plan = ProbePlan(self.pools)
        self._basis = Source.PROBE
        refresh_s = min(pool.refresh_s for pool in config.pools.values())
        self._explorer = Explorer(config.feedback.explore_pct / 100, refresh_s)
        self._trials = Trials()
        self.hears_answers = False
        """Answers of real traffic are heard here, not only of attempts that CloudFront gave up."""
        self._word = Bulletin()
        self._set_choice_age()
        self._jitter = jitter
        self._last_raw_at = 0.0
        self._absorbed_s = 0.0

    @property
    def basis(self) -> Source:
        """Which latencies origins are compared by; traffic where probes yield none."""
        return self._basis

    @basis.setter
    def basis(self, basis: Source) -> None:
        if basis is not self._basis:
            self._basis = basis
            self._end_choices()

    @property
    def probe_due_at(self) -> float:
        """Earliest time at which any origin is due: nothing to launch before."""
        return self._plan.due_at

    def steady(self, raw_at: float) -> float:
        """Return a time that never goes back: a step backwards of the clock is added to all later times."""
        if raw_at < self._last_raw_at:
            self._absorbed_s += self._last_raw_at - raw_at
            self._hold_orders()
        self._last_raw_at = raw_at
        return raw_at + self._absorbed_s

    def observe(self, observation: Observation) -> Transition | None:
        """Learn one thing; return the transition it caused, if any, for the journal."""
        pool = self.pools[observation.origin.pool]
        record = pool.origins[observation.origin.origin]
        now, outcome = observation.at, observation.outcome
        before = Before(record.estimate_of(observation.source).value_s, record.health.is_suspect)
        if observation.source is Source.TRAFFIC:
            pool.watched_at = now
        if outcome is Outcome.OK and not record.health.is_eligible:
            record.estimate.forget_bound()  # its silence is over, or it would not be heard of
        if outcome is Outcome.OK and observation.latency_s is not None:
            record.estimate_of(observation.source).observe(observation.latency_s, now, pool.config.band_ms / 1000)
        if observation.source is Source.PROBE:
            record.last_outcome = outcome
            if outcome is Outcome.OK:
                record.answered_at = now
            else:
                record.failed_at = now
                record.jitter = self._jitter()
        elif outcome is not Outcome.FAILED_OVER:
            self.hears_answers = True
            record.silence.heard()
        change = record.health.observe(
            outcome,
            now,
            self._jitter(),
            source=observation.source,
            may_eject=pool.may_eject(),
            is_panic=pool.is_panic(now),
            hears_answers=self.hears_answers,
        )
        set_pace(pool, record, observation, before, self.basis)
        self._trials.note(record)
        self._end_choices()
        self._plan.note(pool, now)
        transition = None if change is None else Transition(record.ref, *change, outcome, now)
        if transition is not None and transition.after is State.SERVING:
            record.warm_threshold = self._jitter()
        self._word.hear(pool, record, observation, transition)
        return transition

    def sent(self, ref: OriginRef, now: float) -> None:
        """Learn that a request, whose response will be heard somewhere, goes to an origin."""
        pool = self.pools[ref.pool]
        record = pool.origins[ref.origin]
        if record.silence.sent() and record.health.is_sound:
            record.estimate.question(inf)
            self._plan.note(pool, now)

    @property
    def may_question(self) -> bool:
        """Whether the next request may question an origin whose answer is worth waiting for."""
        return any(pool.may_question for pool in self.pools.values())

    def news(self, now: float) -> News | None:
        """Return what others ought to know now, if anything."""
        return self._word.at(now)

    def take_news(self, news: News, now: float) -> None:
        """Hear what another environment learned."""
        pool = self.pools[news.origin.pool]
        take(news, pool, now)
        self._end_choices()
        self._plan.note(pool, now)

    def observe_at_least(self, ref: OriginRef, bound_s: float, now: float) -> None:
        """Learn that an origin has not answered for so long, whatever its answer will be."""
        pool = self.pools[ref.pool]
        record = pool.origins[ref.origin]
        if record.estimate.observe_at_least(bound_s, now, pool.config.band_ms / 1000):
            self._word.keep(record, News(ref, is_good=False, at=now), is_slowness=True)
        self._end_choices()
        self._plan.note(pool, now)

    def knows(self, ref: OriginRef) -> bool:
        """Whether there is such an origin: a stamp may come from another version of the configuration."""
        pool = self.pools.get(ref.pool)
        return pool is not None and ref.origin in pool.origins

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

    def hear(self, own: OriginRef, now: float) -> None:
        """Learn that an unknown origin failed where we would have chosen `own`."""
        pool = self.pools[own.pool]
        hear(pool, own, self.basis, now)
        self._end_choices()
        self._plan.note(pool, now)

    def worth_waiting_s(self, now: float) -> float:
        """Return how long the next probes' answers are worth staying awake for (see `probe_plan`)."""
        return self._plan.worth_waiting_s(now)

    def is_worth_waiting(self, ref: OriginRef, now: float) -> bool:
        """Whether a probe of this origin is one of them."""
        return self._plan.is_worth_waiting(ref, now)

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

    def due(self, now: float) -> list[OriginRef]:
        """Return the origins whose measurement is due, the most overdue first, as far as the budget goes."""
        return self._plan.due(now)

    def launched(self, ref: OriginRef, now: float) -> None:
        """Take note that a probe of an origin was sent, so that no other is before it is due again."""
        pool = self.pools[ref.pool]
        self._plan.launched(pool, pool.origins[ref.origin], now, self._jitter())

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

    def _end_choices(self) -> None:
        """Something is news. All pools, because one may have been decided by its fallback pool."""
        for pool in self.pools.values():
            pool.choice = None

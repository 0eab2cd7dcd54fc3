"""What the router takes in: observations, requests that were sent, word of others; and what that makes due.

It owns the records. Whatever is learned ends the remembered choices, and has the probes planned anew.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from origin_router.routing.config import RouterConfig
from origin_router.routing.model import Observation, OriginRef, Outcome, Source, State, Transition
from origin_router.routing.news import Bulletin, News, take
from origin_router.routing.pace import Before, set_pace
from origin_router.routing.probe_plan import ProbePlan
from origin_router.routing.records import PoolRecord
from origin_router.routing.second_attempt import hear
from origin_router.routing.trials import Trials


class Learning:
    """The half of a router that learns. Has no clock and no random source of its own."""

    def __init__(self, config: RouterConfig, jitter: Callable[[], float], region: str) -> None:
        """`jitter` returns numbers in [0, 1); `region` is the AWS Region in which we execute."""
        self.config = config
        self.pools = {name: PoolRecord(name, pool, region) for name, pool in config.pools.items()}
        self.hears_answers = False
        """Answers of real traffic are heard here, not only of attempts that CloudFront gave up."""
        self._basis = Source.PROBE
        self._plan = ProbePlan(self.pools)
        self._trials = Trials()
        self._word = Bulletin()
        self._jitter = jitter

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
        self._has_learned(pool, now)
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
        self._has_learned(pool, now)

    def observe_at_least(self, ref: OriginRef, bound_s: float, now: float) -> None:
        """Learn that an origin has not answered for so long, whatever its answer will be."""
        pool = self.pools[ref.pool]
        record = pool.origins[ref.origin]
        if record.estimate.observe_at_least(bound_s, now, pool.config.band_ms / 1000):
            self._word.keep(record, News(ref, is_good=False, at=now), is_slowness=True)
        self._has_learned(pool, now)

    def knows(self, ref: OriginRef) -> bool:
        """Whether there is such an origin: a stamp may come from another version of the configuration."""
        pool = self.pools.get(ref.pool)
        return pool is not None and ref.origin in pool.origins

    def hear(self, own: OriginRef, now: float) -> None:
        """Learn that an unknown origin failed where we would have chosen `own`."""
        pool = self.pools[own.pool]
        hear(pool, own, self.basis, now)
        self._has_learned(pool, now)

    def worth_waiting_s(self, now: float) -> float:
        """Return how long the next probes' answers are worth staying awake for (see `probe_plan`)."""
        return self._plan.worth_waiting_s(now)

    def is_worth_waiting(self, ref: OriginRef, now: float) -> bool:
        """Whether a probe of this origin is one of them."""
        return self._plan.is_worth_waiting(ref, now)

    def due(self, now: float) -> list[OriginRef]:
        """Return the origins whose measurement is due, the most overdue first, as far as the budget goes."""
        return self._plan.due(now)

    def launched(self, ref: OriginRef, now: float) -> None:
        """Take note that a probe of an origin was sent, so that no other is before it is due again."""
        pool = self.pools[ref.pool]
        self._plan.launched(pool, pool.origins[ref.origin], now, self._jitter())

    def _has_learned(self, pool: PoolRecord, now: float) -> None:
        """Something is news about a pool: its choice is made again, and its probes are planned anew."""
        self._end_choices()
        self._plan.note(pool, now)

    def _end_choices(self) -> None:
        """Something is news. All pools, because one may have been decided by its fallback pool."""
        for pool in self.pools.values():
            pool.choice = None

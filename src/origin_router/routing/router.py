"""The router: what was learned in, decisions out.

It owns one record per origin and one remembered choice per pool. A choice is reused until
something new is observed or it is `CHOICE_MAX_AGE_S` old, so that an ordinary request costs
a dictionary look-up. Time is an argument in seconds; steps backwards are absorbed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from math import inf

from origin_router.routing.config import OriginConfig, PoolConfig, RouterConfig
from origin_router.routing.estimate import Estimate
from origin_router.routing.health import Health
from origin_router.routing.model import Decision, Observation, OriginRef, Outcome, Reason, Request, Transition
from origin_router.routing.policy import POLICIES, Candidate, Pick
from origin_router.routing.rules import Rules
from origin_router.routing.schedule import next_probe_at

CHOICE_MAX_AGE_S = 1.0
"""Bound on how long a choice is reused unseen; observations end it at once."""


class OriginRecord:
    """What is known about one origin."""

    __slots__ = (
        "config",
        "estimate",
        "failed_at",
        "health",
        "jitter",
        "last_outcome",
        "launched_at",
        "probe_due_at",
        "ref",
    )

    def __init__(self, ref: OriginRef, config: OriginConfig, pool: PoolConfig) -> None:
        self.ref = ref
        self.config = config
        self.estimate = Estimate()
        self.health = Health(pool.health)
        self.last_outcome: Outcome | None = None
        self.launched_at = -inf
        """When the last probe was sent."""
        self.failed_at = -inf
        """When it was last heard to have failed."""
        self.jitter = 0.0
        """Stretches the present pause between probes."""
        self.probe_due_at = -inf
        """When the next probe may be sent."""

    def candidate(self) -> Candidate:
        """The snapshot that a policy sees."""
        return Candidate(
            self.ref.origin,
            self.config.priority,
            self.config.weight,
            self.health.is_eligible,
            self.health.is_suspect,
            self.health.has_answered,
            self.last_outcome is Outcome.OK,
            self.estimate.value_s,
        )


@dataclass(slots=True)
class Choice:
    """A remembered pick of one pool."""

    pick: Pick
    expires_at: float
    decisions: dict[int | None, Decision] = field(default_factory=dict)
    """The decision object per rule that leads here, so that requests share it."""


class PoolRecord:
    """A pool with what is known about it."""

    __slots__ = ("choice", "config", "current", "name", "origins")

    def __init__(self, name: str, config: PoolConfig) -> None:
        self.name = name
        self.config = config
        self.origins = {each.id: OriginRecord(OriginRef(name, each.id), each, config) for each in config.origins}
        self.choice: Choice | None = None
        self.current: str | None = None
        """The last pick that rested on a measurement: what hysteresis holds on to."""

    def best_s(self) -> float | None:
        """The lowest estimate among the trusted origins of the best priority: what a clear loser is far from."""
        measured = [
            (each.config.priority, each.estimate.value_s)
            for each in self.origins.values()
            if each.estimate.value_s is not None and each.health.is_eligible and not each.health.is_suspect
        ]
        return min(measured)[1] if measured else None


class Router:
    """Chooses an origin for each request. Holds state, has no clock and no random source of its own."""

    def __init__(self, config: RouterConfig, jitter: Callable[[], float]) -> None:
        """`jitter` returns numbers in [0, 1)."""
        self.config = config
        self.rules = Rules(config)
        self.pools = {name: PoolRecord(name, pool) for name, pool in config.pools.items()}
        self._probe_due_at = -inf
        self._unplanned: set[str] = set()
        """Pools with news since their probes were planned: planned once for a whole batch of news."""
        self._jitter = jitter
        self._last_raw_at = 0.0
        self._absorbed_s = 0.0

    @property
    def probe_due_at(self) -> float:
        """Earliest time at which any origin is due: nothing to launch before."""
        if self._unplanned:
            self._plan()
        return self._probe_due_at

    def steady(self, raw_at: float) -> float:
        """Return a time that never goes back: a step backwards of the clock is added to all later times."""
        if raw_at < self._last_raw_at:
            self._absorbed_s += self._last_raw_at - raw_at
        self._last_raw_at = raw_at
        return raw_at + self._absorbed_s

    def observe(self, observation: Observation) -> Transition | None:
        """Learn one thing; return the transition it caused, if any, for the journal."""
        pool = self.pools[observation.origin.pool]
        record = pool.origins[observation.origin.origin]
        if observation.outcome is not Outcome.OK:
            record.failed_at = observation.at
        elif observation.latency_s is not None:
            record.estimate.observe(observation.latency_s, observation.at)
        change = record.health.observe(observation.outcome, observation.at, self._jitter())
        record.last_outcome = observation.outcome
        pool.choice = None
        self._unplanned.add(pool.name)
        if change is None:
            return None
        return Transition(record.ref, change[0], change[1], observation.outcome, observation.at)

    def observe_at_least(self, ref: OriginRef, bound_s: float, now: float) -> None:
        """Learn that an origin has not answered for so long, whatever its answer will be."""
        pool = self.pools[ref.pool]
        pool.origins[ref.origin].estimate.observe_at_least(bound_s, now)
        pool.choice = None
        self._unplanned.add(pool.name)

    def decide(self, request: Request, now: float) -> Decision:
        """Choose the origin for a request."""
        pool_name, rule = self.rules.match(request)
        pool = self.pools[pool_name]
        choice = pool.choice
        if choice is None or now >= choice.expires_at:
            choice = self._choose(pool, now)
        decision = choice.decisions.get(rule)
        if decision is None:
            pick = choice.pick
            decision = choice.decisions[rule] = Decision(OriginRef(pool_name, pick.origin), pick.reason, rule)
        return decision

    def due(self, now: float) -> list[OriginRef]:
        """Return the origins whose measurement is due, the most overdue first."""
        if now < self.probe_due_at:
            return []
        records = [each for each in self._records() if each.probe_due_at <= now]
        return [each.ref for each in sorted(records, key=lambda each: each.probe_due_at)]

    def launched(self, ref: OriginRef, now: float) -> None:
        """Take note that a probe of an origin was sent, so that no other is before it is due again."""
        pool = self.pools[ref.pool]
        record = pool.origins[ref.origin]
        record.launched_at = now
        record.jitter = self._jitter()
        self._unplanned.add(pool.name)

    def _plan(self) -> None:
        """Plan the probes of pools with news, each as a whole: news of one origin changes who is a clear loser."""
        while self._unplanned:
            pool = self.pools[self._unplanned.pop()]
            best_s = pool.best_s()
            for each in pool.origins.values():
                last_at = max(each.launched_at, each.failed_at)
                each.probe_due_at = next_probe_at(pool.config, each.health, each.estimate, best_s, last_at, each.jitter)
        self._probe_due_at = min(each.probe_due_at for each in self._records())

    def _records(self) -> Iterable[OriginRecord]:
        return (record for pool in self.pools.values() for record in pool.origins.values())

    def _choose(self, pool: PoolRecord, now: float) -> Choice:
        if len(pool.origins) == 1:
            pick = Pick(next(iter(pool.origins)), Reason.ONLY_ORIGIN)
        else:
            candidates = [record.candidate() for record in pool.origins.values()]
            pick = POLICIES[pool.config.policy](pool.config, candidates, pool.current)
        if pick.reason is not Reason.FALLBACK:
            pool.current = pick.origin
        choice = pool.choice = Choice(pick, now + CHOICE_MAX_AGE_S)
        return choice  # not read back from the pool: another thread's observation may have ended it by now

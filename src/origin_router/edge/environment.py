"""One execution environment: what it holds between invocations, and the way of a request through it.

A request passes, in this order: what came back since last time is learned, a decision is
made, what is due is measured (without waiting), the decision is written into the request.
Only the race of a cold start, and the share of requests that `wait_share_pct` allows where
nothing else works, wait for the network.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable, Sequence
from math import inf
from typing import Any

from origin_router.edge.afterwards import Afterwards
from origin_router.edge.event import EventRequest, Rewriter
from origin_router.edge.journal import Journal
from origin_router.edge.moments import Change, Moment, Moments
from origin_router.edge.prober import Prober, Report
from origin_router.edge.wakefulness import Clocks, Wakefulness
from origin_router.routing.config import RouterConfig
from origin_router.routing.model import Decision, Observation, OriginRef, Outcome
from origin_router.routing.router import OriginRecord, Router

NO_BUDGET_S = 3600.0
"""For launches that no request waits for."""


def read_clocks() -> Clocks:
    """Read both clocks together."""
    return Clocks(time.monotonic(), time.time())


class Environment:
    """Everything that outlives an invocation."""

    def __init__(
        self,
        config: RouterConfig,
        journal: Journal,
        *,
        api: str | None = None,
        clocks: Callable[[], Clocks] = read_clocks,
        jitter: Callable[[], float] = random.random,
        make_prober: Callable[[RouterConfig, Wakefulness], Prober] | None = None,
        exit_process: Callable[[int], Any] = os._exit,
    ) -> None:
        """`api` is AWS_LAMBDA_RUNTIME_API, if there is one."""
        self.router = Router(config, jitter)
        self.journal = journal
        self._clocks = clocks
        self.awake = Wakefulness(clocks())
        self.prober = (make_prober or _make_prober)(config, self.awake)
        self._rewriter = Rewriter(config)
        self._after_answer_s = max(pool.probe.after_answer_ms for pool in config.pools.values()) / 1000
        self._wait_s = max(pool.probe.budget_ms for pool in config.pools.values()) / 1000
        self.afterwards = Afterwards(
            api if self._after_answer_s > 0 else None,
            has_work=self._has_work,
            work=self._work,
            failed=journal.error,
            exit_process=exit_process,
        )
        wait_share = max(pool.probe.wait_share_pct for pool in config.pools.values()) / 100
        self.moments = Moments(can_stay_awake=False, wait_share=wait_share)
        self._wait_share = wait_share
        self._lock = threading.Lock()
        self._unraced = {name: pool.probe.budget_ms / 1000 for name, pool in config.pools.items()}
        """Pools whose race is not decided, with what is left of their budget in seconds."""
        self._race_started_at = 0.0
        self._is_race_open = True
        """Until the first renewal: some origins of the cold start's race may not have answered yet."""
        self._is_unseen = True
        """The invocation under way has not come to `handle`."""
        self._announced: dict[str, str] = {}

    def start(self) -> None:
        """Register the extension, then race all origins; return with the default pool's first acceptable answer."""
        self.afterwards.register()
        can_stay_awake = self.afterwards.state == "registered"
        self.moments = Moments(can_stay_awake=can_stay_awake, wait_share=self._wait_share)
        self.journal.moment(Change(self.moments.current, "start"), self.afterwards.state)
        self._race_started_at = self._clocks().monotonic
        refs = [record.ref for pool in self.router.pools.values() for record in pool.origins.values()]
        self._launch(refs, NO_BUDGET_S)
        self._race(self.router.config.pool)
        spent_s = self._clocks().monotonic - self._race_started_at
        self._unraced = {name: budget_s - spent_s for name, budget_s in self._unraced.items()}
        self.awake.sleep(self._clocks())

    def handle(self, request: dict[str, Any], request_id: str) -> dict[str, Any]:
        """Direct one request of CloudFront's event to an origin; return it."""
        self._is_unseen = False
        now = self._clocks()
        self.awake.wake(now)
        at = self.router.steady(now.wall)
        has_prober = self._lock.acquire(blocking=False)
        try:
            if has_prober:
                self._learn(self.prober.step(), Moment.FROZEN)
                if self.moments.current is not Moment.FROZEN:
                    self._consider_waiting(at)
            steered = EventRequest(request)
            decision = self.router.decide(steered, at)
            if has_prober:
                if self._unraced and decision.origin.pool in self._unraced:
                    self._race(decision.origin.pool)
                    decision = self.router.decide(steered, at)
                if at >= self.router.probe_due_at and self.moments.current is not Moment.AFTER_ANSWER:
                    self._launch(self.router.due(at))
                    self._is_race_open = False
        finally:
            if has_prober:
                self._lock.release()
        self._tell(decision, request, request_id)
        result = self._rewriter.rewrite(request, decision)
        self.awake.sleep(self._clocks())
        return result

    def answered(self, invocation_id: str) -> None:
        """An invocation is over. One that did not come to `handle` was a time awake as well, between two freezes."""
        if self._is_unseen:
            self.awake.wake(self._clocks())
            self.awake.sleep(self._clocks())
        self._is_unseen = True
        self.afterwards.answered(invocation_id)

    def close(self) -> None:
        """Give all connections back (an environment of Lambda never does)."""
        self.prober.close()

    def _launch(self, refs: Sequence[OriginRef], budget_s: float | None = None) -> None:
        at = self._now()
        started = self.prober.launch(refs) if budget_s is None else self.prober.launch(refs, budget_s=budget_s)
        for ref in started:
            self.router.launched(ref, at)

    def _race(self, pool: str) -> None:
        """Wait for the first acceptable answer of a pool's origins, at most what is left of its budget.

        There is nothing to wait for where there is nothing to choose.
        """
        budget_s = self._unraced.pop(pool)
        began_at = self._clocks().monotonic
        records = self.router.pools[pool].origins.values()
        reason = "watchdog"

        def is_decided(reports: list[Report]) -> bool:
            nonlocal reason
            self._learn(reports, Moment.RACE)
            outcomes = [record.last_outcome for record in records]
            if Outcome.OK in outcomes:
                reason = "first_answer"
            elif len(outcomes) == 1:
                reason = "only_origin"
            elif None not in outcomes:
                reason = "nothing_answered"
            return reason != "watchdog"

        self.prober.run(began_at + budget_s, is_decided)
        answered = [record for record in records if record.last_outcome is Outcome.OK]
        winner = min(answered, key=_measured_s).ref.origin if answered else None
        self.journal.race(pool, winner, reason, self._clocks().monotonic - self._race_started_at)

    def _learn(self, reports: list[Report], moment: Moment) -> None:
        """Pass reports on to the router, and write what is news."""
        if not reports:
            return
        at = self._now()
        for ref, exchange in reports:
            last = self.router.pools[ref.pool].origins[ref.origin].last_outcome
            self.journal.probe(ref, exchange, moment, is_news=last is not exchange.outcome)
            transition = self.router.observe(Observation(ref, exchange.outcome, at, exchange.response_s))
            if transition is not None:
                self.journal.health(transition)
            if moment is Moment.FROZEN and exchange.outcome is Outcome.OK:
                self._changed(self.moments.note(ref, exchange.withheld, at))

    def _consider_waiting(self, at: float) -> None:
        """Where measurements can be made neither while frozen nor after the answer, let few requests wait."""
        self._changed(self.moments.retry(at))
        self.moments.count_request()
        if at >= self.router.probe_due_at and self.moments.may_wait():
            self._measure(self._wait_s, Moment.BEFORE_ANSWER)

    def _has_work(self) -> bool:
        """Whether to stay awake after this answer. Asked by the extension, without the lock: a hint is enough."""
        if self.moments.current is Moment.AFTER_ANSWER:
            return self.router.probe_due_at <= self._now()
        return self._is_race_open and self.prober.is_busy

    def _work(self) -> None:
        """Measure after the answer: what is due, and what a race left unfinished.

        What arrived since the handler's last look was not seen arriving: as after a freeze, it is
        for the kernel's stamps to tell when that was.
        """
        with self._lock:
            self.awake.wake(self._clocks())
            self._measure(self._after_answer_s, Moment.AFTER_ANSWER)
            self._is_race_open = False
            self.awake.sleep(self._clocks())

    def _measure(self, at_most_s: float, moment: Moment) -> None:
        """Launch what is due and wait for the answers, for a bounded time."""

        def learn(reports: list[Report]) -> bool:
            self._learn(reports, moment)
            return False

        if moment is self.moments.current:
            self._launch(self.router.due(self._now()), NO_BUDGET_S)
        self.prober.run(self._clocks().monotonic + at_most_s, learn)
        at = self._now()
        for ref, waited_s in self.prober.unanswered():
            self.router.observe_at_least(ref, waited_s, at)

    def _changed(self, change: Change | None) -> None:
        if change is not None:
            self.journal.moment(change, self.afterwards.state)

    def _tell(self, decision: Decision, request: dict[str, Any], request_id: str) -> None:
        pool, origin = decision.origin
        previous = self._announced.get(pool)
        if previous != origin:
            self._announced[pool] = origin
            self.journal.choice(decision, previous, self._standing(pool))
        if self.journal.is_debug:
            self.journal.decision(decision, request, request_id, self._standing(pool))

    def _standing(self, pool: str) -> dict[str, Any]:
        """What is believed of a pool's origins, for the journal."""
        records = self.router.pools[pool].origins
        estimates = {name: record.estimate.value_s for name, record in records.items()}
        return {
            "estimates": {name: None if s is None else round(s * 1000, 2) for name, s in estimates.items()},
            "health": {name: record.health.state for name, record in records.items()},
        }

    def _now(self) -> float:
        return self.router.steady(self._clocks().wall)


def _measured_s(record: OriginRecord) -> float:
    return inf if record.estimate.value_s is None else record.estimate.value_s


def _make_prober(config: RouterConfig, awake: Wakefulness) -> Prober:
    return Prober(config, awake, time.monotonic)


def start_environment(config: RouterConfig, journal: Journal | None = None) -> Environment:
    """Create and start the environment of this process.

    Once created it is kept, even if the race fails: it may be registered as an extension by then.
    """
    environment = Environment(config, journal or Journal(), api=os.environ.get("AWS_LAMBDA_RUNTIME_API"))
    try:
        environment.start()
    except Exception as error:  # noqa: BLE001 - later requests can still be directed
        environment.journal.error("racing the origins", error)
    return environment

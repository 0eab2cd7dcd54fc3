"""What an environment measures, when, and what becomes of it.

Drives the prober at the four moments, passes what it reports on to the router, and tells
the journal what is news. Nothing here waits for the network, except `race` and what
`wait_share_pct` allows.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from math import inf

from origin_router.edge.control import CONTROL_REF, ControlReader
from origin_router.edge.exchange import Exchange
from origin_router.edge.journal import Journal
from origin_router.edge.metrics import Metrics
from origin_router.edge.moments import Change, Moment, Moments
from origin_router.edge.prober import STEP_BUDGET_S, Prober, Report
from origin_router.edge.wakefulness import Clocks, Wakefulness
from origin_router.routing.model import Observation, OriginRef, Outcome, Source
from origin_router.routing.records import OriginRecord
from origin_router.routing.router import Router

NO_BUDGET_S = 3600.0
"""For launches that no request waits for."""


class Measuring:
    """One environment's measurements. `lock` is held by whoever drives the prober."""

    def __init__(
        self,
        router: Router,
        prober: Prober,
        awake: Wakefulness,
        journal: Journal,
        metrics: Metrics,
        control: ControlReader,
        clocks: Callable[[], Clocks],
    ) -> None:
        self.router = router
        self.prober = prober
        self.control = control
        self.metrics = metrics
        self.lock = threading.Lock()
        pools = router.config.pools
        self.after_answer_s = max(pool.probe.after_answer_ms for pool in pools.values()) / 1000
        self._wait_s = max(pool.probe.budget_ms for pool in pools.values()) / 1000
        self._wait_share = max(pool.probe.wait_share_pct for pool in pools.values()) / 100
        self.moments = Moments(can_stay_awake=False, wait_share=self._wait_share)
        self._awake = awake
        self._journal = journal
        self._clocks = clocks
        self._extension = "absent"
        self._unraced = {name: pool.probe.budget_ms / 1000 for name, pool in pools.items()}
        """Pools whose race is not decided, with what is left of their budget in seconds."""
        self._race_started_at = 0.0
        self._is_race_open = True
        """Until the first renewal: some origins of the cold start's race may not have answered yet."""

    def start(self, extension: str) -> None:
        """Race all origins; return with the default pool's first acceptable answer. `extension` is its state."""
        self._extension = extension
        self.moments = Moments(can_stay_awake=extension == "registered", wait_share=self._wait_share)
        self._journal.moment(Change(self.moments.current, "start"), extension)
        self._race_started_at = self._clocks().monotonic
        self._launch(
            [record.ref for pool in self.router.pools.values() for record in pool.origins.values()], NO_BUDGET_S
        )
        self.race(self.router.config.pool, self._race_started_at)
        spent_s = self._clocks().monotonic - self._race_started_at
        self._unraced = {name: budget_s - spent_s for name, budget_s in self._unraced.items()}

    def needs_race(self, pool: str) -> bool:
        """Whether a pool's first request has to wait for its race."""
        return bool(self._unraced) and pool in self._unraced

    def race(self, pool: str, began_at: float | None = None) -> None:
        """Wait for the first acceptable answer of a pool's origins, at most what is left of its budget from now on.

        A budget that began earlier is counted from then. There is nothing to wait for where
        there is nothing to choose, or where prior knowledge serves.
        """
        deadline_at = self._unraced.pop(pool) + (began_at if began_at is not None else self._clocks().monotonic)
        records = self.router.pools[pool].origins.values()
        reason = "watchdog"

        def is_decided(reports: list[Report]) -> bool:
            nonlocal reason
            self.learn(reports, Moment.RACE)
            outcomes = [record.last_outcome for record in records]
            if Outcome.OK in outcomes:
                reason = "first_answer"
            elif len(outcomes) == 1:
                reason = "only_origin"
            elif None not in outcomes:
                reason = "nothing_answered"
            elif any(record.prior_s is not None for record in records):
                reason = "prior"
            return reason != "watchdog"

        self.prober.run(deadline_at, is_decided)
        answered = [record for record in records if record.last_outcome is Outcome.OK]
        winner = min(answered, key=_measured_s).ref.origin if answered else None
        self._journal.race(pool, winner, reason, self._clocks().monotonic - self._race_started_at)

    def collect(self, at: float) -> None:
        """Take in what came back since last time; where nothing else works, let few requests wait for more."""
        self.learn(self.prober.step(), Moment.FROZEN)
        if self.moments.current is not Moment.FROZEN:
            self._changed(self.moments.retry(at))
            self.moments.count_request()
            if at >= self.router.probe_due_at and not self.router.hears_answers and self.moments.may_wait():
                self._measure(self._wait_s, Moment.BEFORE_ANSWER)

    def renew(self, at: float, woken_at: float) -> None:
        """Launch what is due, in what is left of a step's time since `woken_at` (monotonic), and wait for nothing."""
        if at >= self.router.probe_due_at and self.moments.current is not Moment.AFTER_ANSWER:
            spent_s = self._clocks().monotonic - woken_at
            refs = self.router.due(at)
            if self._extension == "registered":
                refs = [each for each in refs if not self.router.is_worth_waiting(each, at)]  # see `_look_into`
            self._launch(refs, max(0.0, STEP_BUDGET_S - spent_s))
            self._is_race_open = False
        if at >= self.control.due_at and self.prober.launch([CONTROL_REF]):
            self.control.launched(at)

    def observe(self, observation: Observation) -> None:
        """Pass one observation on to the router and the counts."""
        self.metrics.count(observation)
        heard_answers = self.router.hears_answers
        transition = self.router.observe(observation)
        if transition is not None:
            self.metrics.count_transition(transition.origin, transition.after)
            self._journal.health(transition)
        if self.router.hears_answers is not heard_answers:
            self._set_basis()

    def learn(self, reports: list[Report], moment: Moment) -> None:
        """Pass the prober's reports on, and write what is news."""
        if not reports:
            return
        at = self.now()
        for ref, exchange in reports:
            if ref == CONTROL_REF:
                self._obey(exchange)
                continue
            last = self.router.pools[ref.pool].origins[ref.origin].last_outcome
            self._journal.probe(ref, exchange, moment, is_news=last is not exchange.outcome)
            self.observe(Observation(ref, exchange.outcome, at, exchange.response_s))
            if moment is Moment.FROZEN and exchange.outcome is Outcome.OK:
                self._changed(self.moments.note(ref, exchange.withheld, at))

    def has_work(self) -> bool:
        """Whether to stay awake after this answer, or to look again then.

        Asked by the extension before the answer, without the lock: a hint is enough.
        """
        if self.router.may_question:
            return True
        if self.moments.current is Moment.AFTER_ANSWER:
            return self.router.probe_due_at <= self.now()
        if self._is_race_open and self.prober.is_busy:
            return True
        at = self.now()
        return self.router.probe_due_at <= at and self.router.worth_waiting_s(at) > 0

    def work(self) -> None:
        """Measure after the answer: what is due, what a race left unfinished, or which origin is slow or silent."""
        with self.lock:
            if self.moments.current is Moment.AFTER_ANSWER or self._is_race_open:
                self._measure(self.after_answer_s, Moment.AFTER_ANSWER)
            else:
                self._look_into()
            self._is_race_open = False
            self._awake.sleep(self._clocks())

    def now(self) -> float:
        """The router's time."""
        return self.router.steady(self._clocks().wall)

    def _look_into(self) -> None:
        """Ask what is questioned, and see whether it answers before another origin is clearly better.

        From here, and not before the answer: a freeze in between would hide how long it takes.
        """
        at = self.now()
        worth_s = min(self.after_answer_s, self.router.worth_waiting_s(at))
        if self._launch([each for each in self.router.due(at) if self.router.is_worth_waiting(each, at)], NO_BUDGET_S):
            self._measure(worth_s, Moment.AFTER_ANSWER)

    def _launch(self, refs: Sequence[OriginRef], budget_s: float) -> bool:
        """Send the probes of these origins; return whether any was."""
        at = self.now()
        launched = self.prober.launch(refs, budget_s=budget_s)
        for ref in launched:
            self.router.launched(ref, at)
        return bool(launched)

    def _measure(self, at_most_s: float, moment: Moment) -> None:
        """Launch what is due and wait for the answers, for a bounded time."""

        def learn(reports: list[Report]) -> bool:
            self.learn(reports, moment)
            return False

        if moment is self.moments.current:
            self._launch(self.router.due(self.now()), NO_BUDGET_S)
        self.prober.run(self._clocks().monotonic + at_most_s, learn)
        at = self.now()
        for ref, waited_s in self.prober.unanswered():
            if ref != CONTROL_REF:
                self.router.observe_at_least(ref, waited_s, at)

    def _obey(self, exchange: Exchange) -> None:
        news = self.control.take(exchange)
        if news is None:
            return
        if news.control is not None:
            self.router.apply(news.control)
        self._journal.control(self.router.control.version, news.problem, news.note)

    def _changed(self, change: Change | None) -> None:
        if change is not None:
            self._journal.moment(change, self._extension)
            self._set_basis()

    def _set_basis(self) -> None:
        """Compare by real traffic where probes yield no latencies and traffic does."""
        is_by_traffic = self.router.hears_answers and self.moments.current is Moment.BEFORE_ANSWER
        self.router.basis = Source.TRAFFIC if is_by_traffic else Source.PROBE


def _measured_s(record: OriginRecord) -> float:
    return inf if record.estimate.value_s is None else record.estimate.value_s

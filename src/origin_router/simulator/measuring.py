"""What an environment measures, when, and what becomes of it: `edge/measuring.py` on virtual time.

A test holds the two against each other. Times ending in `_s` are those of the scenario; the
router's, `now`, are on the wall clock.
"""

from __future__ import annotations

from origin_router.routing.config import ProbeConfig
from origin_router.routing.model import Observation, OriginRef, Outcome, Source
from origin_router.routing.records import OriginRecord
from origin_router.routing.router import Router
from origin_router.simulator.flight import Wakefulness
from origin_router.simulator.moments import AFTER_ANSWER, BEFORE_ANSWER, FROZEN, Moments
from origin_router.simulator.probes import Probes, Report
from origin_router.simulator.tally import Tally

START_AT = 1_000_000_000.0
"""Time 0 of a scenario on the wall clock."""

LET_ANSWER_GO_S = 0.003
"""The extension's pause before it works: see `edge/afterwards.py`."""


class Measuring:
    """One environment's measurements."""

    def __init__(
        self,
        router: Router,
        records: list[OriginRecord],
        probe: ProbeConfig,
        probes: Probes,
        awake: Wakefulness,
        tally: Tally,
        *,
        has_extension: bool,
    ) -> None:
        self.router = router
        self.probes = probes
        self._records = records
        self._awake = awake
        self._tally = tally
        self._can_stay_awake = has_extension and probe.after_answer_ms > 0
        self._wait_s = probe.budget_ms / 1000
        self._longest_s = probe.after_answer_ms / 1000
        self.moments = Moments(can_stay_awake=self._can_stay_awake, wait_share=probe.wait_share_pct / 100)
        self._is_race_open = True

    def collect(self, at_s: float) -> float:
        """Wake up and learn what came back meanwhile; return when that was done: later if it was worth waiting for."""
        self._awake.wake(at_s)
        for report in self.probes.step(at_s, self._awake):
            self._learn(report, at_s, is_frozen=True)
        if self.moments.current == FROZEN:
            return at_s
        self.moments.request(START_AT + at_s)
        self.set_basis()
        is_due = START_AT + at_s >= self.router.probe_due_at
        if is_due and not self.router.hears_answers and self.moments.may_wait():
            self._tally.waits += 1
            return self._measure(at_s, self._wait_s)
        return at_s

    def renew(self, now: float, at_s: float) -> None:
        """Launch what was due when the invocation came, `now`, and wait for nothing."""
        if now >= self.router.probe_due_at and self.moments.current != AFTER_ANSWER:
            self.launch(self.router.due(now), at_s)
            self._is_race_open = False

    def after_answer(self, answered_s: float) -> float:
        """Measure after the answer if that is worth it; return when the environment is frozen."""
        self._awake.asleep_since_s = answered_s
        at_most_s = self._stay_awake_s(answered_s) if self._can_stay_awake else 0.0
        if at_most_s <= 0:
            return answered_s
        began_s = answered_s + LET_ANSWER_GO_S
        ended_s = self._measure(began_s, at_most_s, may_launch=self.moments.current == AFTER_ANSWER)
        self._is_race_open = False
        self._awake.asleep_since_s = ended_s
        self._tally.billed_s += ended_s - answered_s
        return ended_s

    def _stay_awake_s(self, at_s: float) -> float:
        """How long to stay awake at most: `has_work` and `work` of `edge/measuring.py`."""
        now, longest_s = START_AT + at_s, self._longest_s
        if self.moments.current == AFTER_ANSWER:
            return longest_s if self.router.probe_due_at <= now else 0.0
        if self._is_race_open:
            return longest_s if self.probes.flights else 0.0
        if self.probes.flights:
            return min(longest_s, self.router.worth_waiting_s(now))
        return 0.0

    def _measure(self, at_s: float, at_most_s: float, *, may_launch: bool = True) -> float:
        if may_launch:
            self.launch(self.router.due(START_AT + at_s), at_s)

        def take(report: Report, now_s: float) -> bool:
            self._learn(report, now_s, is_frozen=False)
            return False

        ended_s = self.probes.run(at_s, at_s + at_most_s, self._awake, take)
        for ref, waited_s in self.probes.unanswered(ended_s, self._awake):
            self.router.observe_at_least(ref, waited_s, START_AT + ended_s)
        return ended_s

    def race(self, began_s: float) -> float:
        """Wait for the first acceptable answer of a cold start; return when that came, or the watchdog."""
        records = self._records
        if len(records) == 1 or any(each.prior_s is not None for each in records):
            return began_s

        def take(report: Report, now_s: float) -> bool:
            self._learn(report, now_s, is_frozen=False)
            outcomes = [each.last_outcome for each in records]
            return Outcome.OK in outcomes or None not in outcomes

        return self.probes.run(began_s, began_s + self._wait_s, self._awake, take)

    def launch(self, refs: list[OriginRef], at_s: float) -> None:
        """Send the probes that are not under way."""
        for ref in [each for each in refs if self.probes.launch(each, at_s, self._awake)]:
            self.router.launched(ref, START_AT + at_s)

    def _learn(self, report: Report, at_s: float, *, is_frozen: bool) -> None:
        now = START_AT + at_s
        self.router.observe(Observation(report.ref, report.outcome, now, report.latency_s))
        if is_frozen and report.outcome is Outcome.OK:
            self.moments.note(report.ref, report.withheld, now)
            self.set_basis()

    def set_basis(self) -> None:
        """Compare by real traffic where probes yield no latencies and traffic does."""
        is_by_traffic = self.router.hears_answers and self.moments.current == BEFORE_ANSWER
        self.router.basis = Source.TRAFFIC if is_by_traffic else Source.PROBE

"""One environment of Lambda@Edge with the real router inside, on virtual time.

The order of things within a request is that of `edge/environment.py`: learn, decide, launch.
"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heappop, heappush
from random import Random

from origin_router.routing.config import RouterConfig
from origin_router.routing.model import Observation, OriginRef, Outcome, Source
from origin_router.routing.router import Router
from origin_router.simulator.moments import AFTER_ANSWER, BEFORE_ANSWER, FROZEN, Moments
from origin_router.simulator.probes import Probes, Report, Wakefulness
from origin_router.simulator.scenario import EdgeConfig
from origin_router.simulator.viewer import TIGHT, Chooser, Limits, Viewers

START_AT = 1_000_000_000.0
"""Time 0 of a scenario on the wall clock."""

HANDLER_S = 0.001
"""What the handler takes on a warm environment; billed as one millisecond."""

LET_ANSWER_GO_S = 0.003
"""The extension's pause before it works: see `edge/afterwards.py`."""


SURE_ANSWER_S = 10.0
"""A sound origin answers within this time: no second attempt has to be thought of."""


@dataclass(frozen=True)
class AnyRequest:
    """A request of which nothing matters."""

    method: str = "GET"
    uri: str = "/"
    client: str = "192.0.2.1"

    def header(self, name: str) -> str | None:
        """None there."""
        del name
        return None

    cookie = query = header


ANY = AnyRequest()


class RouterEnvironment:
    """Serves requests by the router's decisions, and measures at the four moments."""

    learns_from_failures = True

    def __init__(self, config: RouterConfig, edge: EdgeConfig, viewers: Viewers, rng: Random, at_s: float) -> None:
        view = viewers.view
        self.router = Router(config, rng.random, view.region)
        self.chooser = Chooser(view, viewers.tally)
        self._pool = self.router.pools[config.pool]
        self._probe = self._pool.config.probe
        origins = {each.ref: each.config for each in self._pool.origins.values()}
        self._probes = Probes(view, self._probe, origins, edge.freeze, rng)
        self._awake = Wakefulness(at_s)
        can_stay_awake = edge.extensions and self._probe.after_answer_ms > 0
        self.moments = Moments(can_stay_awake=can_stay_awake, wait_share=self._probe.wait_share_pct / 100)
        self._can_stay_awake = can_stay_awake
        self._viewers = viewers
        self._tally = viewers.tally
        self._init_s = edge.init_ms / 1000
        self._index = view.index
        self._has_feedback = config.feedback.enabled
        self._is_race_open = True
        self._limits = {
            each.origin: Limits(TIGHT.connect_timeout_s, TIGHT.attempts, float(origins[each].response_timeout_s))
            for each in origins
        }
        self._under_way: list[tuple[float, OriginRef, Outcome, float | None]] = []
        """What real requests will tell, by when."""

    def cold_start(self, at_s: float) -> float:
        """Race all origins, then serve the first request; return until when the environment is busy."""
        self._tally.cold_starts += 1
        ready_s = at_s + self._init_s
        for ref in [each.ref for each in self._pool.origins.values()]:
            self._launch(ref, ready_s)
        decided_s = self._race(ready_s)
        self._tally.billed_s += decided_s - at_s
        return self._answer(decided_s, delay_s=decided_s - at_s, may_launch=True)

    def invoke(self, at_s: float) -> float:
        """Serve one request; return until when the environment is busy."""
        self._awake.wake(at_s)
        self._hear_of_requests(at_s)
        for report in self._probes.step(at_s, self._awake):
            self._learn(report, at_s, is_frozen=True)
        waited_s = 0.0
        if self.moments.current != FROZEN:
            self.moments.request(START_AT + at_s)
            is_due = START_AT + at_s >= self.router.probe_due_at
            if is_due and not self._has_feedback and self.moments.may_wait():
                waited_s = self._measure(at_s, self._wait_s()) - at_s
                self._tally.waits += 1
        self._set_basis()
        return self._answer(at_s + waited_s, delay_s=waited_s, may_launch=True)

    def quiet_until(self, at_s: float) -> float:
        """Return until when requests need no look: the choice stands, and nothing is to be read or launched."""
        if self._probes.flights or self._under_way or self._has_feedback:
            return at_s
        if self._pool.config.health.slow_start_s and not all(
            each.is_warm(START_AT + at_s) for each in self._pool.origins.values()
        ):
            return at_s
        if self.moments.current == BEFORE_ANSWER:
            return at_s  # every request earns its share of a wait
        return min(self.router.probe_due_at - START_AT, self._viewers.view.at(at_s).to_s)  # a connection may end then

    def pass_by(self, at_s: float, count: int, weight: float) -> None:
        """Serve requests that change nothing."""
        first = self.chooser.current or 0
        ref = OriginRef(self._pool.name, self._viewers.view.ids[first])
        limits = self._limits[ref.origin]
        backup = self._backup(at_s, ref, limits)
        for _ in range(count):
            self._viewers.serve(at_s, first, backup, limits, weight=weight)
        self._pool.watched_at = START_AT + at_s
        self._tally.invocations += count * weight
        self._tally.billed_s += count * weight * HANDLER_S

    def end(self, at_s: float) -> None:
        """The environment is gone."""
        del at_s
        self._tally.probes += self._probes.launched

    def _answer(self, at_s: float, *, delay_s: float, may_launch: bool) -> float:
        now = self.router.steady(START_AT + at_s)
        decision = self.router.try_out(ANY, self.router.decide(ANY, now), now)
        first = self._index[decision.origin.origin]
        self.chooser.chose(at_s, first)
        if may_launch and now >= self.router.probe_due_at and self.moments.current != AFTER_ANSWER:
            for ref in self.router.due(now):
                self._launch(ref, at_s)
            self._is_race_open = False
        self._serve(at_s, decision.origin, first, now, delay_s)
        self._tally.invocations += 1
        self._tally.billed_s += HANDLER_S
        answered_s = at_s + HANDLER_S
        self._awake.asleep_since_s = answered_s
        return self._after_answer(answered_s)

    def _serve(self, at_s: float, ref: OriginRef, first: int, now: float, delay_s: float) -> None:
        limits = self._limits[ref.origin]
        backup = self._backup(at_s, ref, limits)
        fate = self._viewers.serve(at_s, first, backup, limits, delay_s=delay_s)
        known_s = at_s + fate.first_s
        if fate.is_get:  # CloudFront would make a second attempt
            self._pool.watched_at = now
        if self._has_feedback:  # the origin-response trigger runs, too
            self._tally.invocations += 1
            self._tally.billed_s += HANDLER_S
        if not fate.is_first_ok and fate.is_get and backup is not None:
            self._tally.invocations += 1
            self._tally.billed_s += HANDLER_S
            heappush(self._under_way, (known_s, ref, Outcome.FAILED_OVER, None))
        elif self._has_feedback and (fate.is_first_ok or fate.first_s < 1.0):
            outcome = Outcome.OK if fate.is_first_ok else Outcome.BAD_STATUS
            heappush(self._under_way, (known_s, ref, outcome, fate.first_s if fate.is_first_ok else None))

    def _backup(self, at_s: float, ref: OriginRef, limits: Limits) -> int | None:
        """Where a second attempt would go; None where there is none, or none is needed."""
        first = self._index[ref.origin]
        if self._viewers.view.at(at_s).conditions[first].is_sound and limits.response_timeout_s >= SURE_ANSWER_S:
            return None
        backup = self.router.decide(ANY, self.router.steady(START_AT + at_s), avoid=ref).origin
        return self._index[backup.origin] if backup != ref else None

    def _hear_of_requests(self, at_s: float) -> None:
        while self._under_way and self._under_way[0][0] <= at_s:
            _, ref, outcome, latency_s = heappop(self._under_way)
            self.router.observe(Observation(ref, outcome, START_AT + at_s, latency_s, Source.TRAFFIC))

    def _after_answer(self, answered_s: float) -> float:
        if not self._can_stay_awake:
            return answered_s
        is_due = self.moments.current == AFTER_ANSWER and self.router.probe_due_at <= START_AT + answered_s
        if not is_due and not (self._is_race_open and self._probes.flights):
            return answered_s
        began_s = answered_s + LET_ANSWER_GO_S
        self._awake.wake(began_s)
        ended_s = self._measure(began_s, self._probe.after_answer_ms / 1000, may_launch=is_due)
        self._is_race_open = False
        self._awake.asleep_since_s = ended_s
        self._tally.billed_s += ended_s - answered_s
        return ended_s

    def _measure(self, at_s: float, at_most_s: float, *, may_launch: bool = True) -> float:
        if may_launch:
            for ref in self.router.due(START_AT + at_s):
                self._launch(ref, at_s)

        def take(report: Report, now_s: float) -> bool:
            self._learn(report, now_s, is_frozen=False)
            return False

        ended_s = self._probes.run(at_s, at_s + at_most_s, self._awake, take)
        for ref, waited_s in self._probes.unanswered(ended_s, self._awake):
            self.router.observe_at_least(ref, waited_s, START_AT + ended_s)
        return ended_s

    def _race(self, began_s: float) -> float:
        records = self._pool.origins.values()
        if len(records) == 1 or any(each.prior_s is not None for each in records):
            return began_s

        def take(report: Report, now_s: float) -> bool:
            self._learn(report, now_s, is_frozen=False)
            outcomes = [each.last_outcome for each in records]
            return Outcome.OK in outcomes or None not in outcomes

        return self._probes.run(began_s, began_s + self._wait_s(), self._awake, take)

    def _launch(self, ref: OriginRef, at_s: float) -> None:
        if self._probes.launch(ref, at_s, self._awake):
            self.router.launched(ref, START_AT + at_s)

    def _learn(self, report: Report, at_s: float, *, is_frozen: bool) -> None:
        now = START_AT + at_s
        self.router.observe(Observation(report.ref, report.outcome, now, report.latency_s))
        if is_frozen and report.outcome is Outcome.OK:
            self.moments.note(report.ref, report.withheld, now)

    def _set_basis(self) -> None:
        is_by_traffic = self._has_feedback and self.moments.current == BEFORE_ANSWER
        self.router.basis = Source.TRAFFIC if is_by_traffic else Source.PROBE

    def _wait_s(self) -> float:
        return self._probe.budget_ms / 1000

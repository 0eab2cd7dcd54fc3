"""One environment of Lambda@Edge with the real router inside, on virtual time.

The order of things within a request is that of `edge/environment.py`: learn, decide, launch.
"""

from __future__ import annotations

from random import Random

from origin_router.routing.config import RouterConfig
from origin_router.routing.model import Observation, OriginRef, Outcome, Source
from origin_router.routing.router import Router
from origin_router.simulator.any_request import ANY, of_some_viewer
from origin_router.simulator.flight import Wakefulness
from origin_router.simulator.measuring import START_AT, Measuring
from origin_router.simulator.moments import BEFORE_ANSWER
from origin_router.simulator.probes import Probes
from origin_router.simulator.scenario import EdgeConfig
from origin_router.simulator.told import Told
from origin_router.simulator.viewer import TIGHT, Chooser, Limits, Viewers

HANDLER_S = 0.001
"""What the handler takes on a warm environment; billed as one millisecond."""

SURE_ANSWER_S = 10.0
"""A sound origin answers within this time: no second attempt has to be thought of."""


class RouterEnvironment:
    """Serves requests by the router's decisions, and measures at the four moments."""

    learns_from_failures = True

    def __init__(self, config: RouterConfig, edge: EdgeConfig, viewers: Viewers, rng: Random, at_s: float) -> None:
        view = viewers.view
        self.router = Router(config, rng.random, view.region)
        self.chooser = Chooser(view, viewers.tally)
        self._pool = self.router.pools[config.pool]
        self._rng = rng
        origins = {each.ref: each.config for each in self._pool.origins.values()}
        probe = self._pool.config.probe
        self.probes = Probes(view, probe, origins, edge.freeze, rng)
        self._measuring = Measuring(
            self.router,
            list(self._pool.origins.values()),
            probe,
            self.probes,
            Wakefulness(at_s),
            viewers.tally,
            has_extension=edge.extensions,
        )
        self._viewers = viewers
        self._tally = viewers.tally
        self._init_s = edge.init_ms / 1000
        self._index = view.index
        self._has_feedback = config.feedback.enabled
        self._limits = {
            each.origin: Limits(TIGHT.connect_timeout_s, TIGHT.attempts, float(origins[each].response_timeout_s))
            for each in origins
        }
        self._told = Told(has_feedback=config.feedback.enabled)
        self._busy_s = at_s
        """Until when the last invocation, and what was measured after it, took."""

    def cold_start(self, at_s: float) -> float:
        """Race all origins, then serve the first request; return until when the environment is busy."""
        self._tally.cold_starts += 1
        ready_s = at_s + self._init_s
        self._measuring.launch([each.ref for each in self._pool.origins.values()], ready_s)
        decided_s = self._measuring.race(ready_s)
        self._tally.billed_s += decided_s - at_s
        return self._answer(decided_s, decided_s, delay_s=decided_s - at_s)

    def invoke(self, at_s: float) -> float:
        """Serve one request; return until when the environment is busy."""
        self.hear(at_s)
        decided_s = self._measuring.collect(at_s)
        return self._answer(decided_s, at_s, delay_s=decided_s - at_s)

    def hear(self, at_s: float) -> float:
        """Hear what earlier requests had to tell by now, an invocation each; return until when that keeps us busy."""
        while (word := self._told.take(at_s, self._busy_s)) is not None:
            heard_s = max(word.at_s, self._busy_s)
            collected_s, now = self._measuring.collect(heard_s), START_AT + heard_s
            self.router.observe(Observation(word.ref, word.outcome, now, word.latency_s, Source.TRAFFIC))
            self._measuring.set_basis()
            if word.outcome is Outcome.FAILED_OVER:
                self._pool.watched_at = now
            self._measuring.renew(now, collected_s)
            self._busy_s = self._measuring.after_answer(collected_s + HANDLER_S)
        return self._busy_s

    def quiet_until(self, at_s: float) -> float:
        """Return until when requests need no look: the choice stands, and nothing is to be read or launched."""
        if self.probes.flights or self._told or self._has_feedback or self._pool.is_per_viewer:
            return at_s
        if self._pool.config.health.slow_start_s and not all(
            each.is_warm(START_AT + at_s) for each in self._pool.origins.values()
        ):
            return at_s
        if self._measuring.moments.current == BEFORE_ANSWER:
            return at_s  # every request earns its share of a wait
        return min(self.router.probe_due_at - START_AT, self._viewers.view.at(at_s).to_s)  # a connection may end then

    def pass_by(self, at_s: float, count: int, weight: float) -> None:
        """Serve requests that change nothing."""
        first, ref = self._choice(at_s)
        limits = self._limits[ref.origin]
        backup = self._backup(at_s, ref, limits)
        for _ in range(count):
            self._viewers.serve(at_s, first, backup, limits, weight=weight)
        self._pool.watched_at = START_AT + at_s
        self._tally.invocations += count * weight
        self._tally.billed_s += count * weight * HANDLER_S

    def _choice(self, at_s: float) -> tuple[int, OriginRef]:
        """What is chosen as things stand; for one of the viewers where each has a choice of its own."""
        if self._pool.is_per_viewer:
            ref = self.router.decide(of_some_viewer(self._rng), self.router.steady(START_AT + at_s)).origin
            return self._index[ref.origin], ref
        first = self.chooser.current or 0
        return first, OriginRef(self._pool.name, self._viewers.view.ids[first])

    def end(self, at_s: float) -> None:
        """The environment is gone."""
        del at_s
        self._tally.probes += self.probes.launched

    def _answer(self, at_s: float, came_s: float, *, delay_s: float) -> float:
        now = self.router.steady(START_AT + came_s)
        request = of_some_viewer(self._rng) if self._pool.is_per_viewer else ANY
        decision = self.router.try_out(request, self.router.decide(request, now), now)
        first = self._index[decision.origin.origin]
        if not self._pool.is_per_viewer:
            self.chooser.chose(at_s, first)
        self._serve(at_s, decision.origin, first, now, delay_s)
        self._measuring.renew(now, at_s)
        self._tally.invocations += 1
        self._tally.billed_s += HANDLER_S
        self._busy_s = self._measuring.after_answer(at_s + HANDLER_S)
        return self._busy_s

    def _serve(self, at_s: float, ref: OriginRef, first: int, now: float, delay_s: float) -> None:
        limits = self._limits[ref.origin]
        backup = self._backup(at_s, ref, limits)
        fate = self._viewers.serve(at_s, first, backup, limits, delay_s=delay_s)
        if fate.is_get:  # CloudFront would make a second attempt
            self._pool.watched_at = now
        second = None if backup is None else OriginRef(ref.pool, self._viewers.view.ids[backup])
        more = self._told.sent(at_s, ref, second, fate)
        self._tally.invocations += more
        self._tally.billed_s += more * HANDLER_S

    def _backup(self, at_s: float, ref: OriginRef, limits: Limits) -> int | None:
        """Where a second attempt would go; None where there is none, or none is needed."""
        first = self._index[ref.origin]
        if self._viewers.view.at(at_s).conditions[first].is_sound and limits.response_timeout_s >= SURE_ANSWER_S:
            return None
        backup = self.router.decide(ANY, self.router.steady(START_AT + at_s), avoid=ref).origin
        return self._index[backup.origin] if backup != ref else None

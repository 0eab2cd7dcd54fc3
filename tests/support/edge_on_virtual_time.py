"""The edge's own environment on the simulator's clock: the same probes, viewers and luck as `RouterEnvironment`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from random import Random
from typing import Any, cast

from origin_router.edge.afterwards import LET_ANSWER_GO_S
from origin_router.edge.environment import Environment
from origin_router.edge.exchange import Exchange
from origin_router.edge.feedback import ATTEMPT_HEADER
from origin_router.edge.journal import Journal
from origin_router.edge.prober import Prober, Report
from origin_router.edge.wakefulness import Clocks, Wakefulness
from origin_router.routing.config import RouterConfig
from origin_router.routing.model import OriginRef, Outcome
from origin_router.simulator import flight as simulated_freezes
from origin_router.simulator import probes as simulated
from origin_router.simulator.any_request import ANY
from origin_router.simulator.environment import HANDLER_S
from origin_router.simulator.measuring import START_AT
from origin_router.simulator.scenario import EdgeConfig
from origin_router.simulator.told import Told
from origin_router.simulator.viewer import TIGHT, Chooser, Limits, Viewers


class VirtualClock:
    """Both clocks."""

    def __init__(self, now_s: float) -> None:
        self.now_s = now_s

    def __call__(self) -> Clocks:
        return Clocks(self.now_s, START_AT + self.now_s)


class Awake:
    """The edge's record of its freezes, as the simulator's probes read it."""

    def __init__(self, edge: Wakefulness) -> None:
        self._edge = edge

    @property
    def epoch(self) -> int:
        return self._edge.epoch

    @property
    def woken_at_s(self) -> float:
        return self._edge.woken_at

    @property
    def slept_s(self) -> float:
        return self._edge.slept_s


class SimulatedProber:
    """Stands in for `Prober`: the simulator's probes, with time passing while they are run."""

    def __init__(self, probes: simulated.Probes, awake: Wakefulness, clock: VirtualClock) -> None:
        self._probes = probes
        self._awake = cast(simulated_freezes.Wakefulness, Awake(awake))
        self._clock = clock

    @property
    def is_busy(self) -> bool:
        return bool(self._probes.flights)

    def launch(self, refs: Iterable[OriginRef], *, budget_s: float = 0.0) -> list[OriginRef]:
        del budget_s
        return [ref for ref in refs if self._probes.launch(ref, self._clock.now_s, self._awake)]

    def step(self) -> list[Report]:
        return [_report(each) for each in self._probes.step(self._clock.now_s, self._awake)]

    def run(self, deadline_at: float, until: Callable[[list[Report]], bool]) -> None:
        def take(report: simulated.Report, now_s: float) -> bool:
            self._clock.now_s = now_s
            return until([_report(report)])

        if not until([]):
            self._clock.now_s = self._probes.run(self._clock.now_s, deadline_at, self._awake, take)

    def unanswered(self) -> list[tuple[OriginRef, float]]:
        return self._probes.unanswered(self._clock.now_s, self._awake)

    def close(self) -> None:
        """Nothing is open."""


class EdgeEnvironment:
    """The edge's `Environment`, invoked as `RouterEnvironment` is."""

    def __init__(self, config: RouterConfig, edge: EdgeConfig, viewers: Viewers, rng: Random, at_s: float) -> None:
        pool = config.pools[config.pool]
        origins = {OriginRef(config.pool, each.id): each for each in pool.origins}
        self.probes = simulated.Probes(viewers.view, pool.probe, origins, edge.freeze, rng)
        self._clock = VirtualClock(at_s + edge.init_ms / 1000)
        self.edge = Environment(
            config,
            Journal({}, write=lambda _: None, wall=lambda: self._clock().wall),
            environ={"AWS_REGION": viewers.view.region},
            clocks=self._clock,
            jitter=rng.random,
            make_prober=lambda _config, awake, _documents: cast(
                Prober, SimulatedProber(self.probes, awake, self._clock)
            ),
        )
        if edge.extensions:
            self.edge.afterwards.state = "registered"
        self._has_extension = edge.extensions and pool.probe.after_answer_ms > 0
        self._viewers = viewers
        self._told = Told(has_feedback=config.feedback.enabled)
        self._busy_s = at_s
        self._names = {each.host: each.id for each in pool.origins}
        self._method = "GET" if viewers.get_share else "POST"
        self._response_timeouts_s = {each.id: float(each.response_timeout_s) for each in pool.origins}
        self.chooser = Chooser(viewers.view, viewers.tally)

    def cold_start(self, at_s: float) -> float:
        """Race the origins, serve the first request."""
        del at_s
        self.edge.start()
        return self._serve()

    def invoke(self, at_s: float) -> float:
        """Serve one request."""
        self.hear(at_s)
        self._clock.now_s = at_s
        return self._serve()

    def hear(self, at_s: float) -> float:
        """Serve the invocations that follow requests."""
        while (word := self._told.take(at_s, self._busy_s)) is not None:
            self._clock.now_s = max(word.at_s, self._busy_s)
            if word.outcome is Outcome.FAILED_OVER:
                self.edge.handle(self._request(2, word.ref), "id")
            else:
                status = "200" if word.outcome is Outcome.OK else "503"
                self.edge.handle_response(self._request(1, word.ref, word.latency_s), {"status": status}, "id")
            self._after()
        return self._busy_s

    def _serve(self) -> float:
        result = self.edge.handle(self._request(1), "id")
        name = self._names[result["origin"]["custom"]["domainName"]]
        self.chooser.chose(self._clock.now_s, self._viewers.view.index[name])
        self._send(self._clock.now_s, name)
        self._after()
        return self._busy_s

    def _send(self, at_s: float, name: str) -> None:
        view, ref = self._viewers.view, OriginRef(self.edge.router.config.pool, name)
        backup = self.edge.router.decide(ANY, self.edge.router.steady(START_AT + at_s), avoid=ref).origin
        limits = Limits(TIGHT.connect_timeout_s, TIGHT.attempts, self._response_timeouts_s[name])
        second = backup if backup != ref else None
        fate = self._viewers.serve(
            at_s, view.index[name], None if second is None else view.index[second.origin], limits
        )
        self._told.sent(at_s, ref, second, fate)

    def _after(self) -> None:
        """The handler takes its time; then the extension does what it does."""
        self._clock.now_s += HANDLER_S
        self.edge.awake.sleep(self._clock())
        self.edge.answered("invocation")
        if self._has_extension and self.edge.measuring.has_work():
            self._clock.now_s += LET_ANSWER_GO_S
            self.edge.measuring.work()
        self._busy_s = self._clock.now_s

    def _request(self, attempt: int, ref: OriginRef | None = None, took_s: float | None = None) -> dict[str, Any]:
        """An event's request; with the stamp of the first attempt where it went to an origin already."""
        headers = {}
        if ref is not None:
            sent_ms = round((self._clock().wall - (took_s or 0.001)) * 1000)
            stamp = f"{ref.pool}/{ref.origin};a=1;t={sent_ms};r=id"
            headers["x-origin-router"] = [{"key": "X-Origin-Router", "value": stamp}]
        tag = {ATTEMPT_HEADER: [{"key": ATTEMPT_HEADER, "value": str(attempt)}]}
        placeholder = {"custom": {"customHeaders": tag, "domainName": "placeholder.test"}}
        return {"method": self._method, "uri": "/", "querystring": "", "headers": headers, "origin": placeholder}


def _report(report: simulated.Report) -> Report:
    return Report(report.ref, Exchange(report.outcome, "", response_s=report.latency_s, withheld=report.withheld))

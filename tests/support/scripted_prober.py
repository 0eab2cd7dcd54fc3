"""An environment on manual time: a prober that answers by script, and requests that come when the test says."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, cast

from origin_router.edge.environment import Environment
from origin_router.edge.exchange import Exchange
from origin_router.edge.journal import Journal
from origin_router.edge.prober import Prober, Report
from origin_router.edge.wakefulness import Clocks
from origin_router.routing.config import RouterConfig
from origin_router.routing.model import OriginRef, Outcome

EPOCH = 1_700_000_000.0


class ManualClock:
    """Both clocks; time passes only when told, or while a scripted prober waits."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> Clocks:
        return Clocks(self.now, EPOCH + self.now)

    def wall(self) -> float:
        """The wall clock."""
        return EPOCH + self.now


@dataclass
class Behaviour:
    """How probes of one origin end."""

    latency_s: float = 0.05
    outcome: Outcome = Outcome.OK
    withheld: str | None = None
    """Why a latency that was not waited for is thrown away."""
    never: bool = False
    """No answer comes, and no timeout either."""
    body: bytes = b""
    """The body, of a document."""
    status: int = 200


@dataclass
class Pending:
    """A probe under way."""

    ref: OriginRef
    behaviour: Behaviour
    """The origin's when it was sent."""
    sent_at: float
    ends_at: float


@dataclass
class ScriptedProber:
    """Stands in for `Prober`; one probe per origin at a time."""

    clock: ManualClock
    behaviours: dict[OriginRef, Behaviour]
    launched: list[tuple[float, OriginRef]] = field(default_factory=list)
    budgets_s: list[float] = field(default_factory=list)
    """What each `launch` was allowed."""
    waited_s: list[float] = field(default_factory=list)
    """How long each `run` took."""
    is_closed: bool = False
    fault: Exception | None = None
    """Raised by everything, if set."""
    meanwhile: Callable[[], object] = lambda: None
    """Called in every `run`."""
    _pending: list[Pending] = field(default_factory=list)

    @property
    def is_busy(self) -> bool:
        return bool(self._pending)

    def launch(self, refs: Iterable[OriginRef], *, budget_s: float = 0.0) -> list[OriginRef]:
        self._fail()
        self.budgets_s.append(budget_s)
        now = self.clock.now
        started = [ref for ref in refs if all(each.ref != ref for each in self._pending)]
        for ref in started:
            behaviour = self.behaviours.setdefault(ref, Behaviour())
            ends_at = float("inf") if behaviour.never else now + behaviour.latency_s
            self._pending.append(Pending(ref, behaviour, now, ends_at))
            self.launched.append((now, ref))
        return started

    def step(self) -> list[Report]:
        self._fail()
        return self._take(is_awake=False)

    def run(self, deadline_at: float, until: Callable[[list[Report]], bool]) -> None:
        self._fail()
        began_at = self.clock.now
        self.meanwhile()
        is_done = until([])
        while not is_done and self._pending:
            next_at = min(each.ends_at for each in self._pending)
            self.clock.now = max(self.clock.now, min(next_at, deadline_at))
            if next_at > deadline_at:
                break
            is_done = until(self._take(is_awake=True))
        self.waited_s.append(self.clock.now - began_at)

    def unanswered(self) -> list[tuple[OriginRef, float]]:
        return [(each.ref, self.clock.now - each.sent_at) for each in self._pending]

    def close(self) -> None:
        self.is_closed = True

    def _take(self, *, is_awake: bool) -> list[Report]:
        ended = [each for each in self._pending if each.ends_at <= self.clock.now]
        self._pending = [each for each in self._pending if each.ends_at > self.clock.now]
        return [Report(each.ref, self._exchange(each, is_awake=is_awake)) for each in ended]

    def _exchange(self, ended: Pending, *, is_awake: bool) -> Exchange:
        behaviour = ended.behaviour
        if behaviour.outcome is not Outcome.OK:
            return Exchange(behaviour.outcome, "as scripted", None if behaviour.status == 200 else behaviour.status)
        withheld = None if is_awake else behaviour.withheld
        latency_s = None if withheld else ended.ends_at - ended.sent_at
        return Exchange(Outcome.OK, "", 200, response_s=latency_s, withheld=withheld, body=behaviour.body)

    def _fail(self) -> None:
        if self.fault is not None:
            raise self.fault


class Stage:
    """An environment with a scripted prober, its clock, and what its journal says."""

    def __init__(
        self,
        config: RouterConfig,
        behaviours: dict[OriginRef, Behaviour] | None = None,
        *,
        level: str = "INFO",
        api: str | None = None,
        jitter: Callable[[], float] = lambda: 0.5,
    ) -> None:
        self.clock = ManualClock()
        self.prober = ScriptedProber(self.clock, behaviours or {})
        self.lines: list[dict[str, Any]] = []
        environ = {"AWS_REGION": "eu-central-1", "AWS_LAMBDA_LOG_LEVEL": level}
        environ |= {"AWS_LAMBDA_RUNTIME_API": api} if api else {}
        self.journal = Journal(environ, write=lambda line: self.lines.append(json.loads(line)), wall=self.clock.wall)
        self.environment = Environment(
            config,
            self.journal,
            environ=environ,
            clocks=self.clock,
            jitter=jitter,
            make_prober=lambda *_: cast(Prober, self.prober),
            exit_process=lambda _: None,
        )

    def start(self, extension: str = "") -> Stage:
        """The cold start; with the state of an extension that the test plays itself, if given."""
        if extension:
            self.environment.measuring.start(extension)
        else:
            self.environment.start()
        return self

    def request(self, *, after_s: float = 0.0, uri: str = "/", method: str = "GET") -> str:
        """One request; return the domain that it was directed to."""
        self.clock.now += after_s
        request = {"method": method, "uri": uri, "headers": {}, "origin": {}}
        result = self.environment.handle(request, "id")
        self.environment.answered("id")
        domain: str = result["origin"]["custom"]["domainName"]
        return domain

    def events(self, name: str) -> list[dict[str, Any]]:
        """The journal's lines of one kind."""
        return [line for line in self.lines if line["event"] == name]

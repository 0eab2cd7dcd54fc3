"""Plays tables against the real Router on virtual time: who answers, when, why, and which transitions it takes.

`play` takes a table of what was heard of the origins and of when requests came. `Traffic`
closes the loop: origins behave as a table says, and are heard of only when the router has
them measured and a request comes to read the answer, as in a frozen environment.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from origin_router.routing.config import FeedbackConfig, OriginConfig, PoolConfig, RouterConfig, RuleConfig
from origin_router.routing.model import Decision, Observation, OriginRef, Outcome, Reason, Request, Source, State
from origin_router.routing.router import Router

START_AT = 1_800_000_000.0
"""Time 0 of all tables, as a wall clock shows it."""

FAILURE_TAKES_S = 0.3
"""How long a probe of `Traffic` takes to fail."""

Said = float | Outcome
"""A number is an answer that took so many milliseconds; `Outcome.OK` is one whose time is not known."""


class Real(NamedTuple):
    """Said by a real exchange, not by a probe."""

    said: Said


Heard = tuple[float, str, Said | Real]
"""(at, origin, what was heard of it); seconds since the start. `pool/origin` names one of another pool than `web`."""

Behaviour = Mapping[str, Sequence[tuple[float, Said]]]
"""By origin: (from when, what it says to a probe)."""

Script = Callable[[str, float], Said]
"""From an origin and a time to what it says then, where a table is not enough."""

Clock = Callable[[float], float]
"""From true seconds since the start to what the wall clock shows then, as seconds since the start."""


class Decided(NamedTuple):
    """Where a request went, and why."""

    at: float
    origin: str
    reason: Reason


class Changed(NamedTuple):
    """An origin changed its state."""

    at: float
    origin: str
    before: State
    after: State


@dataclass
class Played:
    """What came of a table; times are true seconds since the start."""

    decided: list[Decided] = field(default_factory=list)
    changed: list[Changed] = field(default_factory=list)
    probed: dict[str, list[float]] = field(default_factory=dict)

    @property
    def moves(self) -> list[Decided]:
        """The decisions that went elsewhere than the one before."""
        before = [None, *(each.origin for each in self.decided)]
        return [each for each, previous in zip(self.decided, before, strict=False) if each.origin != previous]

    def between(self, from_s: float, to_s: float) -> set[str]:
        """The origins that requests of a time span went to."""
        return {each.origin for each in self.decided if from_s <= each.at < to_s}

    def changes_of(self, name: str) -> list[tuple[float, State]]:
        """When an origin came into which state."""
        return [(each.at, each.after) for each in self.changed if each.origin == name]


@dataclass(frozen=True)
class FakeRequest:
    """A request of which nothing matters but what is given."""

    method: str = "GET"
    uri: str = "/"
    client: str = "192.0.2.1"
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: Mapping[str, str] = field(default_factory=dict)
    queries: Mapping[str, str] = field(default_factory=dict)

    def header(self, name: str) -> str | None:
        """A header's value."""
        return self.headers.get(name)

    def cookie(self, name: str) -> str | None:
        """A cookie's value."""
        return self.cookies.get(name)

    def query(self, name: str) -> str | None:
        """A query parameter's value."""
        return self.queries.get(name)


ANY = FakeRequest()
"""A request of which nothing matters."""


def origin(name: str, *, priority: int = 1, weight: int = 100) -> OriginConfig:
    """Configure an origin."""
    return OriginConfig(id=name, host=f"{name}.example.com", priority=priority, weight=weight)


def router_config(
    pool: PoolConfig, *, rules: Sequence[RuleConfig] = (), feedback: FeedbackConfig | None = None, **others: PoolConfig
) -> RouterConfig:
    """Configure a router of the pool `web`, and of others by name."""
    return RouterConfig(
        name="shop",
        pool="web",
        pools={"web": pool, **others},
        rules=tuple(rules),
        feedback=feedback or FeedbackConfig(),
    )


def a_router(pool: PoolConfig, *, heard: Iterable[Heard] = (), jitter: float = 0.0, **others: PoolConfig) -> Router:
    """Return a router that has heard this; time 0 is START_AT."""
    config = RouterConfig(name="shop", pool="web", pools={"web": pool, **others})
    router = Router(config, lambda: jitter)
    for at, name, said in heard:
        tell(router, name, said, START_AT + at)
    return router


def right(true_s: float) -> float:
    """A clock that is right."""
    return true_s


def play(
    pool: PoolConfig, *, heard: Iterable[Heard], asked: Iterable[float], clock: Clock = right, jitter: float = 0.0
) -> Played:
    """Let the router hear and be asked, in order of time; what is heard at the time of a request comes first."""
    router = Router(router_config(pool), lambda: jitter)
    events = [(at, 0, (name, said)) for at, name, said in heard] + [(at, 1, None) for at in asked]
    played = Played()
    for at, _, news in sorted(events, key=lambda event: event[:2]):
        now = router.steady(START_AT + clock(at))
        if news is None:
            decision = router.decide(ANY, now)
            played.decided.append(Decided(at, decision.origin.origin, decision.reason))
        else:
            played.changed += tell(router, *news, now, true_s=at)
    return played


def ref_of(name: str) -> OriginRef:
    """Return what `origin` (of pool `web`) or `pool/origin` names."""
    pool, _, origin_id = name.rpartition("/")
    return OriginRef(pool or "web", origin_id)


def tell(router: Router, name: str, said: Said | Real, now: float, *, true_s: float = 0.0) -> list[Changed]:
    """Let a router hear one thing; return the change of state that it caused, if any."""
    source = Source.TRAFFIC if isinstance(said, Real) else Source.PROBE
    news = said.said if isinstance(said, Real) else said
    outcome, latency_s = (news, None) if isinstance(news, Outcome) else (Outcome.OK, news / 1000)
    transition = router.observe(Observation(ref_of(name), outcome, now, latency_s, source))
    return [] if transition is None else [Changed(true_s, name, transition.before, transition.after)]


def viewers(count: int, *, prefix: str = "198.51.100.") -> list[FakeRequest]:
    """Return requests of so many viewers, told apart by their addresses."""
    return [FakeRequest(client=f"{prefix}{number}") for number in range(count)]


def decide_all(router: Router, requests: Iterable[Request], now: float = START_AT) -> list[Decision]:
    """Return the decision for each request."""
    return [router.decide(request, now) for request in requests]


def shares(decisions: Sequence[Decision]) -> dict[str, float]:
    """Return the share of decisions by origin."""
    counts = Counter(each.origin.origin for each in decisions)
    return {name: count / len(decisions) for name, count in sorted(counts.items())}


def every(step_s: float, *, until: float, since: float = 0.0) -> list[float]:
    """Return times at a distance of `step_s`, the end excluded."""
    return [since + index * step_s for index in range(round((until - since) / step_s))]


class Traffic:
    """Requests, and origins that change their behaviour."""

    def __init__(
        self,
        pool: PoolConfig,
        behaviour: Behaviour | Script,
        *,
        jitter: Callable[[], float],
        has_feedback: bool = False,
        has_probe_latencies: bool = True,
        explore_pct: float = 1.0,
        is_watched: bool = False,
    ) -> None:
        """`has_feedback`: each request is answered before the next one, and the router hears how.

        `is_watched`: there is an origin group, so that failures would be heard of.
        Without `has_probe_latencies` probes tell only whether an origin answers, and real traffic is
        what origins are compared by.
        """
        feedback = FeedbackConfig(enabled=has_feedback, explore_pct=explore_pct)
        self.router = Router(router_config(pool, feedback=feedback), jitter)
        self.router.basis = Source.PROBE if has_probe_latencies else Source.TRAFFIC
        self._is_watched = is_watched
        self._has_feedback = has_feedback
        self._has_probe_latencies = has_probe_latencies
        self._behaviour = behaviour
        self._under_way: dict[str, tuple[float, Said]] = {}
        """What is being probed: when the answer arrives, and what it will be."""

    def play(self, asked: Iterable[float], *, request: Request = ANY) -> Played:
        """Let requests come, each of which reads what has arrived and sends what is due, as the edge does it."""
        played = Played(probed={name: [] for name in self.router.pools["web"].origins})
        for at in asked:
            now = self.router.steady(START_AT + at)
            arrived = [name for name, (arrives_s, _) in self._under_way.items() if arrives_s <= at]
            for name in arrived:
                said = self._under_way.pop(name)[1]
                if not isinstance(said, Outcome) and not self._has_probe_latencies:
                    said = Outcome.OK
                played.changed += tell(self.router, name, said, now, true_s=at)
            decision = self.router.try_out(request, self.router.decide(request, now), now)
            played.decided.append(Decided(at, decision.origin.origin, decision.reason))
            if self._is_watched:
                self.router.pools["web"].watched_at = now
            self._launch(at, now, played)
            if self._has_feedback:
                name = decision.origin.origin
                played.changed += tell(self.router, name, Real(self._says(name, at)), now, true_s=at)
        return played

    def _launch(self, at: float, now: float, played: Played) -> None:
        for ref in self.router.due(now) if now >= self.router.probe_due_at else ():
            if ref.origin not in self._under_way:
                said = self._says(ref.origin, at)
                takes_s = FAILURE_TAKES_S if isinstance(said, Outcome) else said / 1000
                self._under_way[ref.origin] = (at + takes_s, said)
                self.router.launched(ref, now)
                played.probed[ref.origin].append(at)

    def _says(self, name: str, at: float) -> Said:
        if callable(self._behaviour):
            return self._behaviour(name, at)
        return [said for since_s, said in self._behaviour[name] if since_s <= at][-1]

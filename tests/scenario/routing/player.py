"""Plays tables against the real Router on virtual time: who answers, when, why, and which transitions it takes.

`play` takes a table of what was heard of the origins and of when requests came. `Traffic`
closes the loop: origins behave as a table says, and are heard of only when the router has
them measured and a request comes to read the answer, as in a frozen environment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from origin_router.routing.config import OriginConfig, PoolConfig, RouterConfig, RuleConfig
from origin_router.routing.model import Observation, OriginRef, Outcome, Reason, State
from origin_router.routing.router import Router

START_AT = 1_800_000_000.0
"""Time 0 of all tables, as a wall clock shows it."""

FAILURE_TAKES_S = 0.3
"""How long a probe of `Traffic` takes to fail."""

Said = float | Outcome
"""A number is an answer that took so many milliseconds; `Outcome.OK` is one whose time is not known."""

Heard = tuple[float, str, Said]
"""(at, origin, what was heard of it); seconds since the start."""

Behaviour = dict[str, list[tuple[float, Said]]]
"""By origin: (from when, what it says to a probe)."""

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


class AnyRequest:
    """A request of which nothing matters."""

    method = "GET"
    uri = "/"

    def header(self, name: str) -> str | None:
        """It has none."""
        return None


def origin(name: str, *, priority: int = 1) -> OriginConfig:
    """Configure an origin."""
    return OriginConfig(id=name, host=f"{name}.example.com", priority=priority)


def router_config(pool: PoolConfig, *, rules: Sequence[RuleConfig] = ()) -> RouterConfig:
    """Configure a router of one pool, `web`."""
    return RouterConfig(name="shop", pool="web", pools={"web": pool}, rules=tuple(rules))


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
            decision = router.decide(AnyRequest(), now)
            played.decided.append(Decided(at, decision.origin.origin, decision.reason))
        else:
            played.changed += _tell(router, at, now, *news)
    return played


def _tell(router: Router, true_s: float, now: float, name: str, said: Said) -> list[Changed]:
    outcome, latency_s = (said, None) if isinstance(said, Outcome) else (Outcome.OK, said / 1000)
    transition = router.observe(Observation(OriginRef("web", name), outcome, now, latency_s))
    return [] if transition is None else [Changed(true_s, name, transition.before, transition.after)]


def every(step_s: float, *, until: float, since: float = 0.0) -> list[float]:
    """Return times at a distance of `step_s`, the end excluded."""
    return [since + index * step_s for index in range(round((until - since) / step_s))]


class Traffic:
    """Requests, and origins that change their behaviour."""

    def __init__(self, pool: PoolConfig, behaviour: Behaviour, *, jitter: Callable[[], float]) -> None:
        self.router = Router(router_config(pool), jitter)
        self._behaviour = behaviour
        self._under_way: dict[str, tuple[float, Said]] = {}
        """What is being probed: when the answer arrives, and what it will be."""

    def play(self, asked: Iterable[float]) -> Played:
        """Let requests come, each of which reads what has arrived and sends what is due, as the edge does it."""
        played = Played(probed={name: [] for name in self._behaviour})
        for at in asked:
            now = self.router.steady(START_AT + at)
            arrived = [name for name, (arrives_s, _) in self._under_way.items() if arrives_s <= at]
            for name in arrived:
                played.changed += _tell(self.router, at, now, name, self._under_way.pop(name)[1])
            decision = self.router.decide(AnyRequest(), now)
            played.decided.append(Decided(at, decision.origin.origin, decision.reason))
            for ref in self.router.due(now) if now >= self.router.probe_due_at else ():
                if ref.origin not in self._under_way:
                    said = self._says(ref.origin, at)
                    takes_s = FAILURE_TAKES_S if isinstance(said, Outcome) else said / 1000
                    self._under_way[ref.origin] = (at + takes_s, said)
                    self.router.launched(ref, now)
                    played.probed[ref.origin].append(at)
        return played

    def _says(self, name: str, at: float) -> Said:
        return [said for since_s, said in self._behaviour[name] if since_s <= at][-1]

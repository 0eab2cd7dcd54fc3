"""Environments come by need, serve, and go: the places for environments in one Region, one after the other.

Requests between two looks of an environment (see `quiet_until`) are drawn as a number, and a
few of them stand for all. Everything else is request by request.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Protocol

from origin_router.simulator.chance import poisson
from origin_router.simulator.scenario import EdgeConfig
from origin_router.simulator.traffic import STEP_S, Load
from origin_router.simulator.viewer import Chooser, Viewers

SAMPLES = 2
"""So many requests stand for all that come between two looks."""


class Environment(Protocol):
    """What serves requests at the edge, one at a time."""

    learns_from_failures: bool
    chooser: Chooser

    def cold_start(self, at_s: float) -> float: ...
    def invoke(self, at_s: float) -> float: ...
    def hear(self, at_s: float) -> float: ...
    def quiet_until(self, at_s: float) -> float: ...
    def pass_by(self, at_s: float, count: int, weight: float) -> None: ...
    def end(self, at_s: float) -> None: ...


class Slots:
    """Plays one Region."""

    def __init__(
        self,
        loads: list[Load],
        edge: EdgeConfig,
        viewers: Viewers,
        rng: Random,
        make: Callable[[float], Environment],
    ) -> None:
        self._loads = loads
        self._edge = edge
        self._viewers = viewers
        self._rng = rng
        self._make = make

    @property
    def count(self) -> int:
        """How many environments there are when most are needed."""
        return max(each.environments for each in self._loads)

    def play(self, slot: int) -> None:
        """Play one place from beginning to end."""
        wanted = [each for each in self._loads if each.environments > slot]
        while wanted:
            length = next(
                (index for index in range(1, len(wanted)) if wanted[index].from_s != wanted[index - 1].to_s),
                len(wanted),
            )
            run, wanted = wanted[:length], wanted[length:]
            at_s, end_s = self._next(run[0].from_s), run[-1].to_s
            while at_s < end_s:
                at_s = self._live(at_s, end_s)

    def _live(self, at_s: float, end_s: float) -> float:
        """One environment's life; return the time of the first request that it does not serve."""
        edge, tally = self._edge, self._viewers.tally
        born_s, ends_s = at_s, min(end_s, at_s + edge.lifetime_h * 3600 * self._rng.uniform(0.5, 1.5))
        environment = self._make(at_s)
        busy_s = environment.cold_start(at_s)
        while True:
            looked_s = at_s
            at_s = self._next(self._pass_quiet(environment, at_s, busy_s, ends_s))
            while at_s < min(max(busy_s, environment.hear(at_s)), ends_s):
                self._divert(environment, at_s)
                at_s = self._next(at_s)
            if at_s >= ends_s or at_s - looked_s > edge.idle_min * 60:
                break
            busy_s = environment.invoke(at_s)
        lived_s = min(ends_s, looked_s + edge.idle_min * 60) - born_s
        environment.end(born_s + lived_s)
        tally.environment_s += lived_s
        tally.chooser_s += lived_s
        return at_s

    def _pass_quiet(self, environment: Environment, at_s: float, busy_s: float, ends_s: float) -> float:
        """Serve what comes while the environment need not look; return the time up to which that was done."""
        until_s = min(environment.quiet_until(at_s), ends_s)
        if busy_s - at_s > 0.01:
            return at_s
        origin, view = environment.chooser.current or 0, self._viewers.view
        while at_s < until_s:
            span, load = view.at(at_s), self._load(at_s)
            if environment.learns_from_failures and not span.conditions[origin].is_sound:
                return at_s
            piece_s = min(until_s, span.to_s, load.to_s) - at_s
            if piece_s <= 0:
                break
            arrivals = poisson(self._rng, load.rate / load.environments * piece_s)
            samples = min(SAMPLES, arrivals)
            for _ in range(samples):
                environment.pass_by(at_s + self._rng.random() * piece_s, 1, arrivals / samples)
            at_s += piece_s
        return at_s

    def _divert(self, environment: Environment, at_s: float) -> None:
        """A request comes while its environment is busy measuring: another one takes it, or a new one starts."""
        load = self._load(at_s)
        environment.pass_by(at_s, 1, 1.0)
        self._viewers.tally.extra_cold_starts += blocking(load.environments - 1, load.rate * 0.002)

    def _next(self, at_s: float) -> float:
        """The time of the next request after this one."""
        while True:
            load = self._load(at_s)
            next_s = at_s + self._rng.expovariate(load.rate / load.environments)
            if next_s < load.to_s or load is self._loads[-1]:
                return next_s
            at_s = load.to_s

    def _load(self, at_s: float) -> Load:
        return self._loads[min(len(self._loads) - 1, int(at_s / STEP_S))]


def blocking(servers: int, offered: float) -> float:
    """Return the probability that all servers are busy (Erlang's B formula)."""
    share = 1.0
    for each in range(1, servers + 1):
        share = offered * share / (each + offered * share)
    return share

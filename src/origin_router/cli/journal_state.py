"""What was believed at the end of a journal. Pure.

The last `choice` or `decision` of a pool has the estimates and the health of all its origins;
later `health` lines change the latter. `probe` lines tell outcomes, and how old estimates are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from origin_router.cli.journal_file import Line, milliseconds_of, outcome_of
from origin_router.cli.state_file import OriginState, PoolState, StateError, States
from origin_router.routing.config import RouterConfig
from origin_router.routing.model import OriginRef, Outcome, Reason, State

NOT_THE_CHOICE = frozenset({Reason.EXPLORING, Reason.TRIAL, Reason.FAILOVER, Reason.FALLBACK})
"""Reasons of a decision that says nothing about the pool's present choice."""


def state_of(lines: Sequence[Line], config: RouterConfig) -> States:
    """Return what was believed after the last line. Raises StateError if that is nothing about these pools."""
    beliefs = _Beliefs(config)
    for line in lines:
        beliefs.take(line)
    if not beliefs.states:
        raise StateError("holds no choice, decision or health line about the origins of this configuration")
    return beliefs.at(lines[-1].at)


class _Beliefs:
    """Takes in line after line; what it does not understand changes nothing."""

    def __init__(self, config: RouterConfig) -> None:
        self.states: States = {}
        self._known = {name: {origin.id for origin in pool.origins} for name, pool in config.pools.items()}
        self._measured_at: dict[OriginRef, float] = {}
        self._outcomes: dict[OriginRef, Outcome] = {}

    def take(self, line: Line) -> None:
        """Take in one line."""
        pool, origin = line.ref()
        if origin not in self._known.get(pool, ()):
            return
        if line.event in ("choice", "decision"):
            self._take_standing(pool, origin, line.fields)
        elif line.event == "health":
            self._take_health(pool, origin, line.fields)
        elif line.event == "probe":
            self._take_probe(line)

    def at(self, now: float) -> States:
        """Return the states; ages count up to `now`."""
        for name, pool in self.states.items():
            for origin, known in pool.origins.items():
                ref = OriginRef(name, origin)
                known.outcome = self._outcomes.get(ref)
                if ref in self._measured_at and known.estimate_ms is not None:
                    known.age_s = round(now - self._measured_at[ref], 3)
        return self.states

    def _take_standing(self, pool: str, chosen: str, fields: Mapping[str, Any]) -> None:
        state = self.states.setdefault(pool, PoolState())
        if str(fields.get("reason")) not in NOT_THE_CHOICE:
            state.current = chosen
        for origin, estimate in _items(fields.get("estimates")):
            self._origin(pool, origin).estimate_ms = milliseconds_of(estimate)
        for origin, word in _items(fields.get("health")):
            self._origin(pool, origin).state = _state(word)

    def _take_health(self, pool: str, origin: str, fields: Mapping[str, Any]) -> None:
        self.states.setdefault(pool, PoolState())
        self._origin(pool, origin).state = _state(fields.get("after"))
        cause = outcome_of(fields.get("cause"))
        if cause is not None:
            self._outcomes[OriginRef(pool, origin)] = cause

    def _take_probe(self, line: Line) -> None:
        outcome = outcome_of(line.fields.get("outcome"))
        if outcome is not None:
            self._outcomes[line.ref()] = outcome
        if outcome is Outcome.OK and milliseconds_of(line.fields.get("response_ms")) is not None:
            self._measured_at[line.ref()] = line.at

    def _origin(self, pool: str, origin: str) -> OriginState:
        """Return the state of an origin, or one that nobody looks at if the configuration does not have it."""
        if origin not in self._known[pool]:
            return OriginState()
        return self.states[pool].origins.setdefault(origin, OriginState())


def _items(value: Any) -> list[tuple[str, Any]]:
    return list(value.items()) if isinstance(value, dict) else []


def _state(word: Any) -> State:
    return State(word) if isinstance(word, str) and word in set(State) else State.UNKNOWN

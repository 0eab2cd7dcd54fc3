"""The cap on ejected origins: however many fail, not all of them are taken out for it."""

from __future__ import annotations

import random

import pytest

from origin_router.routing.config import HealthConfig, PoolConfig
from origin_router.routing.model import Outcome, Reason, State
from tests.scenario.routing.player import START_AT, Behaviour, Heard, Said, Traffic, a_router, every, origin, play, tell

CAPS = [
    # (origins, max_ejected_pct, how many die, how many are ejected)
    (1, 0, 1, 1),
    (2, 50, 1, 1),
    (2, 50, 2, 1),
    (2, 100, 2, 2),
    (3, 50, 3, 1),
    (3, 66, 3, 1),
    (3, 67, 3, 2),
    (4, 50, 4, 2),
    (4, 0, 4, 1),
    (4, 10, 2, 1),
    (10, 50, 9, 5),
    (10, 30, 9, 3),
]


@pytest.mark.parametrize(("origins", "max_ejected_pct", "dying", "ejected"), CAPS)
def test_how_many_may_be_ejected(origins: int, max_ejected_pct: float, dying: int, ejected: int) -> None:
    """That share of the pool, rounded down, and always one."""
    names = [f"o{n}" for n in range(origins)]
    pool = PoolConfig(origins=tuple(map(origin, names)), health=HealthConfig(max_ejected_pct=max_ejected_pct))
    heard: list[Heard] = [(0, name, 20.0) for name in names]
    heard += [(10.0 + n, name, Outcome.REFUSED) for n in range(9) for name in names[:dying]]
    played = play(pool, heard=heard, asked=[])

    assert ejected == sum(each.after is State.EJECTED for each in played.changed)


THREE = PoolConfig(origins=(origin("a"), origin("b"), origin("c")), refresh_s=10)
TWO_DIE: list[Heard] = [
    *((0, name, 20.0) for name in "abc"),
    *((10.0 + n, name, Outcome.REFUSED) for n in range(3) for name in "ab"),
]


def test_one_that_may_not_be_ejected_is_passed_over_all_the_same() -> None:
    """Its failures are remembered: it is no more attractive for the cap."""
    played = play(THREE, heard=TWO_DIE, asked=[13])

    assert [each[1:] for each in played.decided] == [("c", Reason.FASTEST)]


def test_when_there_is_room_again_the_next_failure_ejects() -> None:
    """`a` comes back; `b`, which has failed all the time, needs no three failures more."""
    back: list[Heard] = [(16, "a", 20.0), (17, "a", 20.0), (18, "b", Outcome.BAD_STATUS)]
    played = play(THREE, heard=[*TWO_DIE, *back], asked=[])

    assert played.changes_of("a")[1:] == [(11, State.EJECTED), (16, State.PROBATION), (17, State.SERVING)]
    assert played.changes_of("b") == [(0, State.SERVING), (18, State.EJECTED)]


def test_on_probation_a_failure_ejects_again_whatever_the_cap() -> None:
    """It was counted all the time: nobody else is taken out by it."""
    router = a_router(THREE, heard=TWO_DIE)
    tell(router, "a", 20.0, START_AT + 16)
    tell(router, "a", Outcome.BAD_STATUS, START_AT + 17)

    assert State.EJECTED is router.pools["web"].origins["a"].health.state


def test_one_that_may_not_be_ejected_is_not_probed_all_the_time_for_it() -> None:
    """An hour with two dead of three: the one beyond the cap is asked once per refresh time, and no other less."""
    down: list[tuple[float, Said]] = [(0, 20.0), (60, Outcome.REFUSED)]
    behaviour: Behaviour = {"a": down, "b": down, "c": [(0, 20.0)]}
    played = Traffic(THREE, behaviour, jitter=random.Random(2).random).play(every(0.5, until=3660))

    dead = {name: sum(at >= 120 for at in played.probed[name]) for name in "ab"}
    assert min(dead.values()) < 60, "one is ejected, for longer and longer, up to a minute"
    assert 290 <= max(dead.values()) <= 354, "one is beyond the cap"
    assert sum(at >= 120 for at in played.probed["c"]) >= 290


def test_one_beyond_the_cap_that_answers_again_is_trusted_again_soon() -> None:
    """Its first success makes it worth a second look after a second."""
    down: list[tuple[float, Said]] = [(0, 20.0), (60, Outcome.REFUSED)]
    behaviour: Behaviour = {"a": down, "b": [*down, (600, 20.0)], "c": [(0, 200.0)]}
    traffic = Traffic(THREE, behaviour, jitter=lambda: 0.5)
    played = traffic.play(every(0.5, until=640))
    beyond = next(name for name in "ab" if traffic.router.pools["web"].origins[name].health.state is State.SERVING)

    assert beyond == "b", "the configured order makes `a` the one that is ejected"
    assert {"b"} == played.between(600 + 11 + 3, 640)

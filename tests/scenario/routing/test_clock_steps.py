"""Clocks that jump and environments that sleep: time may be wrong, decisions may not."""

from __future__ import annotations

from itertools import pairwise

import pytest
from tests.scenario.routing.player import (
    START_AT,
    Behaviour,
    Clock,
    Decided,
    Heard,
    Traffic,
    every,
    origin,
    play,
    router_config,
)

from origin_router.routing.config import PoolConfig
from origin_router.routing.model import Outcome, Reason, State
from origin_router.routing.router import Router

POOL = PoolConfig(origins=(origin("eu"), origin("us")))
HOUR_S = 3600.0


def stepping(*steps: tuple[float, float]) -> Clock:
    """A clock that jumps by so many seconds at these times."""
    return lambda true_s: true_s + sum(step_s for at, step_s in steps if true_s >= at)


BACKWARDS = [stepping((15, -2)), stepping((15, -HOUR_S * 5)), stepping((13, -9), (16, -HOUR_S), (16.5, -0.001))]


@pytest.mark.parametrize("clock", BACKWARDS)
def test_a_step_backwards_neither_prolongs_nor_shortens_an_ejection_much(clock: Clock) -> None:
    """The step itself takes no time; all that follows keeps its pace, so the trial comes as it would have."""
    heard: list[Heard] = [(0, "eu", 20), (0, "us", 80)]
    heard += [(float(10 + n), "eu", Outcome.REFUSED) for n in range(3)]
    heard += [(at, "eu", 20.0) for at in every(1, since=13, until=40)]
    played = play(POOL, heard=heard, asked=every(0.5, until=40), clock=clock)

    back = [each.at for each in played.changed if each.after is State.PROBATION]
    assert len(back) == 1
    assert 17 <= back[0] <= 22, "each step costs the time since the clock was last read, here at most 1 s"
    assert played.decided[-1].origin == "eu"


@pytest.mark.parametrize("step_s", [-5 * HOUR_S, 5 * HOUR_S])
def test_a_step_moves_no_traffic(step_s: float) -> None:
    """Nothing was heard, so nothing changes, hours on or hours back."""
    heard: list[Heard] = [(0, "eu", 20), (0, "us", 80), (10, "eu", 20)]
    played = play(POOL, heard=heard, asked=every(1, until=60), clock=stepping((20, step_s)))

    assert {("eu", Reason.FASTEST)} == {each[1:] for each in played.decided}


@pytest.mark.parametrize("step_s", [-5 * HOUR_S, 5 * HOUR_S])
def test_after_a_step_measuring_goes_on(step_s: float) -> None:
    """Neither silence for as long as the step, nor a probe with every request."""
    router = Router(router_config(POOL), lambda: 0.0)
    clock = stepping((20.25, step_s))
    launched: list[float] = []
    for at in every(0.5, until=120):
        now = router.steady(START_AT + clock(at))
        for ref in router.due(now):
            router.launched(ref, now)
            launched += [at] if ref.origin == "eu" else []

    pauses = [later - earlier for earlier, later in pairwise(launched)]
    assert len(launched) in (12, 13)
    assert max(pauses) <= 11
    assert sorted(pauses)[1] >= 10, "a step forward makes one probe early, no more"


def test_time_never_goes_back() -> None:
    """Whatever the wall clock does: forward steps are believed, backward steps are absorbed."""
    router = Router(router_config(POOL), lambda: 0.0)
    raw = [100.0, 101.0, 90.0, 91.0, 5000.0, 10.0, 10.5, 10.5]

    steady = [router.steady(each) for each in raw]

    assert steady == [100.0, 101.0, 101.0, 102.0, 5011.0, 5011.0, 5011.5, 5011.5]


def test_a_forward_step_ends_an_ejection_early_and_nothing_worse() -> None:
    """Five hours on, the ejection is over: the trial decides, as it would have later."""
    heard: list[Heard] = [(0, "eu", 20), (0, "us", 80)]
    heard += [(float(10 + n), "eu", Outcome.REFUSED) for n in range(3)]
    heard += [(14, "eu", Outcome.REFUSED), (15, "eu", 20)]
    played = play(POOL, heard=heard, asked=every(1, until=20), clock=stepping((13, 5 * HOUR_S)))

    assert State.EJECTED is played.changed[-1].after, "the trial at 14 s failed; at 15 s the second ejection runs"
    assert played.decided[-1].origin == "us"


def test_after_hours_of_silence_the_old_choice_answers_and_everything_is_measured() -> None:
    """The first request waits for nothing, and starts what the next one profits from."""
    behaviour: Behaviour = {"eu": [(0, 20.0), (100, 200.0)], "us": [(0, 80.0)]}
    traffic = Traffic(POOL, behaviour, jitter=lambda: 0.0)
    played = traffic.play([*every(1, until=60), 5 * HOUR_S, 5 * HOUR_S + 1])

    assert Decided(5 * HOUR_S, "eu", Reason.FASTEST) == played.decided[-2]
    assert Decided(5 * HOUR_S + 1, "us", Reason.FASTEST) == played.decided[-1]
    assert 5 * HOUR_S in played.probed["eu"]
    assert 5 * HOUR_S in played.probed["us"]


def test_after_hours_of_silence_one_answer_is_the_whole_estimate() -> None:
    """What was measured before the night has no weight in the morning: a former loser that is fast now wins."""
    heard: list[Heard] = [(0, "eu", 20), (0, "us", 800), (5 * HOUR_S, "us", 5), (5 * HOUR_S, "eu", 20)]
    played = play(POOL, heard=heard, asked=[0, 5 * HOUR_S])

    assert [each.origin for each in played.decided] == ["eu", "us"]


def test_an_ejection_that_ended_in_the_night_still_needs_its_trial() -> None:
    """Time alone brings nobody back: the first request in the morning goes elsewhere and sends the trial."""
    behaviour: Behaviour = {"eu": [(0, 20.0), (30, Outcome.REFUSED), (60, 20.0)], "us": [(0, 80.0)]}
    played = Traffic(POOL, behaviour, jitter=lambda: 0.0).play(
        [*every(0.5, until=50), *every(0.5, since=5 * HOUR_S, until=5 * HOUR_S + 10)]
    )

    assert next(each.origin for each in played.decided if each.at == 5 * HOUR_S) == "us"
    assert 5 * HOUR_S in played.probed["eu"]
    assert played.decided[-1].origin == "eu"

"""One slow answer may be a lost packet, two are news; getting fast again is believed only when it lasts."""

from __future__ import annotations

import random

import pytest

from origin_router.routing.config import PoolConfig
from origin_router.routing.model import Outcome, Reason
from tests.scenario.routing.player import (
    ANY,
    START_AT,
    Decided,
    Heard,
    Traffic,
    a_router,
    every,
    origin,
    play,
    ref_of,
    tell,
)

POOL = PoolConfig(origins=(origin("eu"), origin("us")), band_ms=10)
EU = ref_of("eu")


def steady_us(until: float) -> list[Heard]:
    """`us` answers in 70 ms, always."""
    return [(at, "us", 70.0) for at in every(10, until=until)]


def test_a_single_spike_moves_nothing() -> None:
    """Ten times as long, once: a lost packet is no reason to leave."""
    heard: list[Heard] = [(at, "eu", 500.0 if at == 10 else 50.0) for at in every(10, until=120)]
    played = play(POOL, heard=heard + steady_us(120), asked=every(1, until=120))

    assert [Decided(0, "eu", Reason.FASTEST)] == played.moves


def test_a_lasting_slow_down_is_followed_with_the_second_sample() -> None:
    """500 ms instead of 50 ms: the next request after the second of them goes elsewhere."""
    heard: list[Heard] = [*steady_us(10), (0, "eu", 50), (10, "eu", 500), (11, "eu", 480)]
    played = play(POOL, heard=heard, asked=[9.9, 10, 11])

    assert [each.origin for each in played.decided] == ["eu", "eu", "us"]


SECOND_SAMPLES = [
    # (second sample in ms after 50 and 500, the estimate then)
    (500.0, 500.0),
    (600.0, 500.0),
    (300.0, 300.0),
    (90.0, 90.0),
    (50.0, 50.0),
]


@pytest.mark.parametrize(("second_ms", "believed_ms"), SECOND_SAMPLES)
def test_of_two_samples_the_lower_counts(second_ms: float, believed_ms: float) -> None:
    """What both agree on; and nothing is left over for a third one to confirm."""
    router = a_router(POOL, heard=[(0, "eu", 50.0), (10, "eu", 500.0), (11, "eu", second_ms)])
    estimate = router.pools["web"].origins["eu"].estimate

    assert believed_ms / 1000 == estimate.value_s
    assert estimate.unconfirmed_s is None


NO_SPIKES = [
    # (ms before, ms then, is it believed at once; the band is 10 ms)
    (50.0, 85.0, True),
    (50.0, 85.1, False),
    (5.0, 17.5, True),
    (5.0, 17.6, False),
    (400.0, 610.0, True),
    (400.0, 610.1, False),
]


@pytest.mark.parametrize(("before_ms", "then_ms", "is_believed"), NO_SPIKES)
def test_what_is_within_half_as_much_again_and_the_band_needs_no_confirmation(
    before_ms: float, then_ms: float, is_believed: bool
) -> None:
    """Getting somewhat slower is noticed with the first answer."""
    router = a_router(POOL, heard=[(0, "eu", before_ms), (10, "eu", then_ms)])

    assert (then_ms if is_believed else before_ms) / 1000 == router.pools["web"].origins["eu"].estimate.value_s


def test_a_spike_is_looked_into_after_a_second() -> None:
    """Real probes: the slow-down is followed within two seconds of its first sample, not after a refresh time."""
    pool = PoolConfig(origins=POOL.origins, band_ms=10, refresh_s=10)
    behaviour = {"eu": [(0.0, 50.0), (15.0, 500.0)], "us": [(0.0, 70.0)]}
    played = Traffic(pool, behaviour, jitter=lambda: 0.0).play(every(0.1, until=40))

    first_slow = next(at for at in played.probed["eu"] if at >= 15)
    assert played.moves[-1].origin == "us"
    assert first_slow + 1 < played.moves[-1].at <= first_slow + 2


def test_a_lasting_slow_down_is_left_once_and_returned_from_once() -> None:
    """Ten minutes of 150 ms: one move away, one move back, nothing in between."""
    heard: list[Heard] = [(at, "eu", 150.0 if 300 <= at < 900 else 50.0) for at in every(10, until=1500)]
    played = play(POOL, heard=heard + steady_us(1500), asked=every(1, until=1500))

    assert [(each.at, each.origin) for each in played.moves] == [(0, "eu"), (310, "us"), (920, "eu")]


def test_a_spike_of_both_moves_nothing() -> None:
    """A hiccup of our own network hits all origins alike, and is no reason to move."""
    heard: list[Heard] = [(0, "eu", 50), (0, "us", 70), (10, "us", 570), (10.001, "eu", 550), (20, "eu", 50)]
    played = play(POOL, heard=heard, asked=[0, 9, 10.001, 11, 20])

    assert {"eu"} == {each.origin for each in played.decided}


def test_an_answer_without_a_latency_leaves_the_estimates_alone() -> None:
    """Its time was withheld: it says that the origin lives, and nothing about how fast it is."""
    heard: list[Heard] = [(0, "eu", 50), (0, "us", 70), (10, "eu", Outcome.OK), (10, "us", Outcome.OK)]
    played = play(POOL, heard=heard, asked=[0, 10, 11])

    assert {Decided(at, "eu", Reason.FASTEST) for at in (0, 10, 11)} == set(played.decided)


def test_one_slow_answer_cannot_confirm_itself() -> None:
    """Overdue at 250 ms, then at 400, answered after 500: that is one sample, whichever way it is heard of."""
    router = a_router(POOL, heard=[(0, "eu", 50.0), (0, "us", 70.0)])
    router.launched(EU, START_AT + 10)
    router.observe_at_least(EU, 0.25, START_AT + 10.25)
    router.observe_at_least(EU, 0.4, START_AT + 10.4)
    tell(router, "eu", 500.0, START_AT + 10.5)

    assert router.decide(ANY, START_AT + 11).origin == EU
    assert router.pools["web"].origins["eu"].estimate.unconfirmed_s == 0.5

    router.launched(EU, START_AT + 11.5)
    router.observe_at_least(EU, 0.25, START_AT + 11.75)

    assert router.decide(ANY, START_AT + 12).origin == ref_of("us"), "the next probe is overdue as well"


def test_overdue_probes_confirm_each_other_where_no_latency_is_ever_read() -> None:
    """After the answer we stay awake for 250 ms; what comes later was not seen coming, and is withheld."""
    router = a_router(POOL, heard=[(0, "eu", 50.0), (0, "us", 70.0)])
    went_to = []
    for at in (10.0, 11.0):
        router.launched(EU, START_AT + at)
        router.observe_at_least(EU, 0.25, START_AT + at + 0.25)
        tell(router, "eu", Outcome.OK, START_AT + at + 0.5)
        went_to.append(router.decide(ANY, START_AT + at + 0.6).origin.origin)

    assert went_to == ["eu", "us"]


def test_an_hour_with_one_spike_in_a_hundred_probes() -> None:
    """Lognormal jitter of 20 %, spikes of ten times in 1 %: the faster origin is hardly ever left."""
    chance = random.Random(1)
    pool = PoolConfig(origins=POOL.origins, band_ms=10, refresh_s=10)
    medians_ms = {"eu": 50.0, "us": 90.0}

    def says(name: str, at: float) -> float:
        return medians_ms[name] * chance.lognormvariate(0, 0.2) * (10 if chance.random() < 0.01 else 1)

    played = Traffic(pool, says, jitter=chance.random).play(every(0.5, until=3600))

    away = sum(each.origin != "eu" for each in played.decided) / len(played.decided)
    assert away < 0.01, f"{away:.2%} of requests took a detour"

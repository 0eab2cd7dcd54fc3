"""`fastest`: the fastest of the best priority, and the current choice as long as it is close enough to it."""

from __future__ import annotations

import pytest

from origin_router.routing.config import PoolConfig
from origin_router.routing.model import Outcome, Reason
from tests.scenario.routing.player import Decided, Heard, every, origin, play

EU_US = PoolConfig(origins=(origin("eu"), origin("us")), band_ms=10)
THREE = PoolConfig(origins=(origin("eu"), origin("us"), origin("ap")), band_ms=10)


def test_the_first_answer_wins_until_a_better_one_is_known() -> None:
    """A choice among half-known origins says so, and is corrected as soon as more is known."""
    played = play(EU_US, heard=[(0.06, "us", 60), (0.09, "eu", 20)], asked=[0.07, 0.1])

    assert [Decided(0.07, "us", Reason.FIRST_ANSWER), Decided(0.1, "eu", Reason.FASTEST)] == played.decided


BAND = [
    # (ms of the other origin while the current one has 50 ms, who answers then, why)
    (39.9, "us", Reason.FASTEST),
    (40.0, "eu", Reason.KEPT_IN_BAND),
    (49.9, "eu", Reason.KEPT_IN_BAND),
    (50.0, "eu", Reason.FASTEST),
    (60.0, "eu", Reason.FASTEST),
]


@pytest.mark.parametrize(("us_ms", "who", "why"), BAND)
def test_the_current_choice_stays_unless_another_is_better_by_more_than_the_band(
    us_ms: float, who: str, why: Reason
) -> None:
    """With a band of 10 ms, 10 ms less is not enough, and a little more is."""
    played = play(EU_US, heard=[(0, "eu", 50), (0, "us", 90), (3600, "us", us_ms)], asked=[0, 3600])

    assert [Decided(0, "eu", Reason.FASTEST), Decided(3600, who, why)] == played.decided


MARGINS = [
    # (band_ms, switch_pct, ms of the current, ms of the other, does the current one stay)
    (10, 0, 300, 290, True),
    (10, 0, 300, 289.9, False),
    (10, 10, 300, 289.9, True),
    (10, 10, 300, 270, True),
    (10, 10, 300, 269.9, False),
    (10, 10, 50, 40, True),
    (10, 10, 50, 39.9, False),
    (0, 20, 50, 40, True),
    (0, 20, 50, 39.9, False),
    (0, 100, 50, 0.1, True),
]


@pytest.mark.parametrize(("band_ms", "switch_pct", "eu_ms", "us_ms", "stays"), MARGINS)
def test_the_wider_of_band_and_threshold_holds(
    band_ms: float, switch_pct: float, eu_ms: float, us_ms: float, stays: bool
) -> None:
    """A few ms are much of a short time, a tenth is much of a long one."""
    pool = PoolConfig(origins=EU_US.origins, band_ms=band_ms, switch_pct=switch_pct)
    played = play(pool, heard=[(0, "eu", eu_ms), (0, "us", 900), (36_000, "us", us_ms)], asked=[0, 36_000])

    assert ["eu", "eu" if stays else "us"] == [each.origin for each in played.decided]


def test_two_origins_inside_the_band_never_flap() -> None:
    """However the two alternate in being faster, within 10 ms of each other there is no reason to move."""
    heard: list[Heard] = []
    for turn, at in enumerate(every(10, until=3600)):
        heard += [(at, "eu", 40.0 + 9 * (turn % 2)), (at, "us", 49.0 - 9 * (turn % 2))]
    played = play(EU_US, heard=heard, asked=every(1, until=3600))

    assert [Decided(0, "eu", Reason.FASTEST)] == played.moves


def test_a_slow_drift_out_of_the_band_moves_once() -> None:
    """Creeping slower by 1 ms every 10 s is followed when the band is left, and not undone by the way back in."""
    heard: list[Heard] = [(at, "us", 50.0) for at in every(10, until=1200)]
    heard += [(at, "eu", 40.0 + at / 10) for at in every(10, until=600)]
    heard += [(at, "eu", 100.0 - (at - 600) / 10) for at in every(10, until=1100, since=600)]
    played = play(EU_US, heard=heard, asked=every(10, until=1200))

    moves = [(each.at, each.origin) for each in played.moves]
    assert moves[:2] == [(0, "eu"), (230, "us")], "62.5 ms are left for 50 ms"
    assert len(moves) == 2, "back to 50 ms is no reason to leave an origin that has 50 ms"


def test_equally_fast_origins_keep_the_configured_order() -> None:
    """Nothing tells them apart, so the order in the file does, every time."""
    played = play(THREE, heard=[(0, "ap", 30), (0, "us", 30), (0, "eu", 30)], asked=[0, 5])

    assert [Decided(0, "eu", Reason.FASTEST), Decided(5, "eu", Reason.FASTEST)] == played.decided


def test_no_band_and_no_threshold_follow_every_difference() -> None:
    """Whoever asks for none gets none."""
    pool = PoolConfig(origins=EU_US.origins, band_ms=0, switch_pct=0)
    played = play(pool, heard=[(0, "eu", 50), (0, "us", 60), (500, "us", 49.9)], asked=[0, 500])

    assert [each.origin for each in played.decided] == ["eu", "us"]


def test_the_choice_among_three_ignores_which_losers_change() -> None:
    """Only a challenger counts: two losers overtaking each other move nothing."""
    heard: list[Heard] = [(0, "eu", 20), (0, "us", 80), (0, "ap", 120), (50, "us", 300), (50, "ap", 90)]
    played = play(THREE, heard=heard, asked=[0, 50, 51])

    assert {"eu"} == {each.origin for each in played.decided}
    assert {Reason.FASTEST} == {each.reason for each in played.decided}


def test_a_slower_origin_of_better_priority_is_preferred() -> None:
    """Priority goes before speed, and the reason is complete without the origins it leaves out."""
    pool = PoolConfig(origins=(origin("near", priority=2), origin("main", priority=1)))
    played = play(pool, heard=[(0, "near", 5), (0.2, "main", 150)], asked=[0.1, 0.2])

    assert [Decided(0.1, "near", Reason.FIRST_ANSWER), Decided(0.2, "main", Reason.FASTEST)] == played.decided


@pytest.mark.parametrize("fallback", ["main", "reserve"])
def test_an_origin_of_better_priority_is_preferred_even_before_its_latency_is_known(fallback: str) -> None:
    """It answers, only how fast could not be read: that is no reason to use an origin kept in reserve."""
    pool = PoolConfig(origins=(origin("main", priority=1), origin("reserve", priority=2)), fallback=fallback)
    played = play(pool, heard=[(0, "reserve", 5), (0.3, "main", Outcome.OK)], asked=[0.1, 0.4, 50])

    assert [each.origin for each in played.decided] == ["reserve", "main", "main"]


def test_an_unmeasured_reserve_does_not_make_a_choice_incomplete() -> None:
    """`first_answer` means that a better one may turn up; an origin of worse priority cannot be it."""
    pool = PoolConfig(origins=(origin("main", priority=1), origin("reserve", priority=2)))
    played = play(pool, heard=[(0, "main", 50)], asked=[0])

    assert [Decided(0, "main", Reason.FASTEST)] == played.decided

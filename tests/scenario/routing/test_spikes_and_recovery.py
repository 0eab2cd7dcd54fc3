"""Getting slow is believed at once, getting fast again only when it lasts."""

from __future__ import annotations

from tests.scenario.routing.player import Decided, Heard, Traffic, every, origin, play

from origin_router.routing.config import PoolConfig
from origin_router.routing.model import Outcome, Reason

POOL = PoolConfig(origins=(origin("eu"), origin("us")), band_ms=10)


def steady_us(until: float) -> list[Heard]:
    """`us` answers in 70 ms, always."""
    return [(at, "us", 70.0) for at in every(10, until=until)]


def test_one_slow_answer_moves_traffic_at_once() -> None:
    """500 ms instead of 50 ms: the next request already goes elsewhere."""
    played = play(POOL, heard=[*steady_us(10), (0, "eu", 50), (10, "eu", 500)], asked=[9.9, 10])

    assert [Decided(9.9, "eu", Reason.FASTEST), Decided(10, "us", Reason.FASTEST)] == played.decided


def test_after_a_single_spike_traffic_returns_when_the_spike_has_faded() -> None:
    """500, then 50 ms every 10 s: 450 ms of surplus fade by e per 10 s and are below 10 ms after 40 s."""
    heard: list[Heard] = [(at, "eu", 500.0 if at == 10 else 50.0) for at in every(10, until=120)]
    played = play(POOL, heard=heard + steady_us(120), asked=every(1, until=120))

    assert [(each.at, each.origin) for each in played.moves] == [(0, "eu"), (10, "us"), (50, "eu")]


def test_a_lasting_slow_down_is_left_once_and_returned_from_once() -> None:
    """Ten minutes of 150 ms: one move away, one move back, nothing in between."""
    heard: list[Heard] = [(at, "eu", 150.0 if 300 <= at < 900 else 50.0) for at in every(10, until=1500)]
    played = play(POOL, heard=heard + steady_us(1500), asked=every(1, until=1500))

    assert [(each.at, each.origin) for each in played.moves] == [(0, "eu"), (300, "us"), (920, "eu")]


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


def test_a_spiking_origin_is_measured_again_although_it_looks_like_a_clear_loser() -> None:
    """With real probes: one spike of ten times makes a loser of the best, which is still given its chance."""
    pool = PoolConfig(origins=(origin("eu"), origin("us")), band_ms=10, refresh_s=10)
    traffic = Traffic(
        pool, {"eu": [(0, 50.0), (95, 500.0), (106, 50.0)], "us": [(0, 70.0)]}, jitter=iter([0.0] * 999).__next__
    )
    played = traffic.play(every(0.5, until=300))

    away = [each.at for each in played.decided if each.origin == "us"]
    assert away, "the spike is seen"
    assert {"eu"} == played.between(away[0] + 60, 300), "within a minute traffic is back"
    assert {"us"} == played.between(away[0], away[-1]), "and it goes away once, not back and forth"

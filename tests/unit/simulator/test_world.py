"""The truth of a world: conditions, events and their composition."""

from __future__ import annotations

from random import Random

import pytest

from origin_router.simulator.condition import Condition, draw, exchange_s
from origin_router.simulator.geography import RoundTrips
from origin_router.simulator.scenario import Scenario
from origin_router.simulator.world import View
from tests.support.simulated import event, world

EU, US = 1, 0


def view(scenario: Scenario, region: str = "eu-west-1") -> View:
    """See a world from a Region, over known round trips."""
    return View(scenario, region, RoundTrips({("eu-west-1", "us-east-1"): 80.0}))


def at(scenario: Scenario, minute: float, origin: int = EU, region: str = "eu-west-1") -> Condition:
    """What an origin is like at a time."""
    return view(scenario, region).at(minute * 60).conditions[origin]


@pytest.mark.parametrize("sigma", [0.0, 0.4, 0.8])
@pytest.mark.parametrize("loss", [0.0, 0.2])
def test_expected_times_are_the_means_of_drawn_ones(sigma: float, loss: float) -> None:
    """The oracle chooses by the former, viewers meet the latter."""
    condition = Condition(rtt_s=0.08, server_s=0.03, sigma=sigma, loss=loss, jitter=0.05)
    rng = Random(1)
    mean = sum(exchange_s(condition, draw(rng)) for _ in range(40_000)) / 40_000

    assert mean == pytest.approx(condition.expected_s, rel=0.02)


def test_events_hold_for_their_time_only() -> None:
    """From the first second to the last."""
    scenario = world(event("blackhole", "eu"))

    assert [at(scenario, minute).fault for minute in (9.99, 10, 29.99, 30)] == ["", "blackhole", "blackhole", ""]
    assert at(scenario, 15, US).fault == ""


def test_events_compose() -> None:
    """A brown-out during a drift multiplies; a route change adds to what the drift made."""
    scenario = world(
        event("drift", "eu", factor=3.0), event("brown_out", "eu", factor=2.0), event("route_change", "eu", add_ms=50)
    )
    plain, changed = at(scenario, 0), at(scenario, 29.9)

    assert changed.server_s == pytest.approx(plain.server_s * 3 * 2, rel=0.05)
    assert changed.rtt_s == pytest.approx(plain.rtt_s * 3 + 0.05, rel=0.05)


def test_a_drift_goes_up_step_by_step_and_ends() -> None:
    """Never down in between."""
    scenario = world(event("drift", "eu", factor=4.0))
    times = [at(scenario, minute).rtt_s for minute in range(10, 30)]

    assert times == sorted(times)
    assert times[-1] > 3.5 * times[0] / 1.1
    assert at(scenario, 31).rtt_s == at(scenario, 0).rtt_s


def test_flapping_fails_again_and_again() -> None:
    """Down for 20 of every 60 s."""
    scenario = world(event("flapping", "eu", period_s=60, down_s=20))
    down = [bool(at(scenario, 10 + second / 60).fault) for second in range(5, 1200, 10)]

    assert down == [True, True, False, False, False, False] * 20


def test_a_cut_is_seen_from_the_regions_cut_off() -> None:
    """And from no other."""
    scenario = world(event("cut", "us", regions=["eu-west-1"]))

    assert at(scenario, 15, US).fault == "blackhole"
    assert at(scenario, 15, US, "us-east-1").fault == ""


def test_a_correlated_failure_slows_down_the_others() -> None:
    """They take its load."""
    scenario = world(event("correlated", "eu", factor=3.0, fault="silent"))

    assert at(scenario, 15).fault == "silent"
    assert at(scenario, 15, US).server_s == pytest.approx(3 * at(scenario, 5, US).server_s)


def test_the_oracle_avoids_what_fails() -> None:
    """However near it is."""
    scenario = world(event("errors", "eu", share=0.3))

    assert [view(scenario).at(minute * 60).best for minute in (5, 15, 35)] == [EU, US, EU]


def test_two_errors_at_once_do_not_fail_more_than_all() -> None:
    """Shares compose as probabilities."""
    scenario = world(event("errors", "eu", share=0.5), event("errors", "eu", share=0.5))

    assert at(scenario, 15).error_share == pytest.approx(0.75)

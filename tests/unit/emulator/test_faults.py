"""Faults as JSON, what they come to together, and how late data is in bad weather."""

from __future__ import annotations

from typing import Any

import pytest

from origin_router.emulator.faults import KINDS, Fault, FaultError, read_fault
from origin_router.emulator.faults_effect import FrontEffect, effect_of
from origin_router.emulator.links import LinkCondition
from origin_router.emulator.relay_weather import LONGEST_TIMER_S, Weather, lateness_s

NOW = 1_000.0
EDGES, ORIGINS = ("eu-west-1", "us-east-1"), ("eu", "us")


def read(**given: Any) -> Fault:
    return read_fault(given, EDGES, ORIGINS, NOW)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_defaults_and_says_them(kind: str) -> None:
    """A kind alone is a fault at every link until it is cleared; its JSON has the parameters that it takes."""
    fault = read(kind=kind)

    assert fault.as_json() == {
        "id": "",
        "kind": kind,
        "edge": "*",
        "origin": "*",
        **{each.name: each.default for each in KINDS[kind].parameters},
        "until": None,
    }


def test_everything_given() -> None:
    given = {"kind": "status", "edge": "eu-west-1", "origin": "us", "status": 502, "pct": 12.5, "for_s": 30}

    assert read(**given).as_json() == {
        "id": "", "kind": "status", "edge": "eu-west-1", "origin": "us", "status": 502, "pct": 12.5, "until": 1_030.0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "kind: is missing; allowed: latency, "),
        ({"kind": 3}, "kind: 3 is not a kind of fault"),
        ({"kind": "refuse"}, 'did you mean "refused"?'),
        ({"kind": "refused", "ms": 3}, "ms: is nothing that refused takes; allowed: "),
        ({"kind": "refused", "edge": "eu-west-2"}, 'edge: there is no edge "eu-west-2" here; allowed: *, eu-west-1'),
        ({"kind": "refused", "origin": ["eu"]}, "origin: there is no origin an array here"),
        ({"kind": "latency", "ms": "3"}, 'ms: "3" is not a number'),
        ({"kind": "latency", "ms": True}, "ms: true is not a number"),
        ({"kind": "latency", "ms": float("nan")}, "ms: nan is not a number"),
        ({"kind": "latency", "ms": 0}, "ms: 0 is out of range; allowed: 1 to 60000"),
        ({"kind": "status", "status": 503.5}, "status: 503.5 is not a whole number"),
        ({"kind": "loss", "pct": 101}, "pct: 101 is out of range; allowed: 0.1 to 100"),
        ({"kind": "dns", "until": 999}, "until: 999 is no moment to come"),
        ({"kind": "dns", "until": float("inf")}, "until: inf is no moment to come"),
        ({"kind": "dns", "for_s": -1}, "for_s: -1 is not a number of seconds"),
        ({"kind": "dns", "for_s": 10**9}, "for_s: 1000000000 is not a number of seconds"),
        ({"kind": "dns", "for_s": 1, "until": 2_000}, "until: stands beside for_s; give one of them"),
    ],
)
def test_what_cannot_be_is_refused(given: dict[str, Any], message: str) -> None:
    """The message begins with the key and says what to do."""
    with pytest.raises(FaultError) as refused:
        read(**given)

    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("edge", "origin", "concerned"),
    [
        ("*", "*", True),
        ("eu-west-1", "*", True),
        ("*", "eu", True),
        ("*", "alias", True),
        ("us-east-1", "eu", False),
        ("eu-west-1", "us", False),
    ],
)
def test_which_links_a_fault_concerns(edge: str, origin: str, concerned: bool) -> None:
    """An origin may have several ids at one address."""
    assert Fault(kind="refused", edge=edge, origin=origin).concerns("eu-west-1", ["eu", "alias"]) is concerned


def test_without_faults_a_link_has_its_round_trip_and_nothing_else() -> None:
    effect = effect_of([], 80)

    assert effect.condition == LinkCondition(round_trip_ms=80)
    assert (effect.is_silent, effect.is_unresolved, effect.front) == (False, False, FrontEffect())


def test_faults_of_one_kind_come_together() -> None:
    """Times add up, shares are independent, the slowest body counts, and statuses have their turn in order."""
    effect = effect_of(
        [
            read(kind="latency", ms=100),
            read(kind="latency", ms=50),
            read(kind="loss", pct=50),
            read(kind="loss", pct=50),
            read(kind="reset", pct=50),
            read(kind="slow_body", bytes_per_s=500),
            read(kind="slow_body", bytes_per_s=100),
            read(kind="status", status=503, pct=20),
            read(kind="status", status=500),
        ],
        80,
    )

    assert effect.condition == LinkCondition(round_trip_ms=230, loss_pct=75)
    assert effect.front == FrontEffect(statuses=((503, 0.2), (500, 1.0)), reset_share=0.5, bytes_per_s=100)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("refused", LinkCondition(is_refused=True)),
        ("blackhole", LinkCondition(is_blackholed=True)),
        ("jitter", LinkCondition(jitter_ms=50)),
    ],
)
def test_a_condition_for_carriers(kind: str, expected: LinkCondition) -> None:
    assert effect_of([read(kind=kind)], 0).condition == expected


def test_a_stopped_origin_refuses() -> None:
    assert effect_of([], 0, is_stopped=True).condition.is_refused


class Chance:
    """Numbers in the order given."""

    def __init__(self, *numbers: float) -> None:
        self._numbers = list(numbers)

    def __call__(self) -> float:
        return self._numbers.pop(0)


@pytest.mark.parametrize(
    ("size", "weather", "chances", "expected_s"),
    [
        pytest.param(1_000, Weather(0.05), (), 0.05, id="delay alone needs no chance"),
        pytest.param(1_000, Weather(0.05, 0.02), (0.0,), 0.03, id="jitter at its shortest"),
        pytest.param(1_000, Weather(0.05, 0.02), (0.5,), 0.05, id="jitter in the middle"),
        pytest.param(1_000, Weather(0.01, 0.05), (0.0,), 0.0, id="nothing arrives before it was sent"),
        pytest.param(1_000, Weather(0.05, loss=0.1), (0.1,), 0.05, id="not lost"),
        pytest.param(1_000, Weather(0.05, loss=0.1), (0.09, 0.5), 0.35, id="lost once: a timer of round trip + 200 ms"),
        pytest.param(1_000, Weather(0.05, loss=0.1), (0.09, 0.05, 0.5), 0.95, id="lost twice: the timer doubles"),
        pytest.param(6_000, Weather(0.05, loss=0.1), (0.3,), 0.15, id="enough follows: one round trip"),
        pytest.param(0, Weather(0.05, loss=0.1), (0.0,), 0.05, id="an end has no segment to lose"),
    ],
)
def test_how_late_data_is(size: int, weather: Weather, chances: tuple[float, ...], expected_s: float) -> None:
    assert lateness_s(size, weather, Chance(*chances)) == pytest.approx(expected_s)


def test_loss_of_everything_ends() -> None:
    """A sender gives up after 15 times; here the data comes late, and not never."""
    late_s = lateness_s(1, Weather(loss=1), Chance(*[0.0] * 16))

    assert 600 < late_s < 15 * LONGEST_TIMER_S

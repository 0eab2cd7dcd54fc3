"""When origins are measured: seldom, spread, sooner after a failure, and not while ejected."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from origin_router.routing.config import PoolConfig
from origin_router.routing.control import Control
from origin_router.routing.model import OriginRef, Outcome, State
from tests.scenario.routing.player import START_AT, Behaviour, Said, Traffic, every, origin

TWO = PoolConfig(origins=(origin("eu"), origin("us")), refresh_s=10, refresh_max_s=0, band_ms=10)
HOUR_S = 3600.0


def test_everything_is_measured_with_the_first_request() -> None:
    """Nothing is known, so all are due, in the configured order."""
    traffic = Traffic(TWO, {"eu": [(0, 20.0)], "us": [(0, 30.0)]}, jitter=lambda: 0.5)

    assert [ref.origin for ref in traffic.router.due(0.0)] == ["eu", "us"]


@pytest.mark.parametrize("refresh_s", [1.0, 10.0, 60.0])
def test_the_refresh_time_is_a_floor_and_jitter_only_adds(refresh_s: float) -> None:
    """At most one probe per origin and `refresh_s`, and not much less, however many requests come."""
    pool = PoolConfig(origins=TWO.origins, refresh_s=refresh_s, refresh_max_s=0, band_ms=10)
    traffic = Traffic(pool, {"eu": [(0, 20.0)], "us": [(0, 30.0)]}, jitter=random.Random(7).random)
    played = traffic.play(every(0.05, until=100 * refresh_s))

    for times in played.probed.values():
        pauses = _pauses(times)
        assert refresh_s <= min(pauses) + 1e-9
        assert max(pauses) <= 1.2 * refresh_s + 0.051
        assert max(pauses) - min(pauses) > 0.1 * refresh_s, "environments started together drift apart"


def test_without_requests_nothing_is_measured() -> None:
    """A request an hour: one probe of each origin an hour."""
    traffic = Traffic(TWO, {"eu": [(0, 20.0)], "us": [(0, 30.0)]}, jitter=lambda: 0.0)
    asked = every(HOUR_S, until=24 * HOUR_S)
    played = traffic.play(asked)

    assert asked == played.probed["eu"] == played.probed["us"]


LOSERS: list[tuple[float, float, bool]] = [
    # (ms of the best, ms of the other, is it a clear loser with a band of 10 ms)
    (20.0, 61.0, True),
    (20.0, 60.0, False),
    (20.0, 59.0, False),
    (5.0, 24.0, False),
    (5.0, 25.0, False),
    (5.0, 25.5, True),
    (100.0, 290.0, False),
    (100.0, 310.0, True),
]


@pytest.mark.parametrize(("best_ms", "other_ms", "is_loser"), LOSERS)
def test_a_clear_loser_is_measured_a_third_as_often(best_ms: float, other_ms: float, is_loser: bool) -> None:
    """More than three times the best and more than two bands away; the best itself never is one."""
    traffic = Traffic(TWO, {"eu": [(0, best_ms)], "us": [(0, other_ms)]}, jitter=lambda: 0.0)
    played = traffic.play(every(1, until=600))

    assert {10} == set(_pauses(played.probed["eu"]))
    assert {30 if is_loser else 10} == set(_pauses(played.probed["us"]))


def test_latency_makes_no_losers_where_it_plays_no_part() -> None:
    """By priority the slowest may be next in line, and is watched like all."""
    origins = (origin("eu"), origin("us", priority=2))
    pool = PoolConfig(policy="priority", origins=origins, refresh_s=10, refresh_max_s=0)
    played = Traffic(pool, {"eu": [(0, 20.0)], "us": [(0, 500.0)]}, jitter=lambda: 0.0).play(every(1, until=600))

    assert {10} == set(_pauses(played.probed["eu"])) == set(_pauses(played.probed["us"]))


FALLEN: list[Said] = [Outcome.REFUSED, 500.0]


@pytest.mark.parametrize("fate", FALLEN)
def test_a_loser_that_becomes_the_choice_is_watched_at_once(fate: Said) -> None:
    """The best dies or gets slow: the one that now serves must not keep the long pause it was given as a loser."""
    behaviour: Behaviour = {"eu": [(0, 20.0), (45, fate)], "us": [(0, 100.0)]}
    played = Traffic(TWO, behaviour, jitter=lambda: 0.0).play(every(0.5, until=200))

    moved_at = played.moves[-1].at
    assert played.moves[-1].origin == "us"
    assert [at for at in played.probed["us"] if moved_at - 12 <= at <= moved_at + 1]
    assert max(_pauses([at for at in played.probed["us"] if at >= moved_at])) <= 11


def test_a_failure_is_looked_into_after_a_second() -> None:
    """Three probes within about 3 s decide; the other origin keeps its pace."""
    behaviour: Behaviour = {"eu": [(0, 20.0), (25, Outcome.RESPONSE_TIMEOUT)], "us": [(0, 30.0)]}
    played = Traffic(TWO, behaviour, jitter=lambda: 0.5).play(every(0.1, until=60))

    failed = [at for at in played.probed["eu"] if at >= 25]
    ejected_at = next(each.at for each in played.changed if each.after is State.EJECTED)
    assert all(1.0 <= pause <= 1.6 for pause in _pauses(failed)[:2])
    assert ejected_at - failed[0] < 3.6
    assert min(_pauses(played.probed["us"])) >= 10


def test_an_ejected_origin_is_not_asked_before_its_ejection_ends() -> None:
    """5 s (and jitter) of peace each time, doubled each time."""
    behaviour: Behaviour = {"eu": [(0, 20.0), (5, Outcome.REFUSED)], "us": [(0, 30.0)]}
    traffic = Traffic(TWO, behaviour, jitter=random.Random(3).random)
    ends: list[float] = []
    asked_early: list[float] = []
    for at in every(0.25, until=600):
        asked_before = traffic.play([at]).probed["eu"]
        health = traffic.router.pools["web"].origins["eu"].health
        if health.state is State.EJECTED:
            asked_early += [at for _ in asked_before if health.ejected_until_at > 1_800_000_000 + at]
            ends.append(health.ejected_until_at)

    assert not asked_early
    assert len(set(ends)) >= 5


def test_an_origin_back_on_probation_is_tried_again_soon() -> None:
    """The second success comes about a second after the first, not a refresh time later."""
    behaviour: Behaviour = {
        "eu": [(0, 20.0), (25, Outcome.REFUSED), (33, 20.0)],
        "us": [(0, 80.0)],
    }
    played = Traffic(TWO, behaviour, jitter=lambda: 0.0).play(every(0.1, until=60))

    probation, serving = (each.at for each in played.changed[-2:])
    assert serving - probation <= 1.2


ECONOMY = [(2, 1.0), (4, 0.7), (8, 0.6)]


@pytest.mark.parametrize(("origins", "most"), ECONOMY)
def test_probes_per_origin_and_refresh_time_stay_below_one(origins: int, most: float) -> None:
    """An hour of traffic; with more origins come more clear losers, and the mean falls."""
    names = [f"o{index}" for index in range(origins)]
    pool = PoolConfig(origins=tuple(origin(name) for name in names), refresh_s=10, band_ms=10)
    behaviour: Behaviour = {name: [(0, 20.0 * 2**n)] for n, name in enumerate(names)}
    played = Traffic(pool, behaviour, jitter=random.Random(1).random).play(every(0.2, until=HOUR_S))

    per_origin = {name: len(times) / (HOUR_S / 10) for name, times in played.probed.items()}
    assert all(share <= 1 for share in per_origin.values())
    assert sum(per_origin.values()) / origins <= most


def _pauses(times: list[float]) -> list[float]:
    return [round(later - earlier, 6) for earlier, later in pairwise(times)]


@pytest.mark.parametrize(("slow_ms", "is_dead"), [(600.0, False), (20.0, True)])
def test_a_pinned_origin_is_measured_as_often_as_any(slow_ms: float, is_dead: bool) -> None:
    """However far behind it is, and in its ejections, too: all requests go there, so news of it matters most."""
    says: list[tuple[float, Said]] = [(0, slow_ms), (30, Outcome.REFUSED)] if is_dead else [(0, slow_ms)]
    behaviour: Behaviour = {"eu": [(0, 20.0)], "us": says}
    traffic = Traffic(TWO, behaviour, jitter=lambda: 0.0)
    unpinned = traffic.play(every(0.5, until=300)).probed["us"]
    traffic.router.apply(Control(1, pinned={OriginRef("web", "us"): START_AT + 600}))
    pinned = traffic.play(every(0.5, until=600, since=300)).probed["us"]
    after = traffic.play(every(0.5, until=900, since=600)).probed["us"]

    assert max(_pauses(unpinned)[3:]) > 20
    assert max(_pauses(pinned)) <= 11
    assert len(after) <= 15

"""Slow start: an origin that has recovered gets its share of requests back over time, not at once."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from origin_router.routing.config import HealthConfig, PoolConfig
from origin_router.routing.model import Outcome, Reason, State
from origin_router.routing.router import Router
from tests.scenario.routing.player import (
    ANY,
    START_AT,
    Behaviour,
    Heard,
    Traffic,
    a_router,
    decide_all,
    every,
    origin,
    play,
    tell,
    viewers,
)

ORIGINS = (origin("a"), origin("b"))
SLOW = HealthConfig(slow_start_s=100)
RECOVERED_AT = 19.0
ENVIRONMENTS = 1000
FOUR_SIGMA = 4 * (0.25 / ENVIRONMENTS) ** 0.5

OUTAGE: list[Heard] = [
    *((0, name, ms) for name, ms in (("a", 20.0), ("b", 80.0))),
    *((10.0 + n, "a", Outcome.REFUSED) for n in range(2)),
    *((18.0 + n, "a", 20.0) for n in range(2)),
]
"""`a` is ejected at 11 s for 5 to 6 s, is on probation at 18 s and serves again at 19 s."""


def pool_of(policy: str, health: HealthConfig = SLOW) -> PoolConfig:
    """A pool of two."""
    return PoolConfig(policy=policy, origins=ORIGINS, health=health)  # type: ignore[arg-type]


GROWTH = [
    # (seconds since the recovery, share of environments that use it; a tenth does at once)
    (0, 0.1),
    (5, 0.1),
    (25, 0.25),
    (50, 0.5),
    (90, 0.9),
    (100, 1.0),
    (5000, 1.0),
]


def environments(pool: PoolConfig, heard: list[Heard]) -> list[Router]:
    """Return routers that have heard the same, each with its own chance."""
    routers = []
    for seed in range(ENVIRONMENTS):
        router = Router(a_router(pool).config, random.Random(seed).random)
        for at, name, said in heard:
            tell(router, name, said, START_AT + at)
        routers.append(router)
    return routers


@pytest.mark.parametrize("rise", [1, 2])
@pytest.mark.parametrize("policy", ["fastest", "priority"])
def test_the_share_of_environments_that_use_a_recovered_origin_grows(policy: str, rise: int) -> None:
    """Each environment waits for its own place, drawn at random when the origin came back."""
    outage = OUTAGE if rise == 2 else [each for each in OUTAGE if each[0] != 18]
    routers = environments(pool_of(policy, HealthConfig(slow_start_s=100, rise=rise)), outage)
    for after_s, share in GROWTH:
        now = START_AT + RECOVERED_AT + after_s
        used = sum(router.decide(ANY, now).origin.origin == "a" for router in routers) / ENVIRONMENTS
        assert abs(used - share) <= FOUR_SIGMA, f"{after_s} s after the recovery"


@pytest.mark.parametrize("policy", ["weighted", "sticky"])
def test_where_viewers_are_told_apart_the_share_of_viewers_grows(policy: str) -> None:
    """As if its weight grew: of two equals, a share s of its weight is s / (1 + s) of the viewers."""
    router = a_router(pool_of(policy), heard=OUTAGE)
    requests = viewers(2000)
    went_back: set[str] = set()
    for after_s, share in GROWTH:
        decided = decide_all(router, requests, START_AT + RECOVERED_AT + after_s)
        back = {each.client for each, to in zip(requests, decided, strict=True) if to.origin.origin == "a"}
        assert abs(len(back) / 2000 - share / (1 + share)) <= 4 * (0.25 / 2000) ** 0.5
        assert went_back <= back, "who has returned stays"
        went_back = back


def test_a_sticky_viewer_that_stays_is_not_moved_by_a_slow_start() -> None:
    """It stayed through the failure; sending it away afterwards would be absurd."""
    pool = PoolConfig(policy="sticky", on_failure="stay", origins=ORIGINS, health=SLOW)
    requests = viewers(200)
    before = decide_all(a_router(pool), requests)

    assert before == decide_all(a_router(pool, heard=OUTAGE), requests, START_AT + RECOVERED_AT)


@pytest.mark.parametrize("policy", ["fastest", "priority", "weighted", "sticky"])
def test_there_is_none_when_an_environment_starts(policy: str) -> None:
    """Only a failure makes an origin slow to start: the first answers of all are no recovery."""
    heard: list[Heard] = [(0, "a", 20.0), (0, "b", 80.0)]
    requests = viewers(100)
    slow = decide_all(a_router(pool_of(policy), heard=heard, jitter=0.99), requests)
    plain = decide_all(a_router(pool_of(policy, HealthConfig()), heard=heard, jitter=0.99), requests)

    assert plain == slow


def test_without_it_all_is_back_at_once() -> None:
    """The default."""
    played = play(pool_of("fastest", HealthConfig()), heard=OUTAGE, asked=[RECOVERED_AT], jitter=0.0)

    assert [each.origin for each in played.decided] == ["a"]


def test_where_nobody_else_is_left_it_serves_at_once() -> None:
    """An origin that is warming up is better than one that fails."""
    heard = [*OUTAGE, (20, "b", Outcome.REFUSED)]
    router = Router(a_router(pool_of("fastest")).config, lambda: 0.9)
    for at, name, said in heard:
        tell(router, name, said, START_AT + at)
    decision = router.decide(ANY, START_AT + 20)

    assert State.SERVING is router.pools["web"].origins["a"].health.state
    assert (decision.origin.origin, decision.reason) == ("a", Reason.FASTEST)


def test_each_recovery_starts_slowly_anew() -> None:
    """Long since warm, it fails again: its share begins at a tenth again."""
    again: list[Heard] = [
        *((1000.0 + n, "a", Outcome.REFUSED) for n in range(2)),
        *((1020.0 + n, "a", 20.0) for n in range(2)),
    ]
    routers = environments(pool_of("fastest"), OUTAGE + again)
    used = sum(router.decide(ANY, START_AT + 1021 + 30).origin.origin == "a" for router in routers) / ENVIRONMENTS

    assert abs(used - 0.3) <= FOUR_SIGMA


def test_while_it_warms_up_the_one_in_use_is_watched_as_closely_as_any() -> None:
    """It is the fastest by far, and not yet ours: that makes no clear loser of the origin that we use."""
    pool = PoolConfig(origins=ORIGINS, refresh_s=10, health=HealthConfig(slow_start_s=1000))
    behaviour: Behaviour = {"a": [(0, 20.0), (30, Outcome.REFUSED), (40, 20.0)], "b": [(0, 200.0)]}
    traffic = Traffic(pool, behaviour, jitter=lambda: 0.9)
    played = traffic.play(every(0.5, until=500))

    assert {"b"} == played.between(60, 500)
    times = [at for at in played.probed["b"] if at > 100]
    assert max(later - earlier for earlier, later in pairwise(times)) <= 12.5

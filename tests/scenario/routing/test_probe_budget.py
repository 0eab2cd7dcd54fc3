"""The budget: whatever happens, an environment sends no more than twice the probes that its refresh times ask for."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from origin_router.routing.config import HealthConfig, PoolConfig
from origin_router.routing.model import Outcome
from origin_router.routing.router import Router
from tests.scenario.routing.player import START_AT, Said, Traffic, every, origin, ref_of, router_config

HOUR_S = 3600.0


def pool_of(count: int, *, refresh_s: float = 10, **health: float) -> PoolConfig:
    """So many origins."""
    names = [f"o{n}" for n in range(count)]
    return PoolConfig(
        origins=tuple(map(origin, names)),
        refresh_s=refresh_s,
        refresh_max_s=0,
        health=HealthConfig(**health),  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("count", [2, 4, 8])
def test_flapping_origins_cannot_make_an_environment_probe_without_bound(count: int) -> None:
    """Every second probe fails, the others answer in random times: all the rechecks together keep the budget."""
    chance = random.Random(count)

    def says(name: str, at: float) -> Said:
        return Outcome.BAD_STATUS if chance.random() < 0.5 else chance.uniform(10, 1000)

    pool = pool_of(count, fall=100, failure_pct=0)
    played = Traffic(pool, says, jitter=chance.random).play(every(0.25, until=HOUR_S / 2))
    probes = sum(map(len, played.probed.values()))

    most = 2 * count * (HOUR_S / 2 / 10 + 1)
    assert most * 0.9 < probes <= most


def test_a_budget_that_is_spent_is_shared_by_all() -> None:
    """One origin that is looked into every second does not keep the others from being measured at all."""
    behaviour: dict[str, list[tuple[float, Said]]] = {f"o{n}": [(0, 20.0)] for n in range(8)}
    behaviour["o0"] = [(0, 20.0), *((10.0 + n, Outcome.BAD_STATUS if n % 2 else 20.0) for n in range(3600))]
    pool = pool_of(8, fall=100, failure_pct=0)
    played = Traffic(pool, behaviour, jitter=random.Random(1).random).play(every(0.25, until=HOUR_S))

    for name in list(behaviour)[1:]:
        times = played.probed[name]
        assert max(later - earlier for earlier, later in pairwise(times)) <= 14


def test_what_is_most_overdue_goes_first() -> None:
    """Half an allowance left: the origins that wait longest get it."""
    router = Router(router_config(pool_of(4)), lambda: 0.0)
    for n in (2, 0, 3, 1):
        router.launched(ref_of(f"o{n}"), START_AT + [20, 40, 10, 30][n])
    router.launched(ref_of("o2"), START_AT + 40.5)
    router.launched(ref_of("o2"), START_AT + 41)
    router.launched(ref_of("o2"), START_AT + 42)

    assert [ref.origin for ref in router.due(START_AT + 9999)][:4] == ["o0", "o3", "o1", "o2"]
    assert [ref.origin for ref in router.due(START_AT + 31)] == ["o0"]


ALLOWED_AT_ONCE = [
    # (what happens before, how the clock moves)
    ("a day of silence", [86_400.0]),
    ("a step of a day forwards", [0.1, 86_400.0]),
    ("steps back and forth", [3600.0, -7200.0, 7200.0, -1.0, 1.0]),
]


@pytest.mark.parametrize("steps_s", [steps for _, steps in ALLOWED_AT_ONCE], ids=[name for name, _ in ALLOWED_AT_ONCE])
def test_the_allowance_is_not_saved_up(steps_s: list[float]) -> None:
    """Two probes per origin at once and no more, whatever the pause was and whatever the clock did."""
    router = Router(router_config(pool_of(3)), lambda: 0.0)
    raw_at = START_AT
    for step_s in steps_s:
        raw_at += step_s
        now = router.steady(raw_at)
        router.due(now)
    for _ in range(5):
        router.launched(ref_of("o0"), now)

    assert [ref.origin for ref in router.due(now)] == ["o1"], "one piece of six is left"
    router.launched(ref_of("o1"), now)
    assert router.due(now + 1.6) == []
    assert [ref.origin for ref in router.due(now + 1.7)] == ["o2"], "0.6 pieces a second come back"


def test_with_several_pools_the_shortest_refresh_time_counts() -> None:
    """And all of their origins: the budget is the environment's, here ten at once and two a second."""
    router = Router(router_config(pool_of(2, refresh_s=100), other=pool_of(3, refresh_s=5)), lambda: 0.0)
    router.due(START_AT)
    for _ in range(8):
        router.launched(ref_of("o0"), START_AT)

    assert len(router.due(START_AT)) == 2
    assert len(router.due(START_AT + 1)) == 4, "o0 is fresh"

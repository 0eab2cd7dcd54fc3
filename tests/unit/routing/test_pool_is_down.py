"""When a pool counts as down: then, and only then, may the router answer in its place."""

from __future__ import annotations

import pytest

from origin_router.routing.config import HealthConfig, PoolConfig
from origin_router.routing.control import Control
from origin_router.routing.model import Outcome
from tests.scenario.routing.player import START_AT, Heard, Real, a_router, origin, ref_of, tell

FAILED = Outcome.REFUSED
BAD = Real(Outcome.BAD_STATUS)

BOTH: list[Heard] = [(0, "a", 20.0), (0, "b", 20.0)]

HEARD: list[tuple[str, list[Heard], bool]] = [
    ("nothing yet", [], False),
    ("one answers", [(0, "a", 20.0), (0, "b", FAILED)], False),
    ("one is not known", [(0, "a", FAILED)], False),
    ("a race that all have lost", [(0, "a", FAILED), (0, "b", FAILED)], True),
    ("one failed probe of each", [*BOTH, (1, "a", FAILED), (1, "b", FAILED)], False),
    ("one of each, one never answered", [(0, "b", 20.0), (1, "a", FAILED), (1, "b", FAILED)], False),
    ("given up, both", [*BOTH, *[(1, "a", FAILED), (1, "b", FAILED)] * 2], True),
    ("one answers again", [(0, "a", FAILED), (0, "b", FAILED), (1, "b", 20.0)], False),
    ("one fails probes, one real requests", [(0, "a", FAILED), (0, "b", 20.0), *[(1, "b", BAD)] * 5], True),
    ("one has had two bad answers", [(0, "a", FAILED), (0, "b", 20.0), *[(1, "b", BAD)] * 2], False),
    ("an overloaded one", [(0, "a", FAILED), (0, "b", Outcome.OVERLOADED)], True),
]


@pytest.mark.parametrize("max_ejected_pct", [0, 50, 100])
@pytest.mark.parametrize(("heard", "is_down"), [each[1:] for each in HEARD], ids=[each[0] for each in HEARD])
def test_when_a_pool_is_down(heard: list[Heard], is_down: bool, max_ejected_pct: float) -> None:
    """Health has given all up, those included that only the cap keeps from being ejected, or none ever answered."""
    router = a_router(pool_of(max_ejected_pct), heard=heard)

    assert is_down == router.pools["web"].is_down(START_AT + 1)


def test_an_answer_to_a_probe_ends_it_where_the_cap_kept_an_origin_in() -> None:
    """Real traffic found both failing: with the next sign of life one request finds out, the next failure ends it."""
    router = a_router(pool_of(50), heard=[*BOTH, *[(1, "a", BAD), (1, "b", BAD)] * 5])
    pool = router.pools["web"]
    was_down = pool.is_down(START_AT + 1)
    tell(router, "b", 20.0, START_AT + 2)
    is_up = not pool.is_down(START_AT + 2)
    tell(router, "b", BAD, START_AT + 2)

    assert was_down
    assert is_up
    assert pool.is_down(START_AT + 2)


def test_a_drained_origin_does_not_keep_a_pool_up() -> None:
    """It gets no requests, so it cannot answer any; with all of them drained the orders are ignored."""
    router = a_router(pool_of(100), heard=[*BOTH, *[(1, "a", FAILED)] * 2])
    pool = router.pools["web"]
    router.apply(Control(1, drained={ref_of("b"): START_AT + 60}))
    assert pool.is_down(START_AT + 1)
    assert not pool.is_down(START_AT + 61)

    router.apply(Control(2, drained={ref_of("a"): START_AT + 60, ref_of("b"): START_AT + 60}))
    assert not pool.is_down(START_AT + 1)


def pool_of(max_ejected_pct: float) -> PoolConfig:
    return PoolConfig(origins=(origin("a"), origin("b")), health=HealthConfig(max_ejected_pct=max_ejected_pct))

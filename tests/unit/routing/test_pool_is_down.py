"""When a pool counts as down: then, and only then, may the router answer in its place."""

from __future__ import annotations

import pytest

from origin_router.routing.config import HealthConfig, PoolConfig
from origin_router.routing.model import Outcome
from tests.scenario.routing.player import Heard, Real, a_router, origin

FAILED = Outcome.REFUSED
BAD = Real(Outcome.BAD_STATUS)

HEARD: list[tuple[str, list[Heard], bool]] = [
    ("nothing yet", [], False),
    ("one answers", [(0, "a", 20.0), (0, "b", FAILED)], False),
    ("one is not known", [(0, "a", FAILED)], False),
    ("the last of all is a failure", [(0, "a", 20.0), (0, "b", 20.0), (1, "a", FAILED), (1, "b", FAILED)], True),
    ("one answers again", [(0, "a", FAILED), (0, "b", FAILED), (1, "b", 20.0)], False),
    ("one fails probes, one real requests", [(0, "a", FAILED), (0, "b", 20.0), *[(1, "b", BAD)] * 5], True),
    ("one has had two bad answers", [(0, "a", FAILED), (0, "b", 20.0), *[(1, "b", BAD)] * 2], False),
    ("an overloaded one", [(0, "a", FAILED), (0, "b", Outcome.OVERLOADED)], True),
]


@pytest.mark.parametrize(("heard", "is_down"), [each[1:] for each in HEARD], ids=[each[0] for each in HEARD])
def test_when_a_pool_is_down(heard: list[Heard], is_down: bool) -> None:
    """The last probe of every origin failed, or real traffic has ejected it."""
    pool = PoolConfig(origins=(origin("a"), origin("b")), health=HealthConfig(max_ejected_pct=100))

    assert is_down == a_router(pool, heard=heard).pools["web"].is_down

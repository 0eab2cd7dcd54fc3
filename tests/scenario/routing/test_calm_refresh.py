"""What stays as it is is measured less and less often; any surprise ends that at once."""

from __future__ import annotations

from itertools import pairwise

import pytest

from origin_router.routing.config import PoolConfig
from origin_router.routing.control import Control
from origin_router.routing.model import Outcome, State
from tests.scenario.routing.player import START_AT, Behaviour, Real, Traffic, every, origin, ref_of, tell

TWO = PoolConfig(origins=(origin("eu"), origin("us")), refresh_s=10)
BOTH_WELL: Behaviour = {"eu": [(0, 20.0)], "us": [(0, 45.0)]}


def traffic(behaviour: Behaviour, pool: PoolConfig = TWO, *, is_watched: bool = True) -> Traffic:
    """Requests behind an origin group, unless said otherwise."""
    return Traffic(pool, behaviour, jitter=lambda: 0.0, is_watched=is_watched)


def pauses(times: list[float]) -> list[float]:
    """From one probe to the next."""
    return [later - earlier for earlier, later in pairwise(times)]


def test_the_age_doubles_up_to_its_ceiling() -> None:
    """10 s is a twelfth of the longest, which is the default."""
    played = traffic(BOTH_WELL).play(every(1, until=1000))

    assert pauses(played.probed["eu"]) == pauses(played.probed["us"]) == [10, 20, 40, 80, *[120] * 7]


@pytest.mark.parametrize(
    ("refresh_s", "refresh_max_s", "longest_s"),
    [(10, 0, 10), (10, 5, 10), (10, 30, 30), (1, 120, 12), (60, 120, 120), (200, 120, 200)],
)
def test_the_ceiling_is_configured(refresh_s: float, refresh_max_s: float, longest_s: float) -> None:
    """Never less than refresh_s nor more than twelve times that."""
    pool = PoolConfig(origins=TWO.origins, refresh_s=refresh_s, refresh_max_s=refresh_max_s)
    played = traffic(BOTH_WELL, pool).play(every(0.5, until=12 * longest_s))

    assert max(pauses(played.probed["eu"])) == longest_s


def test_an_origin_that_serves_is_watched_unless_others_tell_of_its_failures() -> None:
    """Without an origin group nobody would say that it fails; the other one may well be looked at less often."""
    played = traffic(BOTH_WELL, is_watched=False).play(every(1, until=600))

    assert set(pauses(played.probed["eu"])) == {10}
    assert max(pauses(played.probed["us"])) == 120


def test_every_origin_of_a_pool_that_spreads_its_viewers_serves() -> None:
    """So all of them are watched."""
    pool = PoolConfig(policy="weighted", origins=TWO.origins, refresh_s=10)

    for is_watched in (False, True):
        played = traffic(BOTH_WELL, pool, is_watched=is_watched).play(every(1, until=600))
        assert {max(pauses(times)) for times in played.probed.values()} == {120 if is_watched else 10}


def test_a_slower_origin_is_looked_at_often_again() -> None:
    """Once it is confirmed; noise and a single spike change nothing."""
    noisy = {"eu": [(0, 20.0), (300, 26.0), (301, 18.0)], "us": [(0, 45.0), (400, 400.0), (500, 45.0)]}
    assert max(pauses(traffic(noisy).play(every(1, until=1000)).probed["eu"])) == 120

    slower: Behaviour = {"eu": [(0, 20.0)], "us": [(0, 60.0), (400, 150.0)]}
    times = traffic(slower).play(every(1, until=1000)).probed["us"]
    noticed = next(index for index, at in enumerate(times) if at >= 400)
    assert pauses(times)[noticed:][:4] == [1, 30, 60, 120]  # confirmed, and a clear loser by then


def test_an_origin_that_begins_to_serve_is_looked_at_often() -> None:
    """And all others with it: a change of choice is a change of everything."""
    behaviour: Behaviour = {"eu": [(0, 20.0), (400, 60.0)], "us": [(0, 45.0)]}
    played = traffic(behaviour).play(every(1, until=800))
    moved_at = played.moves[-1].at

    assert played.moves[-1].origin == "us"
    for times in played.probed.values():
        assert [at for at in times if moved_at < at <= moved_at + 25], "soon after"


def test_a_failure_of_the_serving_origin_alerts_to_all() -> None:
    """What is next in line had better be known to answer."""
    behaviour: Behaviour = {"eu": [(0, 20.0)], "us": [(0, 45.0)]}
    told = traffic(behaviour)
    before = told.play(every(1, until=600))
    assert max(pauses(before.probed["us"])) == 120

    router, at = told.router, START_AT + 600
    pool = router.pools["web"]
    tell(router, "eu", Real(Outcome.FAILED_OVER), at)
    assert pool.origins["eu"].calm == pool.origins["us"].calm == 0
    assert {ref.origin for ref in router.due(at + 10)} == {"eu", "us"}


def test_a_failure_elsewhere_alerts_to_that_origin_alone() -> None:
    """One that flaps must not make all others be measured as often as itself."""
    behaviour: Behaviour = {
        "eu": [(0, 20.0)],
        "us": [(0, 45.0), *((300.0 + n * 150, 45.0 if n % 2 else Outcome.REFUSED) for n in range(16))],
    }
    played = traffic(behaviour).play(every(1, until=2700))

    assert [state for _, state in played.changes_of("us")].count(State.EJECTED) >= 2
    assert pauses(played.probed["eu"])[-3:] == [120] * 3


def test_orders_alert() -> None:
    """The operator has changed something."""
    steered = traffic(BOTH_WELL)
    steered.play(every(1, until=600))
    steered.router.apply(Control(1, drained={ref_of("eu"): START_AT + 900}))

    assert {ref.origin for ref in steered.router.due(START_AT + 620)} == {"eu", "us"}

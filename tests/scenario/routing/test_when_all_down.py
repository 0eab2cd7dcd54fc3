"""All origins of a pool fail: when that counts as being down, and what requests do until then."""

from __future__ import annotations

from origin_router.routing.config import HealthConfig, PoolConfig
from origin_router.routing.model import Outcome, Reason
from tests.scenario.routing.player import ANY, START_AT, Heard, a_router, origin, tell

POOL = PoolConfig(origins=(origin("eu"), origin("us")), health=HealthConfig(panic_pct=0))
BOTH_ANSWER: list[Heard] = [(0, "eu", 20.0), (0, "us", 80.0)]


def test_one_lost_second_of_our_own_network_is_no_outage() -> None:
    """A failed probe of each: requests go on to the best guess, whatever `when_all_down` says."""
    router = a_router(POOL, heard=[*BOTH_ANSWER, (10, "eu", Outcome.UNREACHABLE), (10, "us", Outcome.UNREACHABLE)])
    decision = router.decide(ANY, START_AT + 10)

    assert (decision.origin.origin, decision.reason) == ("eu", Reason.PANIC)
    assert not router.pools["web"].is_down(START_AT + 10)


def test_an_outage_is_told_with_the_verdict_and_ends_with_the_first_answer() -> None:
    """Three timeouts of each; the decision stays panic, so that a request that is sent on all the same has an aim."""
    router = a_router(POOL, heard=BOTH_ANSWER)
    pool = router.pools["web"]
    for n in range(3):
        for name in ("eu", "us"):
            assert not pool.is_down(START_AT + 10 + n)
            tell(router, name, Outcome.RESPONSE_TIMEOUT, START_AT + 10 + n)
    assert pool.is_down(START_AT + 12)
    assert Reason.PANIC is router.decide(ANY, START_AT + 12).reason

    tell(router, "us", 80.0, START_AT + 13)
    assert not pool.is_down(START_AT + 13)
    assert "us" == router.decide(ANY, START_AT + 13).origin.origin


def test_a_cold_start_is_down_when_its_race_is_lost_by_all_and_not_before() -> None:
    """Nothing heard, then one refused, then the other: only then is nobody left to hope for."""
    router = a_router(POOL)
    pool = router.pools["web"]
    downs = [pool.is_down(START_AT)]
    for name in ("eu", "us"):
        tell(router, name, Outcome.REFUSED, START_AT + 0.1)
        downs.append(pool.is_down(START_AT + 0.1))

    assert downs == [False, False, True]
    assert Reason.FALLBACK is router.decide(ANY, START_AT + 0.1).reason

"""The remembered choice of a pool: shared by requests, ended by news, and safe under two threads."""

from __future__ import annotations

from typing import Any

import pytest

from origin_router.routing.config import HealthConfig, PoolConfig
from origin_router.routing.control import Control
from origin_router.routing.model import Decision, Observation, OriginRef, Outcome, Reason, Source
from origin_router.routing.records import PoolRecord
from origin_router.routing.router import CHOICE_MAX_AGE_S, Router
from tests.scenario.routing.player import ANY, START_AT, FakeRequest, origin, router_config

POOL = PoolConfig(origins=(origin("eu"), origin("us")), band_ms=10)
EU, US = OriginRef("web", "eu"), OriginRef("web", "us")


def router_with_estimates() -> Router:
    """A router that knows `eu` to have 20 ms and `us` 50 ms."""
    router = Router(router_config(POOL), lambda: 0.0)
    router.observe(Observation(EU, Outcome.OK, START_AT, 0.02))
    router.observe(Observation(US, Outcome.OK, START_AT, 0.05))
    return router


def test_ordinary_requests_share_one_decision() -> None:
    """Without news a choice costs a look-up: the very same object is returned."""
    router = router_with_estimates()

    assert router.decide(ANY, START_AT) is router.decide(ANY, START_AT + 1000 * CHOICE_MAX_AGE_S)


@pytest.mark.parametrize("reason", ["orders", "slow start"])
def test_a_choice_that_time_alone_can_change_is_made_anew(reason: str) -> None:
    """An order ends by itself, a slow start goes on: then a choice has an age."""
    pool = PoolConfig(origins=POOL.origins, health=HealthConfig(slow_start_s=60 if reason == "slow start" else 0))
    router = Router(router_config(pool), lambda: 0.0)
    if reason == "orders":
        router.apply(Control(1, drained={US: START_AT + 900}))
    first = router.decide(ANY, START_AT)

    assert first is router.decide(ANY, START_AT + CHOICE_MAX_AGE_S * 0.99)
    assert first is not router.decide(ANY, START_AT + CHOICE_MAX_AGE_S)
    assert first == router.decide(ANY, START_AT + CHOICE_MAX_AGE_S)


def test_other_latencies_make_another_choice() -> None:
    """What origins are compared by has changed."""
    router = router_with_estimates()
    router.observe(Observation(EU, Outcome.OK, START_AT, 0.3, Source.TRAFFIC))
    router.observe(Observation(US, Outcome.OK, START_AT, 0.1, Source.TRAFFIC))
    by_probes = router.decide(ANY, START_AT)
    router.basis = Source.TRAFFIC

    assert (by_probes.origin, router.decide(ANY, START_AT).origin) == (EU, US)


def test_every_kind_of_news_ends_a_choice_at_once() -> None:
    """A failure, a slow answer, and that an answer is overdue: the next request already knows."""
    failed, slow, overdue = (router_with_estimates() for _ in range(3))
    before = [router.decide(ANY, START_AT) for router in (failed, slow, overdue)]
    failed.observe(Observation(EU, Outcome.REFUSED, START_AT))
    slow.observe(Observation(EU, Outcome.OK, START_AT, 0.038))
    slow.observe(Observation(EU, Outcome.OK, START_AT, 0.065))
    overdue.observe_at_least(EU, 0.038, START_AT)
    overdue.observe_at_least(EU, 0.065, START_AT)
    after = [router.decide(ANY, START_AT) for router in (failed, slow, overdue)]

    assert [Decision(EU, Reason.FASTEST)] * 3 == before
    assert [Decision(US, Reason.FASTEST)] * 3 == after


def test_news_of_a_fallback_pool_ends_the_choices_that_it_decided() -> None:
    """The pool itself heard nothing, but the origin that its requests go to was just ejected."""
    web = PoolConfig(origins=(origin("eu"),), fallback_pool="reserve")
    reserve = PoolConfig(origins=(origin("x"), origin("y")))
    router = Router(router_config(web, reserve=reserve), lambda: 0.0)
    router.observe(Observation(EU, Outcome.REFUSED, START_AT))
    before = router.decide(ANY, START_AT)
    router.observe(Observation(OriginRef("reserve", "x"), Outcome.REFUSED, START_AT))
    router.observe(Observation(OriginRef("reserve", "y"), Outcome.OK, START_AT, 0.05))
    after = router.decide(ANY, START_AT)

    assert Decision(OriginRef("reserve", "x"), Reason.FALLBACK) == before
    assert Decision(OriginRef("reserve", "y"), Reason.FASTEST) == after


def test_a_choice_made_for_one_viewer_is_not_reused_for_another() -> None:
    """By a fallback pool that tells viewers apart, although the pool that was asked does not."""
    web = PoolConfig(origins=(origin("eu"),), fallback_pool="reserve")
    reserve = PoolConfig(policy="weighted", origins=(origin("x"), origin("y")))
    router = Router(router_config(web, reserve=reserve), lambda: 0.0)
    router.observe(Observation(EU, Outcome.REFUSED, START_AT))
    decided = [router.decide(FakeRequest(client=f"192.0.2.{n}"), START_AT) for n in range(50)]

    assert {"x", "y"} == {each.origin.origin for each in decided}
    assert {Reason.WEIGHTED} == {each.reason for each in decided}


def test_a_bound_below_what_is_believed_is_no_news() -> None:
    """Not having answered for 10 ms says nothing about an origin that takes 20 ms."""
    router = router_with_estimates()
    router.observe_at_least(EU, 0.01, START_AT + 5)

    assert Decision(EU, Reason.FASTEST) == router.decide(ANY, START_AT + 5)
    assert router.pools["web"].origins["eu"].estimate.measured_at == START_AT


class _EndedAtOnce(PoolRecord):
    """A pool whose choice another thread's observation ends between any two steps of ours."""

    __slots__ = ()

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, None if name == "choice" else value)


def test_an_observation_of_another_thread_never_leaves_a_request_without_a_decision() -> None:
    """Measuring after the answer observes on a thread of its own, while the next request decides."""
    router = Router(router_config(POOL), lambda: 0.0)
    router.pools["web"] = _EndedAtOnce("web", POOL, region="")

    assert Decision(EU, Reason.FALLBACK) == router.decide(ANY, START_AT)

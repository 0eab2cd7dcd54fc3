"""Nested pools: another pool takes over while no origin of this one is healthy, and hands back."""

from __future__ import annotations

import pytest

from origin_router.routing.config import PoolConfig
from origin_router.routing.control import Control
from origin_router.routing.explanation import explain
from origin_router.routing.model import Outcome, Reason, Request
from origin_router.routing.router import Router
from tests.scenario.routing.player import ANY, START_AT, Heard, Said, a_router, every, origin, ref_of, tell, viewers

WEB = PoolConfig(origins=(origin("eu"), origin("us")), fallback_pool="second")
SECOND = PoolConfig(policy="priority", origins=(origin("x"), origin("y", priority=2)), fallback_pool="third")
THIRD = PoolConfig(origins=(origin("static"),))

ALL: list[Heard] = [
    *((0, name, 20.0) for name in ("eu", "us")),
    *((0, f"second/{name}", 20.0) for name in "xy"),
    (0, "third/static", 20.0),
]


def nested(*failed: str) -> Router:
    """Three pools of which these origins have failed."""
    return a_router(WEB, second=SECOND, third=THIRD, heard=[*ALL, *((1, name, Outcome.REFUSED) for name in failed)])


def asked(router: Router, now: float = START_AT + 1, *, request: Request = ANY) -> tuple[str, Reason]:
    """Ask once."""
    decision = router.decide(request, now)
    return "/".join(decision.origin), decision.reason


FAILED: list[tuple[tuple[str, ...], str, Reason]] = [
    # (what has failed, where requests go, why)
    ((), "web/eu", Reason.FASTEST),
    (("eu",), "web/us", Reason.FASTEST),
    (("eu", "us"), "second/x", Reason.PRIORITY),
    (("eu", "us", "second/x"), "second/y", Reason.PRIORITY),
    (("eu", "us", "second/x", "second/y"), "third/static", Reason.ONLY_ORIGIN),
    (("eu", "us", "second/x", "second/y", "third/static"), "third/static", Reason.ONLY_ORIGIN),
    (("second/x", "second/y"), "web/eu", Reason.FASTEST),
]


@pytest.mark.parametrize(("failed", "where", "why"), FAILED)
def test_the_next_pool_takes_over(failed: tuple[str, ...], where: str, why: Reason) -> None:
    """Each by its own policy; the last one has to do."""
    assert (where, why) == asked(nested(*failed))


def test_the_pool_takes_its_requests_back() -> None:
    """As soon as one of its origins is trusted again."""
    router = nested("eu", "us")
    seen = []
    for n in range(3):
        seen.append(asked(router, START_AT + 10 + n)[0])
        tell(router, "us", 80.0, START_AT + 10 + n)
    seen.append(asked(router, START_AT + 13)[0])

    assert seen == ["second/x", "second/x", "web/us", "web/us"]


def test_nothing_known_is_no_reason_to_leave_a_pool() -> None:
    """A cold start asks the configured pool's fallback, not the next pool."""
    router = a_router(WEB, second=SECOND, third=THIRD)

    assert asked(router) == ("web/eu", Reason.FALLBACK)


def test_a_pool_of_one_origin_may_have_a_fallback_pool() -> None:
    """`only_origin` holds only where there is no other way."""
    router = a_router(PoolConfig(origins=(origin("eu"),), fallback_pool="third"), third=THIRD, heard=[(0, "eu", 20.0)])
    before = asked(router)
    tell(router, "eu", Outcome.REFUSED, START_AT + 1)

    assert before == ("web/eu", Reason.FASTEST)
    assert asked(router) == ("third/static", Reason.ONLY_ORIGIN)


def test_a_drained_pool_is_left_for_its_fallback_pool() -> None:
    """All of its origins are drained: the operator empties a Region, and the next pool is what it is for."""
    router = nested()
    router.apply(Control(1, drained={ref_of("eu"): START_AT + 60, ref_of("us"): START_AT + 60}))

    assert asked(router, START_AT + 59) == ("second/x", Reason.PRIORITY)
    assert asked(router, START_AT + 60) == ("web/eu", Reason.FASTEST)


def test_drained_and_failed_together_leave_nothing() -> None:
    """One is drained, the other one failed."""
    router = nested("us")
    router.apply(Control(1, drained={ref_of("eu"): START_AT + 60}))

    assert asked(router)[0] == "second/x"


def test_the_second_attempt_of_a_request_goes_to_the_fallback_pool_if_it_has_to() -> None:
    """The only origin failed for this very request: it is not asked twice, whatever its health says."""
    router = a_router(PoolConfig(origins=(origin("eu"),), fallback_pool="third"), third=THIRD, heard=[(0, "eu", 20.0)])
    decision = router.decide(ANY, START_AT, avoid=ref_of("eu"))

    assert ref_of("third/static") == decision.origin


def test_the_second_attempt_avoids_an_origin_of_the_fallback_pool_too() -> None:
    """The first attempt went there already."""
    router = nested("eu", "us")

    assert ref_of("second/y") == router.decide(ANY, START_AT + 1, avoid=ref_of("second/x")).origin


def test_probes_go_on_in_all_pools() -> None:
    """Otherwise a pool could not be taken over, nor take its requests back."""
    router = nested("eu", "us")
    probed = set()
    for at in every(1, until=40, since=2):
        for ref in router.due(START_AT + at):
            router.launched(ref, START_AT + at)
            said: Said = Outcome.REFUSED if ref.pool == "web" else 20.0
            tell(router, "/".join(ref), said, START_AT + at)
            probed.add("/".join(ref))

    assert {"web/eu", "web/us", "second/x", "second/y", "third/static"} == probed


def test_an_explanation_says_that_another_pool_decided() -> None:
    """The rule's pool, and the one that took over, with its candidates."""
    explanation = explain(nested("eu", "us"), ANY, START_AT + 1)

    assert explanation.pool == "second"
    assert explanation.rule_text == (
        "no rule matches: the default pool; no origin of pool web is healthy: its fallback pool second"
    )
    assert [each.origin for each in explanation.candidates] == ["x", "y"]


def test_the_viewers_of_a_sticky_fallback_pool_are_told_apart() -> None:
    """Although the pool that was asked has one choice for all."""
    sticky = PoolConfig(policy="sticky", origins=(origin("x"), origin("y")))
    router = a_router(WEB, second=sticky, heard=[(0, name, Outcome.REFUSED) for name in ("eu", "us")])
    first = [asked(router, request=viewer) for viewer in viewers(60)]
    second = [asked(router, request=viewer) for viewer in viewers(60)]

    assert first == second
    assert {"second/x", "second/y"} == {where for where, _ in first}

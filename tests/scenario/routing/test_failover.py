"""The second attempt of a request: any origin but the one that just failed for it."""

from __future__ import annotations

import pytest

from origin_router.routing.config import PoolConfig
from origin_router.routing.control import Control
from origin_router.routing.model import Decision, Outcome, Reason
from origin_router.routing.router import Router
from tests.scenario.routing.player import (
    ANY,
    START_AT,
    FakeRequest,
    Heard,
    Real,
    a_router,
    origin,
    ref_of,
    tell,
    viewers,
)

POLICIES = ["fastest", "priority", "weighted", "sticky"]
HEARD: list[Heard] = [(0, "a", 20.0), (0, "b", 50.0), (0, "c", 80.0)]


def three(policy: str = "fastest", **more: str) -> Router:
    """A router of three origins that answer."""
    origins = (origin("a"), origin("b"), origin("c"))
    return a_router(PoolConfig(policy=policy, origins=origins, **more), heard=HEARD)  # type: ignore[arg-type]


@pytest.mark.parametrize("policy", POLICIES)
def test_the_failed_origin_is_never_chosen_again_for_this_request(policy: str) -> None:
    """Whatever is believed of it: CloudFront has just given it up."""
    router = three(policy)
    for request in viewers(50):
        first = router.decide(request, START_AT)
        second = router.decide(request, START_AT, avoid=first.origin)
        assert first.origin != second.origin
        assert Reason.FAILOVER is second.reason


NEXT_BEST = [
    # (policy, failed, next)
    ("fastest", "a", "b"),
    ("fastest", "b", "a"),
    ("priority", "a", "b"),
    ("priority", "b", "a"),
]


@pytest.mark.parametrize(("policy", "failed", "following"), NEXT_BEST)
def test_the_next_best_by_the_same_rule_answers(policy: str, failed: str, following: str) -> None:
    """Failover is no lottery."""
    assert ref_of(following) == three(policy).decide(ANY, START_AT, avoid=ref_of(failed)).origin


def test_an_origin_that_cannot_be_trusted_is_not_the_next_best() -> None:
    """`b` failed a moment ago: `c`, although slower."""
    router = three()
    tell(router, "b", Outcome.REFUSED, START_AT)

    assert ref_of("c") == router.decide(ANY, START_AT, avoid=ref_of("a")).origin


def test_one_request_s_failover_is_no_choice_for_the_others() -> None:
    """Other requests go on as before, and hysteresis holds on to the old choice."""
    router = three()
    before = router.decide(ANY, START_AT)
    router.decide(ANY, START_AT, avoid=ref_of("a"))

    assert before is router.decide(ANY, START_AT)
    assert router.pools["web"].current == "a"


def test_the_news_counts_for_everybody() -> None:
    """CloudFront gave `a` up: suspect at once, ejected with the second such news."""
    router = three()
    gave_up = Real(Outcome.FAILED_OVER)
    first = tell(router, "a", gave_up, START_AT)
    then = router.decide(ANY, START_AT)
    second = tell(router, "a", gave_up, START_AT + 1)

    assert not first
    assert Decision(ref_of("b"), Reason.FASTEST) == then
    assert [each.after for each in second] == ["ejected"]
    assert router.pools["web"].origins["a"].ref in router.due(START_AT + 7), "and it is looked into"


def test_a_sticky_viewer_goes_elsewhere_for_this_attempt_even_if_it_stays() -> None:
    """`stay` is about where the next request goes; this one has to be answered by somebody."""
    router = three("sticky", on_failure="stay")
    viewer = FakeRequest(client="192.0.2.9")
    own = router.decide(viewer, START_AT)
    second = router.decide(viewer, START_AT, avoid=own.origin)

    assert own.origin != second.origin
    assert own == router.decide(viewer, START_AT)


def test_a_pinned_origin_that_failed_is_avoided_too() -> None:
    """The pin holds for first attempts."""
    router = three()
    router.apply(Control(1, pinned={ref_of("c"): START_AT + 60}))

    assert ref_of("a") == router.decide(ANY, START_AT, avoid=ref_of("c")).origin
    assert Decision(ref_of("c"), Reason.PINNED) == router.decide(ANY, START_AT, avoid=ref_of("a"))


def test_a_drained_origin_is_not_the_way_out_while_another_is_left() -> None:
    """Drained `b` gets nothing; when `c` is drained, too, the failed one is asked again."""
    router = three()
    router.apply(Control(1, drained={ref_of("b"): START_AT + 60}))
    one_left = router.decide(ANY, START_AT, avoid=ref_of("a"))
    router.apply(Control(2, drained={ref_of("b"): START_AT + 60, ref_of("c"): START_AT + 60}))
    none_left = router.decide(ANY, START_AT, avoid=ref_of("a"))

    assert (ref_of("c"), ref_of("a")) == (one_left.origin, none_left.origin)


def test_the_only_origin_is_asked_again() -> None:
    """There is no other."""
    router = a_router(PoolConfig(origins=(origin("a"),)))

    assert Decision(ref_of("a"), Reason.ONLY_ORIGIN) == router.decide(ANY, START_AT, avoid=ref_of("a"))


def test_an_origin_of_another_pool_is_nothing_to_avoid() -> None:
    """Ids are unique in a pool only."""
    router = three()

    assert ref_of("a") == router.decide(ANY, START_AT, avoid=ref_of("other/a")).origin


def test_blindly_no_origin_is_chosen_that_another_environment_may_have_chosen_first() -> None:
    """`a` and `b` are about as fast, so nobody knows which of them has just failed elsewhere: `c`, which neither is."""
    router = a_router(
        PoolConfig(origins=(origin("a"), origin("b"), origin("c"))),
        heard=[(0, "b", 42.0), (0, "a", 44.0), (0, "c", 81.0)],
    )
    assert ref_of("b") == router.decide(ANY, START_AT).origin
    assert Decision(ref_of("c"), Reason.FAILOVER) == router.decide_blindly(ANY, START_AT)


@pytest.mark.parametrize("policy", POLICIES)
def test_blindly_an_origin_besides_our_own_choice_is_taken(policy: str) -> None:
    """Where the others are clearly slower, or speed plays no part, the next best."""
    router = three(policy)
    for request in viewers(20):
        own = router.decide(request, START_AT).origin
        assert router.decide_blindly(request, START_AT) == router.decide(request, START_AT, avoid=own)


def test_blindly_one_that_cannot_be_trusted_is_no_way_out() -> None:
    """`c` has failed: better a rival that is well than an origin that is known to be ill."""
    router = a_router(
        PoolConfig(origins=(origin("a"), origin("b"), origin("c"))),
        heard=[(0, "b", 42.0), (0, "a", 44.0), (0, "c", 81.0)],
    )
    tell(router, "c", Outcome.REFUSED, START_AT)
    assert ref_of("a") == router.decide_blindly(ANY, START_AT).origin

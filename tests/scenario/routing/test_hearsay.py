"""Failures that nobody owns up to, and real requests that take longer: word of an origin, for a probe to confirm."""

from __future__ import annotations

import pytest

from origin_router.routing.config import PoolConfig
from origin_router.routing.model import Outcome, Reason, State
from origin_router.routing.router import Router
from tests.scenario.routing.player import ANY, START_AT, Heard, Real, a_router, origin, ref_of, tell

LATER = START_AT + 5.0
"""All origins were measured at the start, none is due by itself."""


def three(*heard: Heard) -> Router:
    """A router of three origins, measured at the start."""
    router = a_router(PoolConfig(origins=(origin("a"), origin("b"), origin("c"))), heard=heard)
    for name in "abc":
        router.launched(ref_of(name), START_AT)
    return router


def apart() -> Router:
    """Everybody prefers `a`."""
    return three((0, "a", 20.0), (0, "b", 50.0), (0, "c", 80.0))


def close() -> Router:
    """Some prefer `a`, others `b`."""
    return three((0, "a", 20.0), (0, "b", 22.0), (0, "c", 80.0))


def chosen(router: Router, now: float = LATER) -> str:
    """Where an ordinary request goes."""
    return router.decide(ANY, now).origin.origin


def test_one_failure_elsewhere_has_our_choice_measured_and_two_have_it_left() -> None:
    """It may have been another origin's; twice, with no answer in between, it was most likely this one's."""
    router = apart()
    assert router.due(LATER) == []
    router.hear(ref_of("a"), LATER)
    assert (chosen(router), router.due(LATER)) == ("a", [ref_of("a")])
    router.hear(ref_of("a"), LATER)
    assert chosen(router) == "b"


def test_one_answer_refutes_it() -> None:
    """Of a probe or of a real request: nobody's word but its own counts from then on."""
    for answer in (20.0, Real(20.0)):
        router = apart()
        for _ in range(5):
            router.hear(ref_of("a"), LATER)
        assert chosen(router) == "b"
        tell(router, "a", answer, LATER + 0.1)
        assert chosen(router) == "a"
        router.hear(ref_of("a"), LATER + 0.2)
        assert chosen(router) == "a"


def test_it_never_ejects_and_a_failed_probe_makes_it_a_failure_like_any_other() -> None:
    """However often it is heard. What the probe then finds is lifted by `rise` answers only."""
    router = apart()
    for _ in range(100):
        router.hear(ref_of("a"), LATER)
    health = router.pools["web"].origins["a"].health
    assert health.state is State.SERVING

    tell(router, "a", Outcome.RESPONSE_TIMEOUT, LATER + 1)
    tell(router, "a", 20.0, LATER + 2)
    assert chosen(router) == "b"
    tell(router, "a", 20.0, LATER + 3)
    assert chosen(router) == "a"


def test_of_two_that_are_about_as_fast_both_are_measured_and_none_is_left() -> None:
    """It may have been either."""
    router = close()
    for _ in range(5):
        router.hear(ref_of("a"), LATER)
    assert chosen(router) == "a"
    assert set(router.due(LATER)) == {ref_of("a"), ref_of("b")}


def test_a_bound_is_believed_without_a_second_one() -> None:
    """Somebody's failure, and no answer for a quarter of a second: two different witnesses."""
    router = close()
    router.observe_at_least(ref_of("a"), 0.25, LATER)
    assert chosen(router) == "a", "by itself it waits for its confirmation"

    router = close()
    router.hear(ref_of("a"), LATER)
    router.observe_at_least(ref_of("a"), 0.25, LATER)
    assert chosen(router) == "b"
    assert router.pools["web"].origins["a"].estimate.value_s == 0.25


@pytest.mark.parametrize("ill", ["b", "c"])
def test_an_origin_that_is_known_to_be_ill_explains_it(ill: str) -> None:
    """Environments that have not left it yet: nothing is held against our choice."""
    router = apart()
    tell(router, ill, Outcome.REFUSED, START_AT + 1)
    for _ in range(5):
        router.hear(ref_of("a"), LATER)
    assert chosen(router) == "a"
    assert ref_of("a") not in router.due(LATER)


def test_blindly_one_that_has_not_answered_us_is_passed_over() -> None:
    """A fresh environment: `a` may be slow to answer the race, or be the one that has just failed."""
    router = three((0, "b", 50.0), (0, "c", 80.0))
    assert chosen(router) == "b"
    assert (router.decide_blindly(ANY, LATER).origin.origin, router.decide_blindly(ANY, LATER).reason) == (
        "c",
        Reason.FAILOVER,
    )
    router.hear(ref_of("b"), LATER)
    router.hear(ref_of("b"), LATER)
    assert chosen(router) == "b"


def test_blindly_the_only_one_that_has_answered_is_better_than_those_that_have_not() -> None:
    """It is our own choice; but it answered, and the others may be what failed."""
    router = three((0, "b", 50.0))
    assert router.decide_blindly(ANY, LATER).origin == ref_of("b")


def used(router: Router) -> Router:
    """Real requests have been to `a`, and took 30 ms."""
    for number in range(5):
        tell(router, "a", Real(30.0), START_AT + 0.1 * number)
    assert router.due(LATER) == []
    return router


def test_real_requests_that_take_longer_have_a_probe_find_out() -> None:
    """Once it is confirmed; what they took is never taken for the origin's time, a bound of the probe is."""
    router = used(apart())
    tell(router, "a", Real(430.0), LATER)
    assert router.due(LATER) == [], "one may be a slow page"
    tell(router, "a", Real(430.0), LATER)
    assert (chosen(router), router.due(LATER)) == ("a", [ref_of("a")])
    assert router.worth_waiting_s(LATER) == pytest.approx(0.085), "by then `b` with its 50 ms would be clearly better"

    router.launched(ref_of("a"), LATER)
    router.observe_at_least(ref_of("a"), 0.085, LATER + 0.085)
    assert chosen(router) == "b"
    assert router.pools["web"].origins["a"].estimate.value_s == 0.085
    assert router.worth_waiting_s(LATER + 1) == 0


def test_a_probe_that_is_as_fast_as_before_ends_it() -> None:
    """It was what they asked for."""
    router = used(apart())
    for _ in range(2):
        tell(router, "a", Real(430.0), LATER)
    router.launched(ref_of("a"), LATER)
    tell(router, "a", 21.0, LATER + 0.1)
    for number in range(20):
        tell(router, "a", Real(430.0), LATER + 1 + 0.1 * number)

    assert chosen(router, LATER + 3) == "a"
    assert router.due(LATER + 3) == []


def test_the_first_real_times_are_compared_with_the_probes() -> None:
    """An environment that had nothing to do while the origin got slow."""
    router = apart()
    tell(router, "a", Real(25.0), LATER)
    assert router.due(LATER) == []

    router = apart()
    tell(router, "a", Real(430.0), LATER)
    assert router.due(LATER) == [ref_of("a")]


def test_a_question_that_no_probe_can_answer_is_dropped() -> None:
    """Times are withheld, and there is no other moment to measure at: probes do not go on every second for ever."""
    router = used(apart())
    for _ in range(2):
        tell(router, "a", Real(430.0), LATER)
    probed = []
    for second in range(8):
        now = LATER + 1.1 * second
        if ref_of("a") in router.due(now):
            router.launched(ref_of("a"), now)
            probed.append(second)
            tell(router, "a", Outcome.OK, now + 0.5)
    assert probed == [0, 1, 2, 3]
    assert chosen(router, LATER + 9) == "a"


def test_any_answer_refutes_that_it_does_not_answer() -> None:
    """Whatever time it took."""
    router = apart()
    router.hear(ref_of("a"), LATER)
    router.launched(ref_of("a"), LATER)
    tell(router, "a", Outcome.OK, LATER + 0.1)
    assert router.due(LATER + 3) == []


def test_what_would_change_nothing_is_not_asked() -> None:
    """Real requests take twice as long as before, and `a` would still be the best."""
    router = used(apart())
    for _ in range(2):
        tell(router, "a", Real(70.0), LATER)
    assert router.due(LATER) == []

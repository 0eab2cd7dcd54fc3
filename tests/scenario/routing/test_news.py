"""Word of other environments: what a router says, what it believes, and what ends that."""

from __future__ import annotations

from math import inf
from typing import Any

import pytest

from origin_router.routing.config import HealthConfig, PoolConfig
from origin_router.routing.model import Observation, OriginRef, Outcome, State
from origin_router.routing.news import FRESH_S, News
from origin_router.routing.router import Router
from tests.scenario.routing.player import (
    ANY,
    START_AT,
    Heard,
    Real,
    a_router,
    decide_all,
    origin,
    ref_of,
    tell,
    viewers,
)

A = ref_of("a")
LATER = START_AT + 5.0
"""All origins were measured at the start, none is due by itself."""
LATENCIES_MS = {"a": 20.0, "b": 50.0, "c": 80.0}
EJECTION_S = 60.0
HEALTH = HealthConfig(ejection_s=EJECTION_S, fall=2)


def a_pool(names: str = "ab", policy: Any = "fastest") -> PoolConfig:
    """Origins in this order of latency."""
    return PoolConfig(policy=policy, origins=tuple(map(origin, names)), health=HEALTH)


def measured(names: str = "ab", policy: str = "fastest", *, has_api: bool = False) -> Router:
    """A router that knows them all; by latency it is `a` for everybody."""
    heard: list[Heard] = [(0, name, LATENCIES_MS[name]) for name in names]
    if has_api:
        router = a_router(a_pool(names, policy), heard=heard, api=a_pool(names))
    else:
        router = a_router(a_pool(names, policy), heard=heard)
    for name in names:
        router.launched(ref_of(name), START_AT)
    return router


def bad(name: str = "a", at: float = LATER) -> News:
    """Word that an origin failed somebody."""
    return News(ref_of(name), is_good=False, at=at)


def good(name: str = "a", at: float = LATER) -> News:
    """Word that it is well again."""
    return News(ref_of(name), is_good=True, at=at)


def chosen(router: Router, now: float = LATER) -> str:
    """Where an ordinary request goes."""
    return router.decide(ANY, now).origin.origin


def state_of(router: Router, name: str = "a") -> State:
    return router.pools["web"].origins[name].health.state


# What is said


def test_a_failure_is_told_while_it_is_fresh() -> None:
    """The latest, for FRESH_S."""
    router = measured()
    assert router.news(LATER) is None
    tell(router, "a", Outcome.RESPONSE_TIMEOUT, LATER)

    assert router.news(LATER) == router.news(LATER + FRESH_S) == bad()
    assert router.news(LATER + FRESH_S + 0.01) is None
    assert router.news(LATER) is None, "what has been dropped stays so"


@pytest.mark.parametrize("said", [Real(Outcome.BAD_STATUS), Real(20.0), 20.0, Real(Outcome.OVERLOADED)])
def test_what_others_hear_of_themselves_is_not_told(said: Real | float) -> None:
    """Real responses, and answers of an origin of which nothing bad is known."""
    router = measured()
    for number in range(10):
        tell(router, "a", said, LATER + number / 10)

    assert router.news(LATER + 1) is None


def test_a_bound_is_told_once_it_is_believed() -> None:
    """The first may be one lost packet; and a bound below what is believed says nothing."""
    router = measured()
    router.observe_at_least(A, 0.01, LATER)
    router.observe_at_least(A, 0.25, LATER)
    assert router.news(LATER) is None
    router.launched(A, LATER + 1)
    router.observe_at_least(A, 0.25, LATER + 1)

    assert router.news(LATER + 1) == bad(at=LATER + 1)


def test_a_return_from_probation_is_told() -> None:
    """`rise` answers after an ejection, not the first one; and it replaces the bad word."""
    router = measured()
    ejected_at = eject(router)
    back_at = ejected_at + EJECTION_S
    tell(router, "a", 20.0, back_at)
    assert router.news(back_at) is None
    tell(router, "a", 20.0, back_at + 1)

    assert state_of(router) is State.SERVING
    assert router.news(back_at + 1) == good(at=back_at + 1)


def test_what_was_only_heard_is_not_passed_on() -> None:
    """Otherwise word would go round for ever. What one finds out oneself is first-hand again."""
    router = measured()
    for news in (bad(), good("b"), bad(at=LATER + 1)):
        router.take_news(news, LATER + 1)
    assert router.news(LATER + 1) is None
    tell(router, "a", Outcome.RESPONSE_TIMEOUT, LATER + 2)

    assert router.news(LATER + 2) == bad(at=LATER + 2)


# Bad word


def test_bad_word_has_an_origin_passed_over_until_our_own_probe_is_answered() -> None:
    """And asked at once."""
    router = measured()
    assert (chosen(router), router.due(LATER)) == ("a", [])
    router.take_news(bad(), LATER)
    assert (chosen(router), router.due(LATER)) == ("b", [A])
    router.launched(A, LATER)
    tell(router, "a", 20.0, LATER + 0.02)

    assert chosen(router, LATER + 0.02) == "a"
    assert state_of(router) is State.SERVING
    assert router.due(LATER + 2) == []


def test_one_failed_probe_after_bad_word_is_a_failure_like_any_other() -> None:
    """`rise` answers lift it, not the first."""
    router = measured()
    router.take_news(bad(), LATER)
    tell(router, "a", Outcome.RESPONSE_TIMEOUT, LATER + 1)
    tell(router, "a", 20.0, LATER + 2)
    assert chosen(router, LATER + 2) == "b"
    tell(router, "a", 20.0, LATER + 3)

    assert chosen(router, LATER + 3) == "a"


def test_bad_word_never_ejects() -> None:
    """However often it comes."""
    router = measured()
    for number in range(100):
        router.take_news(bad(at=LATER + number), LATER + number)

    assert state_of(router) is State.SERVING


def test_word_that_is_older_than_our_own_probe_is_ignored() -> None:
    """We have seen it answer since."""
    router = measured()
    tell(router, "a", 20.0, LATER)
    for at in (LATER, LATER - 0.001, START_AT, -inf):
        router.take_news(bad(at=at), LATER + 0.1)

    assert chosen(router, LATER + 0.1) == "a"
    assert router.due(LATER + 0.1) == []
    assert not router.pools["web"].origins["a"].is_blamed


def test_a_real_answer_does_not_take_back_who_is_blamed() -> None:
    """It may have been on its way when the origin failed: only our own probe knows."""
    router = measured()
    router.take_news(bad(), LATER)
    for number in range(5):
        tell(router, "a", Real(20.0), LATER + 0.01 * number)
    assert router.pools["web"].origins["a"].is_blamed
    assert router.due(LATER + 0.1) == [A]
    tell(router, "a", 20.0, LATER + 0.2)

    assert not router.pools["web"].origins["a"].is_blamed


@pytest.mark.parametrize("policy", ["weighted", "sticky"])
def test_where_viewers_have_origins_of_their_own_word_only_has_it_probed(policy: str) -> None:
    """No viewer is moved by what one environment says."""
    router = measured(policy=policy)
    requests = viewers(50)
    before = decide_all(router, requests, LATER)
    router.take_news(bad(), LATER)

    assert decide_all(router, requests, LATER) == before
    assert {each.origin.origin for each in before} == {"a", "b"}
    assert router.due(LATER) == [A]
    assert not router.pools["web"].origins["a"].health.is_accused


def test_bad_word_of_all_origins_is_no_reason_to_stop() -> None:
    """An ill environment that sees everything fail: requests go on, to whichever answers our probe."""
    router = measured()
    for name in "ab":
        router.take_news(bad(name), LATER)
    assert chosen(router) == "a"
    tell(router, "b", 50.0, LATER + 0.05)
    assert chosen(router, LATER + 0.05) == "b"
    tell(router, "a", 20.0, LATER + 0.06)

    assert chosen(router, LATER + 0.06) == "a"


def test_word_is_of_one_pool() -> None:
    """An origin of the same name in another pool is another one."""
    router = measured(has_api=True)
    for name, latency_ms in LATENCIES_MS.items():
        if name in "ab":
            tell(router, f"api/{name}", latency_ms, START_AT)
    router.take_news(News(OriginRef("api", "a"), is_good=False, at=LATER), LATER)

    assert chosen(router) == "a"
    assert router.pools["api"].origins["a"].health.is_accused
    assert not router.pools["web"].origins["a"].is_blamed


# Good word


def eject(router: Router, name: str = "a", at: float = LATER) -> float:
    """Let two probes fail; return when the origin was ejected."""
    for failed_at in (at, at + 1.0):
        tell(router, name, Outcome.RESPONSE_TIMEOUT, failed_at)
    assert state_of(router, name) is State.EJECTED
    return at + 1.0


def test_good_word_ends_an_ejection_early_and_our_own_probes_decide() -> None:
    """It is on probation, as after the whole ejection: passed over until `rise` answers, out with one failure."""
    for is_well in (True, False):
        router = measured()
        now = eject(router) + 2.0
        assert router.due(now) == []
        router.take_news(good(at=now), now)
        assert (chosen(router, now), router.due(now)) == ("b", [A])
        tell(router, "a", 20.0, now + 0.1)
        assert chosen(router, now + 0.1) == "b"
        tell(router, "a", 20.0 if is_well else Outcome.REFUSED, now + 1.2)

        assert (chosen(router, now + 1.2), state_of(router)) == (
            ("a", State.SERVING) if is_well else ("b", State.EJECTED)
        )


@pytest.mark.parametrize("after_s", [0.0, 1.0])
def test_good_word_that_is_not_newer_than_our_own_failure_is_ignored(after_s: float) -> None:
    """Somebody saw it well, and we saw it fail since."""
    router = measured()
    ejected_at = eject(router)
    router.take_news(good(at=ejected_at - after_s), ejected_at + 2)

    assert router.due(ejected_at + 2) == []


def test_good_word_that_is_older_than_a_failed_attempt_is_ignored() -> None:
    """CloudFront gave requests to it up, and no probe of ours has failed: that counts, too."""
    router = measured()
    for number in range(2):
        tell(router, "a", Real(Outcome.FAILED_OVER), LATER + number)
    assert state_of(router) is State.EJECTED
    router.take_news(good(at=LATER + 0.5), LATER + 2)
    assert router.due(LATER + 2) == []
    router.take_news(good(at=LATER + 1.5), LATER + 2)

    assert router.due(LATER + 2) == [A]


def test_good_word_says_nothing_of_an_origin_that_is_not_ejected() -> None:
    """One that we suspect has to show itself that it is well."""
    router = measured()
    tell(router, "a", Outcome.RESPONSE_TIMEOUT, LATER)
    router.take_news(good(at=LATER + 0.1), LATER + 0.1)

    assert chosen(router, LATER + 0.1) == "b"


def test_good_word_over_and_over_does_not_have_it_probed_over_and_over() -> None:
    """An environment that sees it well, ours that does not: one probe for each word, not more."""
    router = measured()
    now = eject(router) + 2.0
    word, probes = good(at=now), 0
    for _ in range(100):
        now += 0.1
        router.take_news(word, now)
        if A in router.due(now):
            probes += 1
            router.launched(A, now)
            tell(router, "a", Outcome.REFUSED, now + 0.01)

    assert probes == 1


def test_an_answer_that_takes_too_long_does_not_end_word_of_slowness() -> None:
    """Nor one whose time is not known; a fast one does. Of a failure, any answer does."""
    for latency_s, is_told in ((None, True), (0.4, True), (0.02, False)):
        router = measured()
        router.pools["web"].origins["a"].estimate.question(inf)
        router.observe_at_least(A, 0.1, LATER)
        assert router.news(LATER) == bad()
        router.observe(Observation(A, Outcome.OK, LATER + 1, latency_s))
        assert (router.news(LATER + 1) == bad()) is is_told

    router = measured()
    tell(router, "a", Outcome.REFUSED, LATER)
    tell(router, "a", 400.0, LATER + 1)
    assert router.news(LATER + 1) is None

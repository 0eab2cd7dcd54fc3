"""The operator's orders: drain, pin and weights, each until its end, and without a new deployment."""

from __future__ import annotations

import pytest

from origin_router.routing.config import PoolConfig
from origin_router.routing.control import NO_CONTROL, Control
from origin_router.routing.explanation import explain
from origin_router.routing.model import Decision, Outcome, Reason
from origin_router.routing.router import CHOICE_MAX_AGE_S, Router
from tests.scenario.routing.player import (
    ANY,
    START_AT,
    Behaviour,
    Heard,
    Traffic,
    a_router,
    decide_all,
    every,
    origin,
    ref_of,
    shares,
    tell,
    viewers,
)

POLICIES = ["fastest", "priority", "weighted", "sticky"]
NAMES = ("a", "b", "c")
HEARD: list[Heard] = [(0, "a", 20.0), (0, "b", 50.0), (0, "c", 80.0)]
END_AT = START_AT + 600


def three(policy: str = "fastest") -> Router:
    """A router of three origins that answer."""
    pool = PoolConfig(policy=policy, origins=tuple(map(origin, NAMES)))  # type: ignore[arg-type]
    return a_router(pool, heard=HEARD)


def drain(*names: str, until_at: float = END_AT) -> Control:
    """Order that these get nothing."""
    return Control(1, drained={ref_of(name): until_at for name in names})


def used(router: Router, now: float = START_AT) -> set[str]:
    """Return the origins that a thousand viewers come to."""
    return set(shares(decide_all(router, viewers(200), now)))


@pytest.mark.parametrize("policy", POLICIES)
def test_a_drained_origin_gets_nothing_until_the_order_ends(policy: str) -> None:
    """From the next request on; and by itself it ends at the time that it names."""
    router = three(policy)
    before = used(router)
    for name in NAMES:
        router.apply(drain(name))
        assert name not in used(router)
        assert name not in used(router, END_AT - CHOICE_MAX_AGE_S - 1)
    assert before == used(router, END_AT + CHOICE_MAX_AGE_S)


@pytest.mark.parametrize("policy", POLICIES)
def test_drained_goes_after_failed(policy: str) -> None:
    """The operator knows why: a drained origin is not used because the others have failed."""
    router = three(policy)
    router.apply(drain("a"))
    for name in ("b", "c"):
        tell(router, name, Outcome.REFUSED, START_AT)
        tell(router, name, Outcome.REFUSED, START_AT)

    assert "a" not in used(router)


@pytest.mark.parametrize("policy", POLICIES)
def test_where_all_are_drained_all_are_used(policy: str) -> None:
    """An order that leaves nothing is a mistake, and viewers are not to pay for it."""
    router = three(policy)
    before = used(router)
    router.apply(drain(*NAMES))

    assert before == used(router)


@pytest.mark.parametrize("policy", POLICIES)
def test_a_pinned_origin_gets_everything(policy: str) -> None:
    """Whatever is believed of it, even drained and ejected, until the order ends."""
    router = three(policy)
    for name in ("c", "c"):
        tell(router, name, Outcome.REFUSED, START_AT)
    router.apply(Control(1, pinned={ref_of("c"): END_AT}, drained={ref_of("c"): END_AT}))
    during = decide_all(router, viewers(200), END_AT - 1)

    assert {(ref_of("c"), Reason.PINNED)} == {(each.origin, each.reason) for each in during}
    assert "c" not in used(router, END_AT + CHOICE_MAX_AGE_S)


def test_pinning_is_of_one_pool() -> None:
    """The same id in another pool is another origin."""
    other = PoolConfig(policy="priority", origins=(origin("x"), origin("c")))
    router = Router(three().config, lambda: 0.0)
    router = a_router(PoolConfig(origins=tuple(map(origin, NAMES)), fallback_pool="other"), other=other)
    router.apply(Control(1, pinned={ref_of("other/c"): END_AT}))

    assert Decision(ref_of("a"), Reason.FALLBACK) == router.decide(ANY, START_AT)
    for name in NAMES:
        tell(router, name, Outcome.REFUSED, START_AT)
    assert Decision(ref_of("other/c"), Reason.PINNED) == router.decide(ANY, START_AT)


def test_a_new_document_replaces_the_old_one() -> None:
    """What it does not say any more does not hold any more."""
    router = three()
    router.apply(drain("a"))
    router.apply(drain("b"))
    after_second = router.decide(ANY, START_AT).origin
    router.apply(NO_CONTROL)

    assert ref_of("a") == after_second == router.decide(ANY, START_AT).origin


def test_an_order_ends_a_choice_at_once() -> None:
    """The next request obeys, not the one a second later."""
    router = three()
    router.decide(ANY, START_AT)
    router.apply(drain("a"))

    assert ref_of("b") == router.decide(ANY, START_AT).origin


def test_an_order_about_nothing_changes_nothing() -> None:
    """Ended already."""
    router = three()
    router.apply(drain("a", until_at=START_AT))

    assert ref_of("a") == router.decide(ANY, START_AT).origin


def test_a_drained_origin_is_measured_all_the_same() -> None:
    """So that it is known when the order ends."""
    router = three()
    router.apply(drain("a"))

    assert ref_of("a") in router.due(START_AT + 30)


def test_the_origin_in_use_is_watched_closely_beside_a_faster_one_that_is_drained() -> None:
    """What a drained origin could do makes no clear loser of the one that does it."""
    pool = PoolConfig(origins=(origin("a"), origin("b")), refresh_s=10)
    behaviour: Behaviour = {"a": [(0, 20.0)], "b": [(0, 200.0)]}
    traffic = Traffic(pool, behaviour, jitter=lambda: 0.9)
    traffic.play(every(0.5, until=60))
    traffic.router.apply(drain("a"))
    played = traffic.play(every(0.5, since=60, until=360))

    assert {"b"} == {each.origin for each in played.decided}
    assert len(played.probed["b"]) >= 300 / 12.5 - 2


CLOCK_STEPS = [-7200.0, -60.0, 0.0]


@pytest.mark.parametrize("step_s", CLOCK_STEPS)
def test_an_order_holds_as_long_as_it_says_whatever_the_clock_did_before(step_s: float) -> None:
    """The end is a time of the wall clock. Ours goes on from where a clock that was fast has left it."""
    router = three()
    router.steady(START_AT - step_s)
    assert START_AT - step_s == router.steady(START_AT)
    router.apply(drain("a", until_at=START_AT + 600))

    assert ref_of("b") == router.decide(ANY, router.steady(START_AT + 598)).origin
    assert ref_of("a") == router.decide(ANY, router.steady(START_AT + 601)).origin


@pytest.mark.parametrize("step_s", CLOCK_STEPS)
def test_an_order_holds_as_long_as_it_says_whatever_the_clock_does_later(step_s: float) -> None:
    """Put right by hours while an order is in force, the clock still says when it ends."""
    router = three()
    router.steady(START_AT - step_s)
    router.apply(drain("a", until_at=START_AT + 600))
    before = router.decide(ANY, router.steady(START_AT + 1)).origin
    during = router.decide(ANY, router.steady(START_AT + 598)).origin

    assert ref_of("b") == before == during
    assert ref_of("a") == router.decide(ANY, router.steady(START_AT + 601)).origin


@pytest.mark.parametrize("step_s", CLOCK_STEPS)
def test_ordered_weights_and_pins_too(step_s: float) -> None:
    """All orders have an end."""
    router = three("weighted")
    router.steady(START_AT - step_s)
    now = router.steady(START_AT)
    until_at = START_AT + 600
    router.apply(Control(1, weights={ref_of(name): (0.0, until_at) for name in ("a", "b")}))
    by_weight = used(router, now + 599)
    router.apply(Control(2, pinned={ref_of("b"): until_at}))

    assert {"c"} == by_weight
    assert {"b"} == used(router, now + 599)
    assert set(NAMES) == used(router, now + 601)


def test_an_explanation_tells_orders() -> None:
    """Why not the fastest? Because somebody said so."""
    router = three()
    router.apply(drain("a"))
    drained = [each.why for each in explain(router, ANY, START_AT).candidates]
    router.apply(Control(2, pinned={ref_of("c"): END_AT}, weights={ref_of("b"): (7.0, END_AT)}))
    pinned = explain(router, ANY, START_AT).candidates

    assert drained == ["drained by the control document", "chosen: fastest", "30.0 ms slower"]
    assert [each.why for each in pinned[:2]] == ["another one is pinned by the control document"] * 2
    assert pinned[2].why == "chosen: pinned"
    assert [each.weight for each in pinned] == [100, 7, 100]

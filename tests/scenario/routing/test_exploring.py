"""Exploring: where only real requests measure, a few of them try origins whose estimates have aged."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from origin_router.routing.config import FeedbackConfig, HealthConfig, PoolConfig
from origin_router.routing.control import Control
from origin_router.routing.model import Decision, Outcome, Reason, Source
from origin_router.routing.router import Router
from tests.scenario.routing.player import (
    ANY,
    START_AT,
    FakeRequest,
    Heard,
    Played,
    Real,
    Said,
    Traffic,
    every,
    origin,
    ref_of,
    router_config,
    tell,
)

THREE = PoolConfig(origins=(origin("a"), origin("b"), origin("c")), refresh_s=10)


def by_traffic(
    pool: PoolConfig, behaviour: dict[str, list[tuple[float, Said]]], *, explore_pct: float = 1.0, until: float = 600
) -> Played:
    """Ten requests a second, where probes yield no latencies."""
    traffic = Traffic(
        pool,
        behaviour,
        jitter=random.Random(4).random,
        has_feedback=True,
        has_probe_latencies=False,
        explore_pct=explore_pct,
    )
    return traffic.play(every(0.1, until=until))


def explored(played: Played) -> Counter[str]:
    """Return how many requests tried which origin."""
    return Counter(each.origin for each in played.decided if each.reason is Reason.EXPLORING)


@pytest.mark.parametrize("explore_pct", [0.0, 0.1, 1.0, 5.0, 100.0])
def test_the_share_of_requests_that_explore_is_bounded(explore_pct: float) -> None:
    """Never more than that, however aged the estimates are; and no more than the estimates need."""
    played = by_traffic(
        THREE, {"a": [(0, 20.0)], "b": [(0, 30.0)], "c": [(0, 40.0)]}, explore_pct=explore_pct, until=200
    )

    trials = sum(explored(played).values())
    assert trials <= len(played.decided) * explore_pct / 100 + 1
    assert trials <= 2 * 200 / 10 + 2, "each of the other two once per refresh time"
    assert (trials == 0) == (explore_pct == 0)


def test_no_credit_is_saved_up() -> None:
    """A minute in which nothing was due, a quiet hour, then a burst: it explores no more than its share."""
    names = [f"o{n}" for n in range(9)]
    pool = PoolConfig(origins=tuple(map(origin, names)), refresh_s=600)
    traffic = Traffic(
        pool,
        {name: [(0, 20.0 + n)] for n, name in enumerate(names)},
        jitter=lambda: 0.5,
        has_feedback=True,
        has_probe_latencies=False,
        explore_pct=1,
    )
    traffic.play(every(0.05, until=120))
    burst = traffic.play([3600 + n / 1000 for n in range(500)])

    assert 4 <= sum(explored(burst).values()) <= 6


def test_the_worse_an_origin_was_the_more_seldom_it_is_tried() -> None:
    """By the square of how much slower it was: 2 times, every fourth refresh time; 5 times, every 25th."""
    pool = PoolConfig(origins=(*THREE.origins, origin("d")), refresh_s=10)
    behaviour: dict[str, list[tuple[float, Said]]] = {
        "a": [(0, 20.0)],
        "b": [(0, 22.0)],
        "c": [(0, 40.0)],
        "d": [(0, 100.0)],
    }
    tries = explored(by_traffic(pool, behaviour, explore_pct=5, until=1800))

    assert tries["a"] == 0
    assert 125 <= tries["b"] <= 180
    assert 35 <= tries["c"] <= 46
    assert 5 <= tries["d"] <= 9


def test_a_change_of_speed_is_followed_without_a_probe_s_latency() -> None:
    """`c` gets fast, then slow again, then `b` gets fast: but for the trials, traffic follows within a minute."""
    behaviour: dict[str, list[tuple[float, Said]]] = {
        "a": [(0, 60.0)],
        "b": [(0, 100.0), (900, 20.0)],
        "c": [(0, 120.0), (300, 30.0), (600, 200.0)],
    }
    played = by_traffic(THREE, behaviour, until=1200)

    for from_s, to_s, fastest in ((0, 300, "a"), (300, 600, "c"), (600, 900, "a"), (900, 1200, "b")):
        usual = {each.origin for each in played.decided if from_s + 60 <= each.at < to_s and is_no_trial(each.reason)}
        assert {fastest} == usual


def is_no_trial(reason: Reason) -> bool:
    """Whether a request went where the policy says."""
    return reason is not Reason.EXPLORING


def test_getting_slow_is_noticed_by_the_requests_themselves() -> None:
    """The origin in use: its second slow answer moves traffic, no trial is needed for that."""
    behaviour: dict[str, list[tuple[float, Said]]] = {
        "a": [(0, 20.0), (300, 400.0)],
        "b": [(0, 50.0)],
        "c": [(0, 90.0)],
    }
    played = by_traffic(THREE, behaviour, until=330)

    assert next(each.origin for each in played.decided if each.at > 300.25) == "b"


UNFIT: list[tuple[str, list[Heard]]] = [
    ("never probed", []),
    ("last probe failed", [(0, "b", 20.0), (1, "b", Outcome.BAD_STATUS)]),
    ("recovering", [(0, "b", 20.0), (1, "b", Outcome.BAD_STATUS), (2, "b", 20.0)]),
    ("ejected", [(0, "b", 20.0), (1, "b", Outcome.REFUSED), (1.5, "b", Outcome.REFUSED)]),
    ("probation", [(0, "b", 20.0), *((1, "b", Outcome.REFUSED) for _ in range(2)), (7, "b", 20.0)]),
    ("bad answers to real requests", [(0, "b", 20.0), *((1, "b", Real(Outcome.BAD_STATUS)) for _ in range(2))]),
    ("overloaded probe", [(0, "b", 20.0), (1, "b", Outcome.OVERLOADED)]),
]


def explorer(pool: PoolConfig, heard: list[Heard]) -> Router:
    """A router that would explore with every request."""
    feedback = FeedbackConfig(enabled=True, explore_pct=100)
    router = Router(router_config(pool, feedback=feedback), lambda: 0.0)
    router.basis = Source.TRAFFIC
    for at, name, said in heard:
        tell(router, name, said, START_AT + at)
    return router


def goes_to(router: Router, *, request: FakeRequest = ANY, at: float = 8) -> Decision:
    """Decide and explore once."""
    now = START_AT + at
    return router.try_out(request, router.decide(request, now), now)


TWO = PoolConfig(origins=(origin("a"), origin("b")), refresh_s=10, health=HealthConfig(failure_pct=0))
IN_USE: list[Heard] = [(0, "a", 20.0), (1, "a", Real(20.0))]


@pytest.mark.parametrize("heard", [heard for _, heard in UNFIT], ids=[name for name, _ in UNFIT])
def test_only_an_origin_that_serves_and_answers_is_tried(heard: list[Heard]) -> None:
    """No viewer is sent to an origin to find out whether it lives: that is what probes are for."""
    fit = explorer(TWO, [*IN_USE, (0, "b", 20.0)])
    unfit = explorer(TWO, [*IN_USE, *heard])

    assert Decision(ref_of("b"), Reason.EXPLORING) == goes_to(fit)
    assert ref_of("a") == goes_to(unfit).origin


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "get", ""])
def test_only_safe_methods_explore(method: str) -> None:
    """CloudFront can fail over a GET or a HEAD if the trial goes wrong, and nothing else."""
    router = explorer(TWO, [*IN_USE, (0, "b", 20.0)])

    assert all(goes_to(router, request=FakeRequest(method=method)).origin == ref_of("a") for _ in range(10))
    assert goes_to(router, request=FakeRequest(method="HEAD")).origin == ref_of("b")


def test_a_fresh_estimate_is_not_worth_a_trial() -> None:
    """Younger than a refresh time."""
    router = explorer(TWO, [*IN_USE, (0, "b", 20.0), (1, "b", Real(25.0))])

    assert ref_of("a") == goes_to(router, at=10.9).origin
    assert ref_of("b") == goes_to(router, at=17).origin, "(25 / 20)² of 10 s after the last"


def test_a_drained_origin_is_not_tried_and_a_pinned_pool_does_not_explore() -> None:
    """The operator's orders hold for trials, too."""
    drained, pinned = (explorer(TWO, [*IN_USE, (0, "b", 20.0)]) for _ in range(2))
    drained.apply(Control(1, drained={ref_of("b"): START_AT + 60}))
    pinned.apply(Control(1, pinned={ref_of("a"): START_AT + 60}))

    assert Decision(ref_of("a"), Reason.FASTEST) == goes_to(drained)
    assert Decision(ref_of("a"), Reason.PINNED) == goes_to(pinned)


@pytest.mark.parametrize("policy", ["priority", "weighted", "sticky"])
def test_where_latency_plays_no_part_nothing_is_explored(policy: str) -> None:
    """A standby would get requests of real viewers for an estimate that nobody uses."""
    pool = PoolConfig(policy=policy, origins=(origin("a"), origin("b", priority=2)))  # type: ignore[arg-type]
    router = explorer(pool, [*IN_USE, (0, "b", 20.0)])

    assert all(goes_to(router).origin == ref_of("a") for _ in range(10))


def test_an_origin_in_reserve_is_not_tried() -> None:
    """`other origins are used only when none of this priority is healthy`."""
    pool = PoolConfig(origins=(origin("a"), origin("b", priority=2)))
    router = explorer(pool, [*IN_USE, (0, "b", 20.0)])

    assert all(goes_to(router).origin == ref_of("a") for _ in range(10))


def test_panic_and_an_only_origin_are_no_time_to_explore() -> None:
    """The first has other worries, the second no choice."""
    panic = explorer(TWO, [*IN_USE, (0, "b", 20.0), (2, "a", Outcome.REFUSED), (2, "b", Outcome.REFUSED)])
    alone = explorer(PoolConfig(origins=(origin("a"),)), IN_USE)

    assert Reason.PANIC is goes_to(panic).reason
    assert Reason.ONLY_ORIGIN is goes_to(alone).reason


def test_nothing_known_is_no_measure_of_who_is_overdue() -> None:
    """Before the first answer there is no best one to compare with."""
    router = explorer(TWO, [(0, "a", Outcome.OK), (0, "b", Outcome.OK)])

    assert Reason.FALLBACK is goes_to(router).reason


def test_a_trial_keeps_the_rule_that_took_the_request() -> None:
    """For the journal."""
    router = explorer(TWO, [*IN_USE, (0, "b", 20.0)])
    decision = Decision(ref_of("a"), Reason.FASTEST, 3)

    assert Decision(ref_of("b"), Reason.EXPLORING, 3) == router.try_out(ANY, decision, START_AT + 8)

"""`explain`: the sentence that each origin gets, in every situation that has one of its own."""

from __future__ import annotations

from typing import Literal

import pytest

from origin_router.routing.config import HealthConfig, OriginConfig, PoolConfig, RouterConfig, RuleConfig
from origin_router.routing.explanation import ExplainedCandidate, Explanation, explain
from origin_router.routing.model import Outcome, Source, State
from origin_router.routing.router import Router
from tests.scenario.routing.player import ANY, START_AT, FakeRequest, Heard, Real, origin, router_config, tell

A, B = origin("a"), origin("b")
RESERVE = origin("b", priority=2)
A_OK, B_OK = (0, "a", Outcome.OK), (0, "b", Outcome.OK)
B_FAILS: list[Heard] = [(0, "b", Outcome.REFUSED)]
SUSPECT = "it failed and has not recovered (last outcome: {})"
BY_TRAFFIC = "ejected after failures of real traffic"
OTHER_PRIORITY = "priority 2, the chosen one has 1"

SENTENCES: list[tuple[str, OriginConfig, list[Heard], str, str]] = [
    # (policy, the origin beside a, heard, why a is chosen, about the other)
    ("fastest", B, [], "fallback", "not measured yet"),
    ("fastest", B, [(0, "a", 20)], "first_answer", "not measured yet"),
    ("fastest", B, [(0, "a", 20), B_OK], "first_answer", "not measured yet"),
    ("fastest", B, [(0, "a", 20), (0, "b", 50.04)], "fastest", "30.0 ms slower"),
    ("fastest", B, [(0, "a", 20), (0, "b", 20)], "fastest", "0.0 ms slower"),
    ("fastest", RESERVE, [(0, "a", 20), (0, "b", 5)], "fastest", OTHER_PRIORITY),
    ("fastest", RESERVE, [A_OK, (0, "b", 5)], "fallback", OTHER_PRIORITY),
    ("fastest", B, [(0, "a", 20), *B_FAILS], "fastest", SUSPECT.format("refused")),
    ("fastest", B, [(0, "a", 20), (0, "b", 5), *B_FAILS, (0, "b", 5)], "fastest", SUSPECT.format("ok")),
    ("fastest", B, [(0, "a", 20), *B_FAILS * 3], "fastest", "ejected after refused"),
    ("fastest", B, [(0, "a", 20), *B_FAILS * 3, (9, "b", 5)], "fastest", "probation after ok"),
    ("priority", RESERVE, [(0, "a", 20), (0, "b", 5)], "priority", OTHER_PRIORITY),
    ("priority", B, [(0, "a", 200), (0, "b", 5)], "priority", "not the first in order"),
    ("priority", B, [A_OK, B_OK], "priority", "not the first in order"),
    ("priority", B, [(0, "a", 200)], "priority", "not measured yet"),
    ("weighted", B, [(0, "a", 200), *B_FAILS], "weighted", SUSPECT.format("refused")),
    ("weighted", RESERVE, [], "weighted", OTHER_PRIORITY),
    ("weighted", origin("b", weight=0), [], "weighted", "not the first in order"),
    ("sticky", RESERVE, [(0, "b", 5)], "sticky", OTHER_PRIORITY),
    ("sticky", origin("b", weight=0), [], "sticky", "not the first in order"),
    ("fastest", B, [(0, "a", 20), *[(0, "b", Real(Outcome.BAD_STATUS))] * 5], "fastest", BY_TRAFFIC),
    ("fastest", B, [(0, "a", 20), (0, "b", 5), *[(0, "b", Real(Outcome.BAD_STATUS))] * 5], "fastest", BY_TRAFFIC),
    ("fastest", B, [(0, "a", 20), *B_FAILS, (0, "a", Outcome.REFUSED)], "panic", SUSPECT.format("refused")),
]


@pytest.mark.parametrize(("policy", "other", "heard", "reason", "about_other"), SENTENCES)
def test_each_origin_gets_its_sentence(
    policy: Literal["fastest", "priority", "weighted", "sticky"],
    other: OriginConfig,
    heard: list[Heard],
    reason: str,
    about_other: str,
) -> None:
    """What a user reads must be the true reason under the policy in use."""
    explanation = _explain(PoolConfig(policy=policy, origins=(A, other)), heard)

    assert [f"chosen: {reason}", about_other] == [each.why for each in explanation.candidates]


def test_a_faster_origin_inside_the_band_is_explained() -> None:
    """The one question everybody asks: why not the fastest."""
    router = Router(router_config(PoolConfig(origins=(A, B), band_ms=10)), lambda: 0.0)
    _hear(router, [(0, "a", 50), (0, "b", 80)])
    router.decide(ANY, START_AT)
    _hear(router, [(3600, "b", 44)])

    explanation = explain(router, ANY, START_AT + 3600)

    whys = [each.why for each in explanation.candidates]
    assert whys == ["chosen: kept_in_band", "6.0 ms faster, which is not enough to leave the current choice"]


def test_a_slow_start_is_explained() -> None:
    """Healthy and faster, but not yet this environment's."""
    pool = PoolConfig(origins=(A, B), health=HealthConfig(slow_start_s=100, rise=1))
    router = Router(router_config(pool), lambda: 0.9)
    _hear(router, [(0, "a", 50), (0, "b", 5), *B_FAILS * 2, (7, "b", 5)])

    assert [each.why for each in explain(router, ANY, START_AT + 10).candidates] == [
        "chosen: fastest",
        "recovered a short while ago: slow start",
    ]


def test_prior_knowledge_is_explained() -> None:
    """An expected time is shown as the estimate, without an age."""
    pool = PoolConfig(origins=(A, B), prior={"here": {"a": 20.0, "b": 65.0}})
    explanation = explain(Router(router_config(pool), lambda: 0.0, "here"), ANY, START_AT)

    assert [each.why for each in explanation.candidates] == ["chosen: prior", "45.0 ms slower"]
    assert [(each.estimate_ms, each.age_s) for each in explanation.candidates] == [(20.0, None), (65.0, None)]


def test_where_real_traffic_is_compared_its_times_are_shown() -> None:
    """The numbers are those that decided."""
    router = Router(router_config(PoolConfig(origins=(A, B))), lambda: 0.0)
    _hear(router, [(0, "a", 20), (0, "b", 30), (1, "a", Real(120.0)), (1, "b", Real(80.0))])
    router.basis = Source.TRAFFIC
    explanation = explain(router, ANY, START_AT + 3)

    assert [each.why for each in explanation.candidates] == ["40.0 ms slower", "chosen: fastest"]
    assert [(each.estimate_ms, each.age_s) for each in explanation.candidates] == [(120.0, 2.0), (80.0, 2.0)]


def test_a_pool_of_reserves_is_explained() -> None:
    """The preferred one failed: its own failure is the reason, not its priority."""
    explanation = _explain(PoolConfig(origins=(A, RESERVE)), [(0, "a", 20), (0, "b", 30), (1, "a", Outcome.REFUSED)])

    assert [SUSPECT.format("refused"), "chosen: fastest"] == [each.why for each in explanation.candidates]


def test_what_is_known_of_a_candidate_is_shown() -> None:
    """State, estimate and its age; None while unmeasured."""
    explanation = _explain(PoolConfig(origins=(A, RESERVE)), [(0, "a", 20.04)], after_s=12.34)

    assert explanation.candidates == (
        ExplainedCandidate("a", State.SERVING, 20.0, 12.3, 1, 100, True, "chosen: fastest"),
        ExplainedCandidate("b", State.UNKNOWN, None, None, 2, 100, True, "not measured yet"),
    )


FULL = RuleConfig(
    pool="web",
    path="/*",
    methods=("GET",),
    hosts=("a.test", "b.*"),
    headers={"x-h": "1"},
    cookies={"c": "2*"},
    query={"q": "3"},
    countries=("DE", "AT"),
    regions=("eu-west-1", "here"),
)
FULL_TEXT = (
    "GET on /*, host a.test or b.*, header x-h: 1, cookie c=2*, query q=3, country DE or AT, "
    "Region eu-west-1 or here goes to pool web"
)


@pytest.mark.parametrize(
    ("rules", "index", "text"),
    [
        ((), None, "no rule matches: the default pool"),
        ((RuleConfig(pool="web", methods=("POST",)),), None, "no rule matches: the default pool"),
        ((RuleConfig(pool="web", path="/*"),), 0, "any method on /* goes to pool web"),
        ((RuleConfig(pool="web", methods=("GET", "HEAD")),), 0, "GET or HEAD on * goes to pool web"),
        ((FULL,), 0, FULL_TEXT),
    ],
)
def test_the_rule_is_told(rules: tuple[RuleConfig, ...], index: int | None, text: str) -> None:
    """Which rule took the request, in words."""
    config = RouterConfig(name="shop", pool="web", pools={"web": PoolConfig(origins=(A,))}, rules=rules)

    request = FakeRequest(
        headers={"host": "b.test", "x-h": "1", "cloudfront-viewer-country": "DE"},
        cookies={"c": "22"},
        queries={"q": "3"},
    )

    explanation = explain(Router(config, lambda: 0.0, "here"), request, START_AT)

    assert ("web", index, text) == (explanation.pool, explanation.rule, explanation.rule_text)


def _explain(pool: PoolConfig, heard: list[Heard], *, after_s: float = 10.0) -> Explanation:
    router = Router(router_config(pool), lambda: 0.0)
    _hear(router, heard)
    return explain(router, ANY, START_AT + after_s)


def _hear(router: Router, heard: list[Heard]) -> None:
    for at, name, said in heard:
        tell(router, name, said, START_AT + at)

"""`explain`: the sentence that each origin gets, in every situation that has one of its own."""

from __future__ import annotations

from typing import Literal

import pytest
from tests.scenario.routing.player import START_AT, AnyRequest, Heard, origin, router_config

from origin_router.routing.config import OriginConfig, PoolConfig, RouterConfig, RuleConfig
from origin_router.routing.explanation import ExplainedCandidate, Explanation, explain
from origin_router.routing.model import Observation, OriginRef, Outcome, State
from origin_router.routing.router import Router

A, B = origin("a"), origin("b")
RESERVE = origin("b", priority=2)
A_OK, B_OK = (0, "a", Outcome.OK), (0, "b", Outcome.OK)
B_FAILS: list[Heard] = [(0, "b", Outcome.REFUSED)]
SUSPECT = "it failed and has not recovered (last outcome: {})"
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
]


@pytest.mark.parametrize(("policy", "other", "heard", "reason", "about_other"), SENTENCES)
def test_each_origin_gets_its_sentence(
    policy: Literal["fastest", "priority"], other: OriginConfig, heard: list[Heard], reason: str, about_other: str
) -> None:
    """What a user reads must be the true reason under the policy in use."""
    explanation = _explain(PoolConfig(policy=policy, origins=(A, other)), heard)

    assert [f"chosen: {reason}", about_other] == [each.why for each in explanation.candidates]


def test_a_faster_origin_inside_the_band_is_explained() -> None:
    """The one question everybody asks: why not the fastest."""
    router = Router(router_config(PoolConfig(origins=(A, B), band_ms=10)), lambda: 0.0)
    _hear(router, [(0, "a", 50), (0, "b", 80)])
    router.decide(AnyRequest(), START_AT)
    _hear(router, [(3600, "b", 44)])

    explanation = explain(router, AnyRequest(), START_AT + 3600)

    whys = [each.why for each in explanation.candidates]
    assert whys == ["chosen: kept_in_band", "6.0 ms faster, within the band of 10 ms: the current choice stays"]


def test_what_is_known_of_a_candidate_is_shown() -> None:
    """State, estimate and its age; None while unmeasured."""
    explanation = _explain(PoolConfig(origins=(A, RESERVE)), [(0, "a", 20.04)], after_s=12.34)

    assert explanation.candidates == (
        ExplainedCandidate("a", State.SERVING, 20.0, 12.3, 1, 100, True, "chosen: fastest"),
        ExplainedCandidate("b", State.UNKNOWN, None, None, 2, 100, True, "not measured yet"),
    )


@pytest.mark.parametrize(
    ("rules", "index", "text"),
    [
        ((), None, "no rule matches: the default pool"),
        ((RuleConfig(pool="web", methods=("POST",)),), None, "no rule matches: the default pool"),
        ((RuleConfig(pool="web", path="/*"),), 0, "any method on /* goes to pool web"),
        ((RuleConfig(pool="web", methods=("GET", "HEAD")),), 0, "GET or HEAD on * goes to pool web"),
    ],
)
def test_the_rule_is_told(rules: tuple[RuleConfig, ...], index: int | None, text: str) -> None:
    """Which rule took the request, in words."""
    config = RouterConfig(name="shop", pool="web", pools={"web": PoolConfig(origins=(A,))}, rules=rules)

    explanation = explain(Router(config, lambda: 0.0), AnyRequest(), START_AT)

    assert ("web", index, text) == (explanation.pool, explanation.rule, explanation.rule_text)


def _explain(pool: PoolConfig, heard: list[Heard], *, after_s: float = 10.0) -> Explanation:
    router = Router(router_config(pool), lambda: 0.0)
    _hear(router, heard)
    return explain(router, AnyRequest(), START_AT + after_s)


def _hear(router: Router, heard: list[Heard]) -> None:
    for at, name, said in heard:
        outcome, latency_s = (said, None) if isinstance(said, Outcome) else (Outcome.OK, said / 1000)
        router.observe(Observation(OriginRef("web", name), outcome, START_AT + at, latency_s))

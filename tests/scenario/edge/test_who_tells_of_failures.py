"""How often the origin that serves is measured: seldom only where somebody else tells of its failures."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from origin_router.routing.config import FeedbackConfig
from tests.support.edge import config, origin, ref
from tests.support.scripted_prober import Behaviour, Stage

TEN_MINUTES_S = 600
OFTEN, SELDOM = TEN_MINUTES_S / 10, 8
"""Probes in ten minutes: at every `refresh_s` but for jitter; or with a pause that has grown to `refresh_max_s`."""

ATTEMPT = "x-origin-router-attempt"


def request_of(method: str, attempt: int) -> dict[str, Any]:
    """A request, tagged by its placeholder where there is an origin group."""
    tag = {ATTEMPT: [{"key": ATTEMPT, "value": str(attempt)}]} if attempt else {}
    placeholder = {"custom": {"customHeaders": tag, "domainName": "placeholder.test"}}
    return {"method": method, "uri": "/", "querystring": "", "headers": {}, "origin": placeholder}


def stage(*, has_feedback: bool = False) -> Stage:
    """An environment that serves from `a`."""
    routed = replace(config(origin("a"), origin("b")), feedback=FeedbackConfig(enabled=has_feedback))
    return Stage(routed, {ref("a"): Behaviour(0.02), ref("b"): Behaviour(0.05)}).start()


@pytest.mark.parametrize(
    ("method", "attempt", "is_told"),
    [("GET", 1, True), ("HEAD", 1, True), ("OPTIONS", 1, True), ("POST", 1, False), ("GET", 0, False)],
)
def test_second_attempts_tell(method: str, attempt: int, is_told: bool) -> None:
    """CloudFront makes them for some methods, and only behind an origin group; the other origin is spared anyhow."""
    edge = stage()
    for number in range(TEN_MINUTES_S):
        edge.clock.now += 1.0
        edge.environment.handle(request_of(method, attempt), f"id-{number}")
        edge.environment.answered("a")

    count = Counter(each.origin for _, each in edge.prober.launched)
    assert count["b"] <= SELDOM + 2
    assert count["a"] <= SELDOM + 2 if is_told else count["a"] >= 0.7 * OFTEN


def test_responses_tell() -> None:
    """The origin-response trigger sees them, whatever the method."""
    edge = stage(has_feedback=True)
    for number in range(TEN_MINUTES_S):
        edge.clock.now += 1.0
        request = edge.environment.handle(request_of("POST", 0), f"id-{number}")
        edge.environment.answered("a")
        edge.clock.now += 0.05
        edge.environment.handle_response(request, {"status": "200", "headers": {}}, f"id-{number}")
        edge.environment.answered("b")

    assert Counter(each.origin for _, each in edge.prober.launched)["a"] <= SELDOM + 2

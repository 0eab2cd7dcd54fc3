"""Feedback in one environment on manual time: what a real request is timed by, and how little is written about it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from origin_router.routing.config import FeedbackConfig, RuleConfig
from tests.scenario.edge.test_steering_at_the_edge import domain_of, exchange, request_of, settled, stage_of
from tests.support.edge import config, origin, pool, ref
from tests.support.scripted_prober import Behaviour, Stage


@pytest.mark.parametrize("names", ["a", "ab"])
def test_in_panic_real_requests_do_not_write_a_line_each(names: str) -> None:
    """Every second answer is a 503, probes are answered: states change with the probes, not with the requests."""
    routed = replace(config(*map(origin, names)), feedback=FeedbackConfig(enabled=True))
    stage = settled(stage_of(routed, **dict.fromkeys(names, 0.02)))
    quiet = len(stage.lines)
    for number in range(1200):
        exchange(stage, 0.02, failing=names[number % 2] if names == "ab" else "a" * (number % 2), after_s=0.08)

    assert len(stage.lines) - quiet <= 40


def test_a_race_is_no_part_of_a_real_request_s_time() -> None:
    """The first request of a second pool waits for its race: the origin was quick all the same."""
    rules = [RuleConfig(pool="api", path="/api/*")]
    others = {"api": pool(origin("x"), origin("y"))}
    routed = replace(config(origin("a"), rules=rules, others=others), feedback=FeedbackConfig(enabled=True))
    slow = {ref(name, "api"): Behaviour(0.4) for name in "xy"}
    stage = Stage(routed, {ref("a"): Behaviour(0.01)} | slow).start()
    exchange(stage, 0.02, after_s=0.01)
    request = stage.environment.handle(request_of() | {"uri": "/api/"}, "id")
    stage.environment.answered("a")
    stage.clock.now += 0.05
    stage.environment.handle_response(request, {"status": "200", "headers": {}}, "id")
    chosen = stage.environment.router.pools["api"].origins[domain_of(request)]

    assert stage.prober.waited_s[-1] > 0.3
    assert chosen.traffic.value_s == pytest.approx(0.05, abs=0.002)

"""One environment, twice: the simulator's, and the edge's own code on the same clock with the same luck.

Every request has to go to the same origin at the same time, with as many probes and as long a time
awake after each answer. What is shared, and so not compared, are the probes themselves.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from origin_router.simulator.chance import stream
from origin_router.simulator.environment import RouterEnvironment
from origin_router.simulator.geography import RoundTrips
from origin_router.simulator.policies import router_config
from origin_router.simulator.scenario import Scenario
from origin_router.simulator.tally import Tally
from origin_router.simulator.viewer import Viewers
from origin_router.simulator.world import View
from tests.support.edge_on_virtual_time import EdgeEnvironment
from tests.support.simulated import event, world

REGION = "eu-west-1"
TROUBLES = {
    "silent": [event("silent", "eu", at_min=5, for_min=5)],
    "slow": [event("brown_out", "eu", at_min=5, for_min=5, factor=30.0)],
    "refused": [event("refused", "eu", at_min=5, for_min=5)],
    "blackhole": [event("blackhole", "eu", at_min=5, for_min=5)],
    "errors": [event("errors", "eu", at_min=5, for_min=5, share=0.5)],
    "loss": [event("loss", "eu", at_min=0, for_min=20, share=0.2)],
    "all": [event("silent", "eu", "us", at_min=5, for_min=5)],
}


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("has_feedback", [False, True], ids=["probes only", "feedback"])
@pytest.mark.parametrize(("freeze", "extensions"), [("process", True), ("process", False), ("vm", True), ("vm", False)])
def test_both_decide_alike(trouble: str, has_feedback: bool, freeze: Any, extensions: bool) -> None:
    """In all combinations, in 20 minutes with a trouble of five."""
    scenario = world(*TROUBLES[trouble], hours=1 / 3, edge={"freeze": freeze, "extensions": extensions})
    ours, edges = (played(scenario, kind, has_feedback=has_feedback) for kind in (RouterEnvironment, EdgeEnvironment))

    for number, (simulated, real) in enumerate(zip(ours, edges, strict=True)):
        assert simulated == real, number
    assert {row.origin for row in ours} == {"eu", "us"}


@pytest.mark.parametrize("has_feedback", [False, True], ids=["probes only", "feedback"])
def test_they_do_so_where_nothing_is_tried_again(has_feedback: bool) -> None:
    """POST has no second attempt, so nobody tells of a failed one."""
    scenario = world(*TROUBLES["silent"], hours=1 / 3, traffic={"get_share": 0.0})
    ours, edges = (played(scenario, kind, has_feedback=has_feedback) for kind in (RouterEnvironment, EdgeEnvironment))

    assert ours == edges
    assert {row.origin for row in ours} == {"eu", "us"}


def test_with_feedback_a_slow_origin_is_left_soon() -> None:
    """The response that says so keeps the environment awake until a probe has been out for too long."""
    scenario = world(*TROUBLES["slow"], hours=1 / 3)
    rows = {each: played(scenario, RouterEnvironment, has_feedback=each) for each in (True, False)}
    left_s = {each: next(row.at_s for row in rows[each] if row.origin == "us" and row.at_s > 300) for each in rows}

    assert left_s[True] < 310
    assert left_s[False] > 320


class Row(NamedTuple):
    """What became of a request."""

    at_s: float
    origin: str
    busy_s: float
    """When the environment was frozen again."""
    probes: int
    """All so far."""


def played(scenario: Scenario, kind: Any, *, has_feedback: bool) -> list[Row]:
    """Ask about once a second. A request that comes while the environment is busy goes to another one."""
    view = View(scenario, REGION, RoundTrips())
    policy = f"ours:probe.wait_share_pct=20,feedback.enabled={has_feedback:d}"
    viewers = Viewers(view, Tally(), stream(1), scenario.traffic.get_share)
    environment = kind(router_config(policy, scenario, None), scenario.edge, viewers, stream(2), 0.0)
    chance, rows = stream(3), []
    at_s, busy_s = 0.0, environment.cold_start(0.0)
    while (at_s := at_s + chance.expovariate(1.0)) < scenario.hours * 3600:
        if at_s < max(busy_s, environment.hear(at_s)):
            continue
        busy_s = environment.invoke(at_s)
        rows.append(Row(at_s, view.ids[environment.chooser.current], round(busy_s, 6), environment.probes.launched))
    return rows

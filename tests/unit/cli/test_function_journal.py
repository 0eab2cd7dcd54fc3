"""What the function writes is what `explain` reads: a journal of its own, replayed and believed."""

from __future__ import annotations

import json

import pytest

from origin_router.cli.journal_file import Line, read_journal, read_probes
from origin_router.cli.journal_replay import replay
from origin_router.cli.journal_state import state_of
from origin_router.cli.restoring import restore
from origin_router.edge.event import EventRequest
from origin_router.routing.config import RouterConfig
from origin_router.routing.model import OriginRef, Outcome, State
from origin_router.routing.router import Router
from tests.support.configs import document, parsed
from tests.support.scripted_prober import Behaviour, Stage

GET = EventRequest({"method": "GET", "uri": "/", "headers": {}})
EU, US = OriginRef("web", "eu"), OriginRef("web", "us")


@pytest.fixture
def config() -> RouterConfig:
    """Two origins, the fastest one is chosen."""
    return parsed(document()).router


@pytest.fixture
def stage(config: RouterConfig) -> Stage:
    """An environment that has lived: `eu` is near, gets slow, comes back, and is refused at last."""
    behaviours = {EU: Behaviour(latency_s=0.012), US: Behaviour(latency_s=0.09)}
    stage = Stage(config, behaviours, level="DEBUG").start()
    for second in range(200):
        behaviours[EU].latency_s = 0.4 if 60 <= second < 120 else 0.012
        behaviours[EU].outcome = Outcome.REFUSED if second >= 180 else Outcome.OK
        stage.request(after_s=1.0)
    return stage


def journal_of(stage: Stage) -> list[Line]:
    """Its journal, as it comes out of a file."""
    return read_journal("\n".join(json.dumps(line) for line in stage.lines))


def test_a_replay_makes_the_same_choices_for_the_same_reasons(stage: Stage, config: RouterConfig) -> None:
    """At DEBUG nothing is missing: each change that the function announced, and no other.

    The first reason may differ: a replay looks after every probe, the function when a request comes.
    """
    lines = journal_of(stage)
    changes = replay(config, "eu-central-1", GET, ["web"], read_probes(lines, config).observations)
    announced = [(line.fields["origin"], line.fields["reason"]) for line in lines if line.event == "choice"]

    assert [each.origin.origin for each in changes] == [origin for origin, _ in announced]
    assert [each.reason.value for each in changes][1:] == [reason for _, reason in announced][1:]
    assert len(announced) >= 4


def test_the_state_at_the_end_is_what_the_router_believed(stage: Stage, config: RouterConfig) -> None:
    """Estimates, health, the present choice; and a router that is restored to it decides alike."""
    states = state_of(journal_of(stage), config)
    records = stage.environment.router.pools["web"].origins
    restored = Router(config, jitter=lambda: 0.5)
    restore(restored, states, 1000.0)

    assert {name: known.state for name, known in states["web"].origins.items()} == {
        name: record.health.state for name, record in records.items()
    }
    assert states["web"].origins["us"].estimate_ms == pytest.approx(90.0, abs=0.01)
    assert states["web"].origins["eu"].state is State.EJECTED
    assert states["web"].current == "us"
    assert restored.decide(GET, 1000.0).origin == US

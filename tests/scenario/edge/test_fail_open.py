"""The router never is the reason for an error: whatever goes wrong, the request goes back unchanged."""

from __future__ import annotations

import copy
import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from origin_router.edge import function
from origin_router.edge.journal import Journal
from origin_router.edge.wakefulness import Clocks
from origin_router.routing.config import RuleConfig
from tests.support.cloudfront import Context, custom_event, s3_event
from tests.support.edge import config, origin, probe, ref
from tests.support.scripted_prober import Behaviour, Stage

TWO = config(origin("a"), origin("b"), rules=[RuleConfig(pool="web", path="/x/*", methods=("PUT",))])


def answer(stage: Stage, event: Any) -> Any:
    """What the handler returns."""
    return function.answer(stage.environment, stage.journal, event, Context())


@pytest.mark.parametrize("event", [custom_event(), s3_event()], ids=["custom", "s3"])
def test_a_good_event_is_directed(event: dict[str, Any]) -> None:
    """To the winner of the race."""
    result = answer(Stage(TWO, {ref("a"): Behaviour(0.2)}).start(), event)

    assert result["origin"]["custom"]["domainName"] == "b.test"
    assert result["uri"] == "/catalogue/picture.jpg"


def without(*path: str | int) -> Any:
    """The event with something missing."""
    event = custom_event()
    inner: Any = event
    for key in path[:-1]:
        inner = inner[key]
    del inner[path[-1]]
    return event


CF = ("Records", 0, "cf")


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(None, id="none"),
        pytest.param("text", id="text"),
        pytest.param([], id="list"),
        pytest.param({}, id="empty"),
        pytest.param({"Records": []}, id="no-records"),
        pytest.param({"Records": [{"s3": {}}]}, id="an-event-of-another-service"),
        pytest.param(without(*CF, "request"), id="no-request"),
    ],
)
def test_without_a_request_the_event_goes_back(event: Any) -> None:
    """There is nothing better to return; one line says so."""
    stage = Stage(TWO).start()
    before = copy.deepcopy(event)

    assert answer(stage, event) == before
    assert [line["where"] for line in stage.events("error")] == ["handling an event"]


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(without(*CF, "config"), id="no-config"),
        pytest.param(without(*CF, "config", "eventType"), id="no-type"),
        pytest.param(without(*CF, "config", "requestId"), id="no-request-id"),
        pytest.param(without(*CF, "request", "headers"), id="no-headers"),
        pytest.param(without(*CF, "request", "method"), id="no-method"),
        pytest.param(without(*CF, "request", "uri"), id="no-uri"),
    ],
)
def test_a_request_that_is_not_understood_goes_back_unchanged(event: Any) -> None:
    """One line says so."""
    stage = Stage(TWO).start()
    before = copy.deepcopy(event["Records"][0]["cf"]["request"])

    assert answer(stage, event) == before
    assert len(stage.events("error")) == 1


@pytest.mark.parametrize("event_type", ["origin-response", "viewer-request", "viewer-response"])
def test_a_function_attached_to_another_trigger_changes_nothing(event_type: str) -> None:
    """Without a word: it may be on purpose one day."""
    stage = Stage(TWO).start()
    event = custom_event()
    event["Records"][0]["cf"]["config"]["eventType"] = event_type
    before = copy.deepcopy(event["Records"][0]["cf"]["request"])

    assert answer(stage, event) == before
    assert stage.events("error") == []


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 3) | st.sampled_from(["", "/", "GET", "origin-request", "x"]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["cf", "key", "value"]), inner, max_size=2)
    ),
    max_leaves=4,
)


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The paths to everything inside a document."""
    found = [path] if path else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        found += places(inner, (*path, key))
    return found


@st.composite
def mutated_events(draw: st.DrawFn) -> Any:
    """A good event of which up to three places are missing, or hold something else."""
    event: Any = draw(st.sampled_from([custom_event, s3_event]))()
    for _ in range(draw(st.integers(1, 3))):
        if not places(event):
            break
        path = draw(st.sampled_from(places(event)))
        inner: Any = event
        for key in path[:-1]:
            inner = inner[key]
        if draw(st.booleans()):
            inner[path[-1]] = draw(JUNK)
        else:
            del inner[path[-1]]
    return event


@settings(max_examples=600, deadline=None)
@given(event=mutated_events())
def test_the_handler_never_raises_and_never_half_changes_a_request(event: Any) -> None:
    """Directed in full, or returned as it came; and the next good request is served."""
    stage = Stage(TWO).start()
    before = copy.deepcopy(event)
    result = answer(stage, event)

    if not stage.events("error"):
        cf = before["Records"][0]["cf"]
        was_directed = cf["config"]["eventType"] == "origin-request"
        assert (
            (result["origin"]["custom"]["domainName"] in ("a.test", "b.test"))
            if was_directed
            else result == cf["request"]
        )
    else:
        assert result == before or result == before["Records"][0]["cf"]["request"]
    assert answer(stage, custom_event())["origin"]["custom"]["port"] == 443


def test_a_fault_of_ours_costs_nothing_but_the_decision() -> None:
    """A prober that fails: every request goes back unchanged, and is told a few times only."""
    stage = Stage(TWO).start()
    stage.prober.fault = RuntimeError("scripted")
    for _ in range(100):
        assert answer(stage, custom_event()) == custom_event()["Records"][0]["cf"]["request"]
    assert 0 < len(stage.events("error")) <= 20

    stage.prober.fault = None
    assert "custom" in answer(stage, custom_event())["origin"]


def config_file(tmp_path: Path, text: str | None) -> Path:
    """A configuration as the build leaves it, or something else."""
    path = tmp_path / "config.json"
    if text is not None:
        path.write_text(text)
    return path


COMPILED = dataclasses.asdict(config(origin("a", protocol="http"), probe=probe(budget_ms=50)))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(None, id="missing"),
        pytest.param("", id="empty"),
        pytest.param("{", id="not-json"),
        pytest.param("[]", id="another-type"),
        pytest.param("{}", id="nothing-in-it"),
        pytest.param(json.dumps(COMPILED | {"pools": {"web": {}}}), id="a-pool-without-origins"),
        pytest.param(json.dumps(COMPILED | {"pools": {}}), id="no-such-pool"),
        pytest.param(json.dumps(COMPILED).replace('"host"', '"hots"'), id="an-unknown-key"),
    ],
)
def test_a_broken_configuration_leaves_every_request_unchanged(tmp_path: Path, text: str | None) -> None:
    """One line at the cold start, none per request."""
    lines: list[str] = []
    journal = Journal({}, write=lines.append)
    environment = function.start(str(config_file(tmp_path, text)), journal)

    assert environment is None
    assert len(lines) == 1
    assert json.loads(lines[0])["where"] == "starting"
    for _ in range(3):
        result = function.answer(environment, journal, custom_event(), Context())
        assert result == custom_event()["Records"][0]["cf"]["request"]
    assert len(lines) == 1


def test_the_handler_of_a_package_without_configuration() -> None:
    """As imported from the sources: it has no environment, and answers all the same."""
    assert function.ENVIRONMENT is None
    assert function.handler(custom_event(), Context()) == custom_event()["Records"][0]["cf"]["request"]


def test_an_event_that_was_not_for_us_was_a_time_awake_all_the_same() -> None:
    """What a stopped machine was handed at that thaw must not pass for an arrival during the second freeze."""
    stage = Stage(TWO).start()
    stage.clock.now += 1.0
    answer(stage, custom_event())
    epoch = stage.environment.awake.epoch
    assert stage.environment.awake.asleep_since == Clocks(stage.clock.now, stage.clock.wall())
    stage.clock.now += 5.0
    answer(stage, {})

    assert stage.environment.awake.epoch == epoch + 1
    assert stage.environment.awake.asleep_since == Clocks(stage.clock.now, stage.clock.wall())

    stage.clock.now += 1.0
    answer(stage, custom_event())
    assert stage.environment.awake.epoch == epoch + 2

"""Summaries in CloudWatch's embedded metric format: true counts, within what the format allows.

The limits are those of its specification: at most 100 metrics and 30 dimensions of a directive, dimensions and
metrics at the root of the object, at most 100 values of a metric.
"""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from origin_router.edge.metrics import Metrics
from origin_router.routing.model import Decision, Observation, OriginRef, Outcome, Reason, Source, State

NOW = 1_800_000_000.0
EU, US = OriginRef("web", "eu"), OriginRef("web", "us")

observations = st.builds(
    Observation,
    st.sampled_from([EU, US, OriginRef("images", "eu")]),
    st.sampled_from(Outcome),
    st.just(NOW),
    st.none() | st.floats(0, 120),
    st.sampled_from(Source),
)
decisions = st.builds(Decision, st.sampled_from([EU, US]), st.sampled_from(Reason), st.sampled_from([None, 0, 7]))


def counted(*, decided: list[Decision], heard: list[Observation]) -> list[dict[str, Any]]:
    """Return the summary of these."""
    metrics = Metrics("Shop", 60, NOW)
    for decision in decided:
        metrics.count_decision(decision)
    for observation in heard:
        metrics.count(observation)
    return metrics.take(NOW + 60, NOW + 60)


@given(st.lists(decisions, max_size=40), st.lists(observations, max_size=40), st.integers(1, 9))
def test_a_line_keeps_to_the_format(decided: list[Decision], heard: list[Observation], times: int) -> None:
    """Whatever happened, and however often."""
    for line in counted(decided=decided * times, heard=heard * times):
        directive = json.loads(json.dumps(line))["_aws"]
        assert directive["Timestamp"] == (NOW + 60) * 1000
        (metrics,) = directive["CloudWatchMetrics"]
        root = line | {"region": "eu-central-1"}  # which the journal adds to every line
        assert metrics["Namespace"] == "Shop"
        assert all(
            len(names) <= 30 and all(isinstance(root[name], str) for name in names) for names in metrics["Dimensions"]
        )
        assert 0 < len(metrics["Metrics"]) <= 100
        for metric in metrics["Metrics"]:
            value = line[metric["Name"]]
            values = value if isinstance(value, list) else [value]
            assert metric["Unit"] in ("Count", "Milliseconds")
            assert 1 <= len(values) <= 100
            assert all(isinstance(each, int | float) and 0 <= each < 2**50 for each in values)


@given(st.lists(decisions, max_size=40), st.lists(observations, max_size=40))
def test_nothing_is_lost_or_counted_twice(decided: list[Decision], heard: list[Observation]) -> None:
    """Decisions by reason, outcomes by origin and source."""
    lines = counted(decided=decided, heard=heard)
    probes = [each for each in heard if each.source is Source.PROBE]

    assert sum(line["Decisions"] for line in lines) == len(decided)
    assert sum(sum(line["reasons"].values()) for line in lines) == len(decided)
    assert sum(line["Probes"] for line in lines) == len(probes)
    assert sum(line["ProbeFailures"] for line in lines) == sum(each.outcome is not Outcome.OK for each in probes)
    assert sum(line.get("TrafficFailures", 0) for line in lines) == sum(
        each.source is Source.TRAFFIC and each.outcome is not Outcome.OK for each in heard
    )
    assert sum(sum(line["traffic_outcomes"].values()) for line in lines) == len(heard) - len(probes)


def test_a_response_to_a_real_request_is_no_probe() -> None:
    """They are counted apart, and so are their times."""
    heard = [
        Observation(EU, Outcome.OK, NOW, 0.02),
        Observation(EU, Outcome.OK, NOW, 0.3, Source.TRAFFIC),
        Observation(EU, Outcome.BAD_STATUS, NOW, None, Source.TRAFFIC),
    ]
    (line,) = counted(decided=[], heard=heard)

    assert (line["Probes"], line["ProbeFailures"], line["TrafficFailures"]) == (1, 0, 1)
    assert (line["Latency"], line["TrafficLatency"]) == ([20.0], [300.0])


def test_of_a_thousand_latencies_the_first_hundred_are_said() -> None:
    """More the format does not take; all of them are counted."""
    (line,) = counted(decided=[], heard=[Observation(EU, Outcome.OK, NOW, 0.02)] * 1000)

    assert (line["Probes"], len(line["Latency"])) == (1000, 100)


def test_a_summary_begins_anew() -> None:
    """What was said once is not said again; and an interval of 0 never says anything."""
    metrics = Metrics("Shop", 60, NOW)
    metrics.count_decision(Decision(EU, Reason.FASTEST))
    metrics.count_transition(EU, State.EJECTED)
    first, second = metrics.take(NOW + 60, NOW + 60), metrics.take(NOW + 120, NOW + 120)

    assert [(line["Decisions"], line["Ejections"]) for line in first] == [(1, 1)]
    assert second == []
    assert metrics.due_at == NOW + 180
    assert Metrics("Shop", 0, NOW).due_at == float("inf")


def test_the_line_is_of_the_clock_s_time_whatever_the_router_s_is() -> None:
    """A clock that was hours fast and was put right: CloudWatch would refuse metrics from the future."""
    metrics = Metrics("N", 60, NOW)
    metrics.count_decision(Decision(EU, Reason.FASTEST))
    [line] = metrics.take(NOW + 60, NOW - 7200)

    assert line["_aws"]["Timestamp"] == int((NOW - 7200) * 1000)
    assert metrics.due_at == NOW + 120

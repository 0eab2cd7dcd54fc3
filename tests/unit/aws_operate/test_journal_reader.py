"""What is put together from the lines of the edges."""

from __future__ import annotations

from typing import Any

import pytest

from origin_router.aws.journal_reader import read_journal
from origin_router.aws.log_events import LogEvent, read_event
from tests.support.routers import API_EU, EU, US, choice, line, summary


def events(*texts: str, stream: str = "one", region: str = "eu-central-1") -> list[LogEvent]:
    """Return lines of one environment, a millisecond apart."""
    return [
        read_event(region, "g", {"timestamp": at_ms, "logStreamName": stream, "message": text})
        for at_ms, text in enumerate(texts, start=1)
    ]


def probe(origin: str, response_ms: Any) -> str:
    """Return the line of a probe."""
    return line(1, "probe", pool="web", origin=origin, outcome="ok", response_ms=response_ms)


def test_regions_are_kept_apart() -> None:
    """Each has its own distances."""
    regions = read_journal(
        events(summary(EU, 1, [10.0])) + events(summary(EU, 1, [90.0], "us-east-1"), region="us-east-1")
    )

    assert {"eu-central-1": 10.0, "us-east-1": 90.0} == {
        name: view.origins[EU].median_ms for name, view in regions.items()
    }


def test_summaries_add_up_over_environments() -> None:
    """Decisions, latencies, outcomes and ejections."""
    view = read_journal(
        events(summary(EU, 30, [10.0, 20.0]), summary(US, 10, []))
        + events(summary(EU, 60, [40.0], ejections=1), stream="two")
    )["eu-central-1"]

    assert (90, 20.0, 1) == (view.origins[EU].decisions, view.origins[EU].median_ms, view.origins[EU].ejections)
    assert ({"ok": 3}, None) == (view.origins[EU].outcomes, view.origins[US].median_ms)
    assert (90.0, 10.0) == (view.share_pct(EU), view.share_pct(US))


def test_shares_are_within_a_pool() -> None:
    """Another pool's requests are no competition."""
    view = read_journal(events(summary(EU, 1, []), summary(US, 3, []), summary(API_EU, 100, [])))["eu-central-1"]

    assert (25.0, 75.0, 100.0) == (view.share_pct(EU), view.share_pct(US), view.share_pct(API_EU))


def test_without_summaries_shares_are_of_the_environments_choices() -> None:
    """Only the last choice of each counts."""
    view = read_journal(
        events(choice(1, "us"), choice(2, "eu"))
        + events(choice(1, "eu"), stream="two")
        + events(choice(1, "us"), stream="three")
    )["eu-central-1"]

    assert (66.7, 33.3) == (view.share_pct(EU), view.share_pct(US))


def test_probe_lines_count_only_where_there_are_no_summaries() -> None:
    """Summaries hold the same latencies already."""
    without = read_journal(events(probe("eu", 10.0), probe("eu", 30.0), probe("eu", None)))["eu-central-1"]
    with_both = read_journal(events(probe("eu", 1_000.0), summary(EU, 1, [5.0])))["eu-central-1"]

    assert [10.0, 30.0] == without.origins[EU].latencies_ms
    assert [5.0] == with_both.origins[EU].latencies_ms


def test_the_last_word_of_each_environment_is_its_state() -> None:
    """An ejection after a choice, and a recovery after an ejection."""
    ejected = line(2, "health", pool="web", origin="us", before="serving", after="ejected", cause="refused")
    back = line(3, "health", pool="web", origin="us", before="ejected", after="probation", cause="ok")
    view = read_journal(events(choice(1, "eu"), ejected) + events(choice(1, "eu"), ejected, back, stream="two"))[
        "eu-central-1"
    ]

    assert {"ejected": 1, "probation": 1} == view.states(US)
    assert {"serving": 2} == view.states(EU)
    assert 2 == len(view.environments)


def test_control_versions_and_errors() -> None:
    """The latest version of each environment; errors by what they say."""
    view = read_journal(
        events(line(1, "control", version=3), line(2, "control", version=4), line(3, "error", where="a", error="E: 1"))
        + events(line(1, "control", version=3), line(3, "error", where="a", error="E: 1"), stream="two")
    )["eu-central-1"]

    assert ([3, 4], {"a: E: 1": 2}) == (view.control_versions(), view.errors)


def test_a_document_that_is_not_taken_is_a_problem_until_one_is() -> None:
    """The version is the one in force."""
    refused = line(2, "control", level="WARN", version=3, problem="no origin 'x'")
    view = read_journal(
        events(line(1, "control", version=3, problem=None), refused)
        + events(refused, line(3, "control", version=4, problem=None), stream="two")
    )["eu-central-1"]

    assert ([3, 4], ["no origin 'x'"]) == (view.control_versions(), view.control_problems())


@pytest.mark.parametrize(
    "text",
    [
        "START RequestId: 1",
        '{"type": "platform.start", "record": {}}',
        '{"event": "choice", "pool": "web"}',
        '{"event": "choice", "pool": "web", "origin": "eu", "health": 7}',
        '{"event": "control", "version": "new"}',
        '{"event": "health"}',
        '{"_aws": {}, "Latency": "fast"}',
        '{"_aws": {}, "pool": "web", "origin": "eu", "Latency": ["fast", -1, null, 1e999]}',
        '{"event": "of a later version"}',
    ],
)
def test_lines_that_say_nothing_here_do_no_harm(text: str) -> None:
    """Whoever wrote them."""
    view = read_journal(events(text, summary(EU, 2, [7.0])))["eu-central-1"]

    assert (2, 7.0) == (view.origins[EU].decisions, view.origins[EU].median_ms)

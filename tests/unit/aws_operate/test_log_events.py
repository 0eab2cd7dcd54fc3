"""What sort of line a log event is, and how it reads."""

from __future__ import annotations

import json
from typing import Any

import pytest

from origin_router.aws.log_events import Kind, LogEvent, read_event
from origin_router.aws.log_text import printable, readable

HEALTH = {"level": "WARN", "event": "health", "pool": "web", "origin": "eu", "before": "serving", "after": "ejected"}
SUMMARY = {
    "_aws": {"Timestamp": 1, "CloudWatchMetrics": []},
    "pool": "web",
    "origin": "eu",
    "region": "eu-west-1",
    "Decisions": 12,
    "Probes": 3,
    "ProbeFailures": 1,
    "Ejections": 1,
    "Latency": [10.0, 30.0, 20.0],
    "reasons": {"fastest": 12},
    "outcomes": {"ok": 2, "refused": 1},
}
REPORT = {
    "type": "platform.report",
    "record": {"status": "success", "metrics": {"durationMs": 1.5, "billedDurationMs": 2, "maxMemoryUsedMB": 41}},
}


def event(message: str | dict[str, Any]) -> LogEvent:
    """Return an event as if CloudWatch had delivered it."""
    text = message if isinstance(message, str) else json.dumps(message)
    raw = {"timestamp": 1_700_000_000_123, "logStreamName": "s", "eventId": "1", "message": text}
    return read_event("eu-west-1", "/origin-router/shop", raw)


@pytest.mark.parametrize(
    ("message", "kind", "is_problem"),
    [
        (HEALTH, Kind.JOURNAL, True),
        ({"event": "race", "level": "INFO"}, Kind.JOURNAL, False),
        (SUMMARY, Kind.METRICS, False),
        (REPORT, Kind.PLATFORM, False),
        ({"type": "platform.report", "record": {"status": "timeout"}}, Kind.PLATFORM, True),
        ({"type": "platform.start", "record": {"requestId": "1"}}, Kind.PLATFORM, False),
        ({"log_level": "ERROR", "errorType": "KeyError"}, Kind.TEXT, True),  # of the runtime client, in JSON
        ("START RequestId: 1 Version: 3", Kind.TEXT, False),
        ("2026-01-01T00:00:00Z 1 Task timed out after 5.00 seconds", Kind.TEXT, True),
        ("[ERROR] KeyError: 'Records'", Kind.TEXT, True),
        ("INIT_REPORT Init Duration: 9999 ms Phase: init Status: timeout", Kind.TEXT, True),
        ("RequestId: 1 Error: Runtime exited with error: exit status 1", Kind.TEXT, True),
        ("Validation error: Lambda function result failed validation, ...", Kind.TEXT, True),
        ('{"cut off": ', Kind.TEXT, False),
        ("[1, 2]", Kind.TEXT, False),
    ],
)
def test_lines_are_told_apart(message: str | dict[str, Any], kind: Kind, is_problem: bool) -> None:
    """`--errors` shows what is a problem, whoever wrote it and in whatever format."""
    read = event(message)

    assert (kind, is_problem) == (read.kind, read.is_problem)


STANDING = {"estimates": {"eu": 41.25, "us": None}, "health": {"eu": "serving", "us": "unknown"}}
PROBE = {
    "event": "probe",
    "pool": "web",
    "origin": "eu",
    "outcome": "bad_status",
    "detail": None,
    "status": 503,
    "moment": "race",
    "dns_ms": 1.0,
    "connect_ms": 20.5,
    "tls_ms": None,
    "response_ms": 30.0,
    "withheld": None,
}


@pytest.mark.parametrize(
    ("message", "what", "text"),
    [
        (HEALTH | {"cause": "refused"}, "health", "web.eu serving -> ejected, refused"),
        (PROBE, "probe", "web.eu bad_status 503, race: dns 1.0 ms, connect 20.5 ms, response 30.0 ms"),
        (
            PROBE | {"status": 200, "outcome": "ok", "moment": "frozen", "withheld": "two freezes"},
            "probe",
            "web.eu ok 200, frozen: dns 1.0 ms, connect 20.5 ms, response 30.0 ms; latency thrown away: two freezes",
        ),
        (
            {"event": "race", "pool": "web", "winner": None, "reason": "watchdog", "ms": 900.0},
            "race",
            "web: nobody after 900.0 ms, watchdog",
        ),
        (
            {"event": "choice", "pool": "web", "origin": "eu", "previous": None, "reason": "fastest", **STANDING},
            "choice",
            "web: nothing -> eu, fastest (eu 41.2 ms serving, us - unknown)",
        ),
        (
            {"event": "decision", "pool": "web", "origin": "eu", "reason": "sticky", "rule": 0, "method": "GET"}
            | {"uri": "/a", "request_id": "abc"},
            "decision",
            "GET /a -> web.eu, sticky, rule 0, request abc",
        ),
        (
            {"event": "moment", "moment": "frozen", "why": "start", "extension": "registered"},
            "moment",
            "measuring frozen from now on, start; extension registered",
        ),
        ({"event": "error", "where": "handler", "error": "KeyError: 1"}, "error", "handler: KeyError: 1"),
        ({"event": "control", "version": 7, "problem": None}, "control", "version 7 taken"),
        (
            {"event": "control", "level": "WARN", "version": 7, "problem": "not read: dns"},
            "control",
            "version 7 stays in force: not read: dns",
        ),
        ({"event": "later", "level": "INFO", "number": 1, "on": True}, "later", "number 1, on true"),
        (
            SUMMARY,
            "summary",
            "web.eu: 12 decisions (fastest 12), 3 measurements (ok 2, refused 1), median 20.0 ms, 1 ejections",
        ),
        (REPORT, "report", "took 1.5 ms, billed 2.0 ms, 41 MB"),
        ("START RequestId: 1\n", "text", "START RequestId: 1"),
    ],
)
def test_lines_read_as_sentences(message: str | dict[str, Any], what: str, text: str) -> None:
    """One per event of the journal; an event that this version does not know shows its fields."""
    read = readable(event(message))

    assert (what, text) == (read.what, read.text)


@pytest.mark.parametrize(
    "message", [{"event": "probe"}, {"event": "choice", "pool": 1}, {"_aws": {}}, {"type": "platform.x"}]
)
def test_a_line_without_the_fields_it_should_have_is_shown_as_it_is(message: dict[str, Any]) -> None:
    """A reader of logs must not fail because of a log."""
    assert json.dumps(message) == readable(event(message)).text


def test_time_and_region_come_from_cloudwatch() -> None:
    """Also for lines that name neither."""
    read = readable(event("x"))

    assert ("2023-11-14T22:13:20.123Z", "eu-west-1") == (read.time, read.region)


def test_a_log_line_cannot_steer_the_terminal() -> None:
    """A viewer chooses the URI, and with it a part of a line."""
    assert "\\x1b[2J\\n\\u202eß" == printable("\x1b[2J\n\u202eß")

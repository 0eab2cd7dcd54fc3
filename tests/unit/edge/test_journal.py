"""The journal: one JSON object per line, with what each kind of line must hold."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from origin_router.edge.exchange import Exchange
from origin_router.edge.journal import MAX_ERRORS, Journal, write_line
from origin_router.edge.moments import Change, Moment
from origin_router.routing.model import Decision, Outcome, Reason, State, Transition
from tests.support.edge import ref

NOW = 1_700_000_000.0625
COMMON = {"timestamp": "2023-11-14T22:13:20.062Z", "region": "ap-south-1"}
EXCHANGE = Exchange(Outcome.OK, "", 204, 0.0012, 0.002, None, 0.0305049, None)
DECISION = Decision(ref("a"), Reason.FASTEST, 2)
STANDING: dict[str, Any] = {"estimates": {"a": 1.5}, "health": {"a": State.SERVING}}

Tell = Callable[[Journal], None]


def told(tell: Tell, **environ: str) -> list[dict[str, Any]]:
    """The lines that are written."""
    lines: list[str] = []
    tell(Journal({"AWS_REGION": "ap-south-1", **environ}, write=lines.append, wall=lambda: NOW))
    assert all("\n" not in line for line in lines)
    return [json.loads(line) for line in lines]


@pytest.mark.parametrize(
    ("tell", "line"),
    [
        pytest.param(
            lambda journal: journal.probe(ref("a"), EXCHANGE, "race", is_news=True),
            {
                "level": "INFO",
                "event": "probe",
                "pool": "web",
                "origin": "a",
                "outcome": "ok",
                "detail": "",
                "status": 204,
                "moment": "race",
                "dns_ms": 1.2,
                "connect_ms": 2.0,
                "tls_ms": None,
                "response_ms": 30.5,
                "withheld": None,
            },
            id="probe",
        ),
        pytest.param(
            lambda journal: journal.race("web", None, "watchdog", 0.9),
            {"level": "INFO", "event": "race", "pool": "web", "winner": None, "reason": "watchdog", "ms": 900.0},
            id="race",
        ),
        pytest.param(
            lambda journal: journal.health(Transition(ref("a"), State.SERVING, State.EJECTED, Outcome.DNS, 1.0)),
            {
                "level": "WARN",
                "event": "health",
                "pool": "web",
                "origin": "a",
                "before": "serving",
                "after": "ejected",
                "cause": "dns",
            },
            id="ejected",
        ),
        pytest.param(
            lambda journal: journal.health(Transition(ref("a"), State.PROBATION, State.SERVING, Outcome.OK, 1.0)),
            {
                "level": "INFO",
                "event": "health",
                "pool": "web",
                "origin": "a",
                "before": "probation",
                "after": "serving",
                "cause": "ok",
            },
            id="serving-again",
        ),
        pytest.param(
            lambda journal: journal.choice(DECISION, "b", STANDING),
            {
                "level": "INFO",
                "event": "choice",
                "pool": "web",
                "origin": "a",
                "previous": "b",
                "reason": "fastest",
                "estimates": {"a": 1.5},
                "health": {"a": "serving"},
            },
            id="choice",
        ),
        pytest.param(
            lambda journal: journal.decision(DECISION, {"method": "GET", "uri": "/ü\n"}, "id", STANDING),
            {
                "level": "DEBUG",
                "event": "decision",
                "pool": "web",
                "origin": "a",
                "reason": "fastest",
                "rule": 2,
                "method": "GET",
                "uri": "/ü\n",
                "request_id": "id",
                "estimates": {"a": 1.5},
                "health": {"a": "serving"},
            },
            id="decision",
        ),
        pytest.param(
            lambda journal: journal.moment(Change(Moment.AFTER_ANSWER, "because"), "registered"),
            {
                "level": "INFO",
                "event": "moment",
                "moment": "after_answer",
                "why": "because",
                "extension": "registered",
            },
            id="moment",
        ),
        pytest.param(
            lambda journal: journal.error("there", KeyError("cf")),
            {"level": "ERROR", "event": "error", "where": "there", "error": "KeyError: 'cf'"},
            id="error",
        ),
    ],
)
def test_each_line(tell: Tell, line: dict[str, Any]) -> None:
    """As agreed with whoever reads them."""
    assert told(tell) == [COMMON | line]


@pytest.mark.parametrize("level", ["", "INFO", "WARN", "ERROR"])
def test_a_probe_that_says_the_same_again_is_not_written(level: str) -> None:
    """An ordinary request must cost no line."""
    assert (
        told(lambda journal: journal.probe(ref("a"), EXCHANGE, "frozen", is_news=False), AWS_LAMBDA_LOG_LEVEL=level)
        == []
    )


@pytest.mark.parametrize("level", ["DEBUG", "TRACE", "debug"])
def test_at_debug_every_probe_is_written(level: str) -> None:
    """Lambda's own setting turns it on."""
    (line,) = told(
        lambda journal: journal.probe(ref("a"), EXCHANGE, "frozen", is_news=False), AWS_LAMBDA_LOG_LEVEL=level
    )

    assert line["level"] == "DEBUG"


def test_errors_do_not_flood_the_log() -> None:
    """A fault in every request is told a few times."""

    def fail_often(journal: Journal) -> None:
        for _ in range(1000):
            journal.error("everywhere", ValueError("x"))

    assert len(told(fail_often)) == MAX_ERRORS


class Unwritable(io.TextIOBase):
    """Standard output that nobody reads any more."""

    def write(self, text: str) -> int:
        raise BrokenPipeError(32, "Broken pipe")


@pytest.fixture
def stdout() -> Iterator[None]:
    """Gives standard output back."""
    kept = sys.stdout
    yield
    sys.stdout = kept


@pytest.mark.parametrize("is_closed", [False, True])
def test_a_line_that_cannot_be_written_is_lost(is_closed: bool, stdout: None) -> None:
    """It must not cost a request."""
    sys.stdout = io.StringIO() if is_closed else Unwritable()
    if is_closed:
        sys.stdout.close()

    write_line("{}")


def test_a_line_is_written_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    """After the answer the process may be stopped."""
    write_line("{}")

    assert capsys.readouterr().out == "{}\n"

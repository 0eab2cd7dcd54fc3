"""The table and the verdict say plainly what was reached."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console

from bench.figure import Reading, Target
from bench.machine import Machine
from bench.report import Run, markdown, print_run, show, verdict
from bench.samples import summarise

MACHINE = Machine(
    cores=2,
    load_1min=0.1,
    python="CPython 3.11.7",
    openssl="OpenSSL 3.0.0",
    kernel="Linux 6.1",
    jiffy_ms=4.0,
    measured_at="2026-11-24T08:00:00Z",
)
MET = Reading(figure="F1", what="handler", value=0.3, unit="x", target=Target(0.5), series={"a": summarise([1.0] * 9)})
MISSED = Reading(figure="F2", what="race [cold]", value=12.34, unit="ms", target=Target(8.0), seed=900.4, note="why")
UNPROMISED = Reading(figure="F5", what="with bytecode", value=20.0, unit="ms")


def a_run(*readings: Reading, failures: dict[str, str] | None = None) -> Run:
    return Run(
        machine=MACHINE,
        precedence="ordinary",
        is_quick=True,
        took_s=61.2,
        readings=readings,
        failures=failures or {},
    )


def printed(run: Run) -> str:
    text = io.StringIO()
    print_run(run, Console(file=text, width=200))
    return text.getvalue()


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (0.0384, "x", "0.04 x"),
        (-0.009, "ms", "-0.01 ms"),
        (12.34, "ms", "12.3 ms"),
        (950.4, "ms", "950.4 ms"),
        (3.0, "requests", "3 requests"),
    ],
)
def test_numbers_are_written_as_exactly_as_they_are_worth(value: float, unit: str, expected: str) -> None:
    assert show(value, unit) == expected


def test_a_missed_target_is_said_in_the_table_and_in_the_verdict() -> None:
    text = printed(a_run(MET, MISSED, UNPROMISED))
    assert "NO" in text
    assert "1 of 2 targets are missed: F2 race [cold]: 12.3 ms, target <= 8." in text
    assert "900.4 ms" in text


def test_a_run_that_reaches_everything_says_so() -> None:
    assert verdict(a_run(MET, UNPROMISED)) == "All 1 targets are met."


def test_nothing_measured_is_not_reported_as_success() -> None:
    assert "met" not in verdict(a_run(failures={"F1": "RuntimeError: no"}))
    assert "F1 could not be measured: RuntimeError: no" in printed(a_run(failures={"F1": "RuntimeError: no"}))


def test_the_table_for_the_documentation_says_the_same_with_date_and_machine() -> None:
    text = markdown(a_run(MET, MISSED))
    assert "Made on 2026-11-24, 2 cores, Linux 6.1" in text
    assert "| F2 | race [cold] | 12.3 ms | <= 8 | NO | 900.4 ms |" in text
    assert text.endswith("1 of 2 targets are missed: F2 race [cold]: 12.3 ms, target <= 8.\n")


def test_json_holds_the_machine_every_reading_and_the_misses() -> None:
    written = json.loads(json.dumps(a_run(MET, MISSED).as_dict()))
    assert written["machine"]["cores"] == 2
    assert [each["is_met"] for each in written["readings"]] == [True, False]
    assert written["missed"] == ["F2: race [cold]"]

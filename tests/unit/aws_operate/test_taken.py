"""When a Region counts as having taken an order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, cast

import pytest

from origin_router.aws.journal_reader import EnvironmentView, RegionView
from origin_router.aws.log_events import LogEvent, read_event
from origin_router.aws.log_reader import LogReader, Source
from origin_router.aws.taken import PATIENCE_S, Progress, progress, taken_by, wait_until_taken
from origin_router.routing.config import ControlConfig
from tests.support.routers import CONFIG, line

EXPECTED_MS = 10_000


@pytest.mark.parametrize(
    ("environments", "expected"),
    [
        ([(7, 11_000)], Progress.TAKEN),
        ([(8, 9_000)], Progress.TAKEN),  # somebody ordered something else meanwhile
        ([(7, 11_000), (6, 11_000)], Progress.PENDING),
        ([(7, 11_000), (None, 11_000)], Progress.PENDING),
        ([(7, 11_000), (6, 9_000)], Progress.TAKEN),  # the second one has served nothing since
        ([(6, 9_000)], Progress.SILENT),
        ([(None, 9_000)], Progress.SILENT),
        ([(6, 10_000)], Progress.PENDING),
    ],
)
def test_progress_of_a_region(environments: list[tuple[int | None, int]], expected: Progress) -> None:
    """(version, last line at) of its environments; who wrote after 10 s has had the time to read the document."""
    view = RegionView()
    for number, (version, at_ms) in enumerate(environments):
        view.environments[str(number)] = EnvironmentView(control_version=version, last_at_ms=at_ms)

    assert expected is progress(view, 7, EXPECTED_MS)


def test_an_order_is_complete_when_every_region_has_it() -> None:
    """A silent one is not pending, but it has not taken it either."""
    taken = RegionView(environments={"a": EnvironmentView(control_version=7)})
    silent = RegionView(environments={"a": EnvironmentView(control_version=6)})

    assert taken_by({"eu-west-1": taken}, 7, EXPECTED_MS).is_complete
    assert not taken_by({"eu-west-1": taken, "us-east-1": silent}, 7, EXPECTED_MS).is_complete
    assert [] == taken_by({"us-east-1": silent}, 7, EXPECTED_MS).pending
    assert taken_by({}, 7, EXPECTED_MS).is_complete


class ScriptedLogs:
    """Lines that appear as time goes by."""

    def __init__(self, *lines: tuple[int, str]) -> None:
        self.now = 1_000.0
        self.looks = 0
        self._lines = lines

    def find(self) -> list[Source]:
        return [Source("eu-west-1", "g")]

    def read(self, sources: Iterable[Source], since_ms: int, until_ms: int, pattern: str) -> Iterator[LogEvent]:
        self.looks += 1
        for at_ms, text in self._lines:
            if since_ms <= at_ms <= until_ms:
                raw: dict[str, Any] = {"timestamp": at_ms, "logStreamName": "s", "message": text}
                yield read_event("eu-west-1", "g", raw)

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def wait(self, version: int) -> dict[str, Progress]:
        config = replace(CONFIG, control=ControlConfig(bucket="b", refresh_s=10))
        reader = cast(LogReader, self)
        return wait_until_taken(reader, config, version, wall=lambda: self.now, sleep=self.sleep).regions


def control(at_s: float, version: int) -> tuple[int, str]:
    """Return the line about a version."""
    return int(at_s * 1000), line(int(at_s * 1000), "control", version=version)


def test_waiting_ends_as_soon_as_the_last_region_has_it() -> None:
    """Not later."""
    logs = ScriptedLogs(control(950, 6), control(1_008, 7))

    assert {"eu-west-1": Progress.TAKEN} == logs.wait(7)
    assert logs.now <= 1_011


def test_waiting_ends_when_patience_does() -> None:
    """An environment that keeps its old version is told by name."""
    logs = ScriptedLogs(control(950, 6), control(1_030, 6))

    assert {"eu-west-1": Progress.PENDING} == logs.wait(7)
    assert 1_000 + PATIENCE_S <= logs.now <= 1_000 + PATIENCE_S + 20


def test_without_traffic_there_is_nothing_to_wait_for() -> None:
    """The first look says so."""
    logs = ScriptedLogs(control(100, 6))

    assert {} == logs.wait(7)
    assert 1 == logs.looks

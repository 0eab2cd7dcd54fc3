"""Which Regions have taken a version of the control document."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import NamedTuple

from origin_router.aws.journal_reader import INTERESTING, RegionView, read_journal
from origin_router.aws.log_reader import LogReader
from origin_router.routing.config import RouterConfig

SUMMARIES = 2
"""A Region has traffic if it has written within so many intervals of its summaries: one may be late."""

LOOK_BACK_WITHOUT_SUMMARIES_S = 900.0
"""Where there are no summaries, only news are written: longer pauses say nothing."""

POLL_S = 3.0
"""Between two looks at the logs."""

PATIENCE_S = 120.0
"""Beyond `refresh_s`. An environment reads the document that often; logs arrive within seconds, at times a minute."""


class Progress(StrEnum):
    """How far an order has come in one Region."""

    TAKEN = "taken"
    PENDING = "pending"
    """An environment has served requests since, with an older version."""
    SILENT = "silent"
    """Nothing was heard since. The next request there takes it."""


class Taken(NamedTuple):
    """How far an order has come."""

    regions: dict[str, Progress]
    """Regions with traffic."""

    @property
    def is_complete(self) -> bool:
        """Whether every Region with traffic has it."""
        return all(each is Progress.TAKEN for each in self.regions.values())

    @property
    def pending(self) -> list[str]:
        """Return the Regions that should have taken it and have not."""
        return [region for region, each in self.regions.items() if each is Progress.PENDING]


def progress(view: RegionView, version: int, expected_from_ms: int) -> Progress:
    """Say how far one Region is. Who writes from `expected_from_ms` on has had the time to read the document."""
    environments = view.environments.values()
    has_it = [each for each in environments if (each.control_version or 0) >= version]
    late = [each for each in environments if each.last_at_ms >= expected_from_ms and each not in has_it]
    if late:
        return Progress.PENDING
    return Progress.TAKEN if has_it else Progress.SILENT


def taken_by(views: Mapping[str, RegionView], version: int, expected_from_ms: int) -> Taken:
    """Return how far every Region is."""
    return Taken({region: progress(view, version, expected_from_ms) for region, view in sorted(views.items())})


def wait_until_taken(
    reader: LogReader,
    config: RouterConfig,
    version: int,
    *,
    wall: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> Taken:
    """Look at the logs until every Region with traffic has a version that was written just now, or patience ends."""
    started_at = wall()
    summary_s = config.journal.summary_s
    since_s = started_at - (SUMMARIES * summary_s if summary_s else LOOK_BACK_WITHOUT_SUMMARIES_S)
    expected_from_ms = int((started_at + config.control.refresh_s) * 1000)
    while True:
        now = wall()
        events = reader.read(reader.find(), int(since_s * 1000), int(now * 1000), INTERESTING)
        taken = taken_by(read_journal(events), version, expected_from_ms)
        if taken.is_complete or now - started_at >= PATIENCE_S + config.control.refresh_s:
            return taken
        sleep(POLL_S)

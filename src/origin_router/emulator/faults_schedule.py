"""Faults by a schedule: a TOML file that says when each begins and ends.

[[faults]]
at_s = 10           # after the edges serve
for_s = 30          # left out: until it is cleared
kind = "blackhole"
origin = "eu"
"""

from __future__ import annotations

import asyncio
import logging
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from origin_router.config import ConfigError, ConfigProblem
from origin_router.config.problems import show
from origin_router.emulator.faults import LONGEST_S, FaultError, read_fault
from origin_router.emulator.faults_board import FaultBoard


class Scheduled(NamedTuple):
    """A fault to come."""

    at_s: float
    fault: dict[str, Any]
    """As `FaultBoard.add` takes it."""


def read_schedule(path: Path, edges: Sequence[str], origins: Sequence[str]) -> tuple[Scheduled, ...]:
    """Read the file. Raises ConfigError with every mistake."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise _refused(path, [ConfigProblem("", f"cannot be read: {error.strerror}")], is_read=False) from None
    except ValueError as error:  # UnicodeDecodeError and TOMLDecodeError are ValueErrors
        raise _refused(path, [ConfigProblem("", f"is not valid TOML: {error}")]) from None
    problems = [
        ConfigProblem(key, "is not a key of this file; it has [[faults]]") for key in document if key != "faults"
    ]
    entries = document.get("faults")
    if not isinstance(entries, list) or not all(isinstance(each, dict) for each in entries):
        raise _refused(path, [*problems, ConfigProblem("faults", "is missing; write [[faults]] for each fault")])
    found = []
    for number, entry in enumerate(entries):
        try:
            found.append(_scheduled(entry, edges, origins))
        except FaultError as error:
            key, _, message = str(error).partition(": ")
            problems.append(ConfigProblem(f"faults[{number}].{key}", message))
    if problems:
        raise _refused(path, problems)
    return tuple(found)


class Play:
    """A schedule that runs."""

    def __init__(self, task: asyncio.Task[None]) -> None:
        self._task = task

    async def stop(self) -> None:
        """Let nothing begin any more."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


def play_schedule(schedule: Iterable[Scheduled], board: FaultBoard) -> Play:
    """Let the faults begin in their time, counted from now."""
    return Play(asyncio.create_task(_play(sorted(schedule, key=lambda each: each.at_s), board)))


async def _play(schedule: Sequence[Scheduled], board: FaultBoard) -> None:
    loop = asyncio.get_running_loop()
    began_at = loop.time()
    for at_s, fault in schedule:
        await asyncio.sleep(max(0.0, began_at + at_s - loop.time()))
        try:
            await board.add(fault)
        except FaultError as error:
            logging.getLogger("origin_router.local_edge").warning("the fault at %g s does not begin: %s", at_s, error)


def _scheduled(entry: dict[str, Any], edges: Sequence[str], origins: Sequence[str]) -> Scheduled:
    at_s = entry.get("at_s", 0)
    if isinstance(at_s, bool) or not isinstance(at_s, int | float) or not 0 <= at_s <= LONGEST_S:
        raise FaultError(f"at_s: {show(at_s)} is not a number of seconds from 0 to {LONGEST_S:g}")
    if "until" in entry:
        raise FaultError("until: a schedule counts from its beginning; write for_s")
    read_fault(entry, edges, origins, 0.0, extra=["at_s"])
    return Scheduled(float(at_s), {key: value for key, value in entry.items() if key != "at_s"})


def _refused(path: Path, problems: list[ConfigProblem], *, is_read: bool = True) -> ConfigError:
    return ConfigError(str(path), problems, is_read=is_read)

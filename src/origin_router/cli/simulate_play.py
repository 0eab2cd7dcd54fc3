"""Plays what `origin-router simulate` was asked for, and says on standard error how far it is."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, NamedTuple, TextIO

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from origin_router.simulator.jobs import Play
    from origin_router.simulator.run import Played

FIRST_LINE_S, LINE_EVERY_S = 5.0, 30.0
"""Where standard error is a file or a pipe: a line after so long, and then each time."""

Progress = Callable[[int, int], None]
"""Called with jobs done and jobs in all, with each that ends."""


class End(NamedTuple):
    """What a run came to."""

    played: list[Played]
    """What is complete, in the order in which it was asked for."""
    why: str = ""
    """What stopped it early; empty: nothing did."""


def play(plays: Sequence[Play], open_executor: AbstractContextManager[Executor | None]) -> End:
    """Play all, or until Ctrl-C."""
    from concurrent.futures import BrokenExecutor

    from origin_router.simulator.run import play_all

    complete: dict[tuple[str, str, int], Played] = {}
    why = ""
    with shown(sys.stderr) as progress:
        try:
            with open_executor as executor:
                for each in play_all(plays, executor, progress=progress):
                    complete[each.scenario.name, each.policy, each.seed] = each
        except KeyboardInterrupt:
            why = "interrupted"
        except BrokenExecutor:  # such as one that the system ended for want of memory
            why = "stopped, because a worker process ended"
    keys = [(each.scenario.name, each.policy, each.seed) for each in plays]
    return End([complete[key] for key in keys if key in complete], why)


@contextmanager
def shown(stderr: TextIO) -> Iterator[Progress]:
    """Offer what shows progress: a bar on a terminal, lines elsewhere."""
    if not stderr.isatty():
        yield Lines(stderr).show
        return
    from rich.console import Console
    from rich.progress import Progress as Bar
    from rich.progress import TimeElapsedColumn

    with Bar(*Bar.get_default_columns(), TimeElapsedColumn(), console=Console(file=stderr)) as bar:
        task = bar.add_task("playing", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


class Lines:
    """Progress as lines of text, few of them. A short run writes none."""

    def __init__(self, out: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` is in seconds."""
        self._out = out
        self._clock = clock
        self._began_at = clock()
        self._due_at = self._began_at + FIRST_LINE_S

    def show(self, done: int, total: int) -> None:
        """Write a line if it is time for one."""
        now = self._clock()
        if now < self._due_at or done == total:
            return
        self._due_at = now + LINE_EVERY_S
        took_s = now - self._began_at
        left_s = took_s / done * (total - done)
        print(
            f"simulate: {done / total:.0%} played after {_duration(took_s)}, about {_duration(left_s)} to go",
            file=self._out,
            flush=True,
        )


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"

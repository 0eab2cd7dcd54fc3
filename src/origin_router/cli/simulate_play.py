"""Plays with a progress bar: what `origin-router simulate` and the scripts of the documentation wait for."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from concurrent.futures import BrokenExecutor, Executor
from contextlib import AbstractContextManager

from rich.console import Console
from rich.progress import Progress, TimeElapsedColumn

from origin_router.simulator.jobs import Play
from origin_router.simulator.run import Played, play_all


def play_in_order(plays: Sequence[Play], open_executor: AbstractContextManager[Executor | None]) -> list[Played]:
    """Play all, or until Ctrl-C; return what is complete, in the order of `plays`."""
    complete: dict[tuple[str, str, int], Played] = {}
    columns = (*Progress.get_default_columns(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("playing", total=None)
        try:
            with open_executor as executor:
                for each in play_all(
                    plays, executor, progress=lambda done, total: progress.update(task, completed=done, total=total)
                ):
                    complete[each.scenario.name, each.policy, each.seed] = each
        except (KeyboardInterrupt, BrokenExecutor):  # a worker may die of the same Ctrl-C
            progress.stop()
    keys = [(each.scenario.name, each.policy, each.seed) for each in plays]
    return [complete[key] for key in keys if key in complete]

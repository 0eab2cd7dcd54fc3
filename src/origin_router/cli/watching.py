"""Progress in the terminal: which step it is, and for how long AWS has been busy with it."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from types import TracebackType

from rich.console import Console
from rich.status import Status
from rich.text import Text

from origin_router.aws.describe import title
from origin_router.aws.steps import Step
from origin_router.aws.waiting import duration

SIGN_OF_LIFE_S = 60.0
"""Where there is no terminal, a long wait leaves a line this often in the log of whatever runs us."""


def looking(console: Console, what: str = "Looking at what there is") -> AbstractContextManager[object]:
    """Show that something is being read, which takes some seconds over all Regions."""
    return console.status(what) if console.is_terminal else nullcontext()


class Watching:
    """Shows steps as they happen."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status = Status("", console=console) if console.is_terminal else None
        self._told_at_s = 0.0

    def __enter__(self) -> Watching:
        if self._status:
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._status:
            self._status.stop()

    def began(self, step: Step, number: int, count: int) -> None:
        """A step begins."""
        self._told_at_s = 0.0
        if self._status:
            self._status.update(Text(f"{number}/{count} {title(step)}"))

    def ended(self, step: Step) -> None:
        """It is done."""
        self._console.print(Text(f"done: {title(step)}"))

    def waiting(self, what: str, elapsed_s: float) -> None:
        """Something takes its time."""
        if self._status:
            self._status.update(Text(f"{what}, {duration(elapsed_s)}"))
        elif elapsed_s - self._told_at_s >= SIGN_OF_LIFE_S:
            self._told_at_s = elapsed_s
            self._console.print(Text(f"{what}, {duration(elapsed_s)}"))

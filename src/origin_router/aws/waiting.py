"""Waiting for AWS: with an end, with a sign of life, and with clock and sleep as arguments."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol, TypeVar

from origin_router.aws.errors import AGAIN, AwsError, Kind

T = TypeVar("T")


class Progress(Protocol):
    """Told what goes on, for whoever watches."""

    def waiting(self, what: str, elapsed_s: float) -> None:
        """Something is being waited for; said again and again until it is over."""


class Silent:
    """Tells nobody."""

    def waiting(self, what: str, elapsed_s: float) -> None:
        """Say nothing."""


class Patience:
    """How waiting is done."""

    def __init__(
        self,
        progress: Progress | None = None,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._progress = progress or Silent()
        self._sleep = sleep
        self._clock = clock

    def until(
        self, what: str, check: Callable[[], bool], *, every_s: float, limit_s: float, longest_s: float | None = None
    ) -> None:
        """Ask until it is so. `longest_s`: intervals grow up to this. Raises AwsError (BUSY) at the limit."""
        began_at = self._clock()
        interval_s = every_s
        while not check():
            elapsed_s = self._clock() - began_at
            if elapsed_s >= limit_s:
                raise AwsError(what, f"not done after {duration(elapsed_s)}", AGAIN, kind=Kind.BUSY)
            self._progress.waiting(what, elapsed_s)
            self._sleep(min(interval_s, max(limit_s - elapsed_s, 0.01)))
            interval_s = min(interval_s * 1.5, longest_s or every_s)

    def insist(
        self,
        what: str,
        attempt: Callable[[], T],
        is_passing: Callable[[AwsError], bool],
        *,
        every_s: float,
        limit_s: float,
    ) -> T:
        """Try again for as long as the failure is one that passes by itself."""
        began_at = self._clock()
        while True:
            try:
                return attempt()
            except AwsError as error:
                elapsed_s = self._clock() - began_at
                if elapsed_s >= limit_s or not is_passing(error):
                    raise
                self._progress.waiting(what, elapsed_s)
                self._sleep(every_s)


def duration(seconds: float) -> str:
    """Write a span of time."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest_s = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest_s} s"

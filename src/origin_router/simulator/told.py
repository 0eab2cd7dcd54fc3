"""What a real request tells the environment that sent it: when, and what.

CloudFront makes a second attempt for a GET that failed, and invokes the function for it. With
feedback, each response of an origin invokes it, too. Where no connection was made, or no answer
came in time, there is no response to hear of.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush
from typing import NamedTuple

from origin_router.routing.model import OriginRef, Outcome
from origin_router.simulator.viewer import Fate


class Word(NamedTuple):
    """One invocation besides that of the request."""

    at_s: float
    number: int
    """Of the same time, the one that was sent first comes first."""
    ref: OriginRef
    outcome: Outcome
    latency_s: float | None


class Told:
    """What is still to be heard, by its time."""

    __slots__ = ("_coming", "_count", "_has_feedback")

    def __init__(self, *, has_feedback: bool) -> None:
        self._has_feedback = has_feedback
        self._coming: list[Word] = []
        self._count = 0

    def __bool__(self) -> bool:
        return bool(self._coming)

    def sent(self, at_s: float, ref: OriginRef, backup: OriginRef | None, fate: Fate) -> int:
        """Take note of a request that left for an origin; return how many invocations follow it."""
        words = list(self._words(at_s, ref, backup, fate))
        for at, each, outcome, latency_s in words:
            heappush(self._coming, Word(at, self._count, each, outcome, latency_s))
            self._count += 1
        return len(words)

    def take(self, until_s: float, not_before_s: float) -> Word | None:
        """Return what is heard next, if that is by `until_s`; the environment is busy until `not_before_s`."""
        if not self._coming or max(self._coming[0].at_s, not_before_s) > until_s:
            return None
        return heappop(self._coming)

    def _words(
        self, at_s: float, ref: OriginRef, backup: OriginRef | None, fate: Fate
    ) -> Iterator[tuple[float, OriginRef, Outcome, float | None]]:
        if self._has_feedback and fate.is_first_answered:
            yield at_s + fate.first_s, ref, *_heard(at_s, fate.first_s, is_ok=fate.is_first_ok)
        if backup is not None and fate.second_s is not None:
            failed_s = at_s + fate.first_s
            yield failed_s, ref, Outcome.FAILED_OVER, None
            if self._has_feedback and fate.is_second_answered:
                yield failed_s + fate.second_s, backup, *_heard(failed_s, fate.second_s, is_ok=fate.is_ok)


def _heard(sent_s: float, took_s: float, *, is_ok: bool) -> tuple[Outcome, float | None]:
    """What a response says. The stamp of a request tells its time in whole milliseconds (see `edge/feedback.py`)."""
    return (Outcome.OK, took_s + sent_s * 1000 % 1 / 1000) if is_ok else (Outcome.BAD_STATUS, None)

"""Counts of successes and failures over a sliding span of time.

Buckets, so that memory does not depend on the rate of requests; forgetting happens by
looking, so that a frozen environment needs no timer.
"""

from __future__ import annotations

BUCKETS = 10
"""The window moves in tenths of its length."""


class Window:
    """Outcomes of the last `length_s` seconds."""

    __slots__ = ("_bucket_s", "_buckets")

    def __init__(self, length_s: float) -> None:
        self._bucket_s = length_s / BUCKETS
        self._buckets: dict[int, tuple[int, int]] = {}

    def add(self, is_failure: bool, now: float) -> None:
        """Count one outcome."""
        index = self._forget(now)
        successes, failures = self._buckets.get(index, (0, 0))
        self._buckets[index] = (successes, failures + 1) if is_failure else (successes + 1, failures)

    def counts(self, now: float) -> tuple[int, int]:
        """Return (all outcomes, failures) within the window."""
        self._forget(now)
        failures = sum(bucket[1] for bucket in self._buckets.values())
        return failures + sum(bucket[0] for bucket in self._buckets.values()), failures

    def clear(self) -> None:
        """Forget everything."""
        self._buckets.clear()

    def _forget(self, now: float) -> int:
        index = int(now / self._bucket_s)
        for old in [each for each in self._buckets if each <= index - BUCKETS]:
            del self._buckets[old]
        return index

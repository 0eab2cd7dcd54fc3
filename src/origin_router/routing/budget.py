"""An allowance that fills with time and is spent by the piece."""

from __future__ import annotations


class Budget:
    """A token bucket: `rate_per_s` refills it, up to `burst` pieces."""

    __slots__ = ("_at", "_burst", "_left", "_rate_per_s")

    def __init__(self, rate_per_s: float, burst: float) -> None:
        self._rate_per_s = rate_per_s
        self._burst = burst
        self._left = burst
        self._at = 0.0

    def left(self, now: float) -> int:
        """Return how many pieces may be spent now."""
        self._left = min(self._burst, self._left + max(0.0, now - self._at) * self._rate_per_s)
        self._at = now
        return int(self._left)

    def spend(self, pieces: int) -> None:
        """Take pieces out; the bucket does not go below empty."""
        self._left = max(0.0, self._left - pieces)

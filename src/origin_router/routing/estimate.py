"""How fast an origin is believed to be: a peak-sensitive moving average.

A sample above the estimate is believed at once, one below it pulls the estimate down
over `DECAY_S` of wall time. Getting slow is thus noticed with the first slow answer,
getting fast again is believed only when it lasts. Nothing ages by itself: an environment
may be frozen between two samples, so ageing is arithmetic on the samples' times.
"""

from __future__ import annotations

from math import exp

DECAY_S = 10.0
"""Time constant of the decay, as in Finagle's and linkerd2-proxy's peak EWMA balancers."""


class Estimate:
    """Latency estimate of one origin in seconds; `value_s` is None until something was measured."""

    __slots__ = ("measured_at", "value_s")

    def __init__(self) -> None:
        self.value_s: float | None = None
        self.measured_at: float | None = None

    def observe(self, latency_s: float, now: float) -> None:
        """Take in one measured latency."""
        if self.value_s is None or self.measured_at is None or latency_s >= self.value_s:
            self.value_s = latency_s
        else:
            kept = exp(-max(0.0, now - self.measured_at) / DECAY_S)
            self.value_s = latency_s + (self.value_s - latency_s) * kept
        self.measured_at = now

    def observe_at_least(self, bound_s: float, now: float) -> None:
        """Take in that an answer took longer than `bound_s`: it can only raise what was believed."""
        if self.value_s is not None and bound_s > self.value_s:
            self.observe(bound_s, now)

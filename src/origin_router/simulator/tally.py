"""What is counted while a policy plays a scenario. Tallies of Regions add up to that of the world."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, fields
from math import exp, log

RESOLUTION = 0.01
"""Buckets are this much apart, so quantiles are right to half of it."""

SMALLEST_S = 1e-5


def bucket_of(value_s: float) -> int:
    """Return the index of the bucket that a time belongs to."""
    return 1 + int(log(value_s / SMALLEST_S) / RESOLUTION) if value_s > SMALLEST_S else 0


class Histogram:
    """Weighted times in logarithmic buckets; bucket 0 holds zero."""

    __slots__ = ("buckets", "count", "total")

    def __init__(self) -> None:
        self.buckets: dict[int, float] = defaultdict(float)
        self.count = 0.0
        self.total = 0.0

    def add(self, value_s: float, weight: float = 1.0) -> None:
        """Take in a time."""
        self.add_to(bucket_of(value_s), value_s, weight)

    def add_to(self, index: int, value_s: float, weight: float) -> None:
        """Take in a time whose bucket is known."""
        self.buckets[index] += weight
        self.count += weight
        self.total += value_s * weight

    def merge(self, other: Histogram, weight: float = 1.0) -> None:
        """Take in another one, `weight` times."""
        for index, count in other.buckets.items():
            self.buckets[index] += weight * count
        self.count += weight * other.count
        self.total += weight * other.total

    @property
    def mean_s(self) -> float | None:
        """The exact mean, or None of nothing."""
        return self.total / self.count if self.count else None

    def quantile_s(self, share: float) -> float | None:
        """Return the time below which this share lies."""
        if not self.count:
            return None
        left = share * self.count
        for index in sorted(self.buckets):
            left -= self.buckets[index]
            if left <= 1e-9 * self.count:
                return SMALLEST_S * exp((index - 0.5) * RESOLUTION) if index else 0.0
        return None


@dataclass(slots=True)
class Tally:
    """Of one policy in one scenario. Times are of requests that succeeded under both, policy and oracle."""

    requests: float = 0.0
    gets: float = 0.0
    failed: float = 0.0
    failed_gets: float = 0.0
    oracle_failed_gets: float = 0.0
    """GETs that nobody could have saved."""
    regret_s: float = 0.0
    """Sum over requests of what the choice is expected to take beyond the oracle's."""
    time: Histogram = field(default_factory=Histogram)
    oracle: Histogram = field(default_factory=Histogram)
    added: Histogram = field(default_factory=Histogram)
    """What a request took beyond what it would have taken at the oracle's choice; never below zero."""
    leaving: Histogram = field(default_factory=Histogram)
    """From the failure of an origin until it was left, per environment (or Region) that used it."""
    returning: Histogram = field(default_factory=Histogram)
    """From the end of a failure until the origin was used again."""
    chooser_s: float = 0.0
    """How long choosers (environments, or Regions of central policies) existed."""
    switches: float = 0.0
    probes: float = 0.0
    invocations: float = 0.0
    billed_s: float = 0.0
    waits: float = 0.0
    """Requests that waited for a measurement, cold starts not counted."""
    cold_starts: float = 0.0
    extra_cold_starts: float = 0.0
    """Because an environment was measuring after its answer."""
    environment_s: float = 0.0
    health_checks_usd: float = 0.0
    series: dict[int, list[float]] = field(default_factory=dict)
    """Minute -> [requests, failed, time, oracle's time, requests timed]."""

    def minute(self, at_s: float) -> list[float]:
        """Return the row for a time."""
        return self.series.setdefault(int(at_s / 60), [0.0] * 5)

    def merge(self, other: Tally, weight: float = 1.0) -> None:
        """Add another one, `weight` times."""
        for each in fields(self):
            mine, others = getattr(self, each.name), getattr(other, each.name)
            if isinstance(mine, Histogram):
                mine.merge(others, weight)
            elif isinstance(mine, dict):
                for key, row in others.items():
                    mine[key] = [a + weight * b for a, b in zip(mine.get(key, [0.0] * 5), row, strict=True)]
            else:
                setattr(self, each.name, mine + weight * others)

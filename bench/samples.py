"""Samples and what is said about them. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise


def percentile(samples: Sequence[float], pct: float) -> float:
    """Return a percentile by linear interpolation between the two nearest samples."""
    if not samples:
        raise ValueError("no samples")
    ordered = sorted(samples)
    rank = (len(ordered) - 1) * pct / 100
    low = math.floor(rank)
    high = math.ceil(rank)
    return ordered[low] + (ordered[high] - ordered[low]) * (rank - low)


def median(samples: Sequence[float]) -> float:
    """Return the middle of the samples."""
    return percentile(samples, 50)


@dataclass(frozen=True, slots=True)
class Summary:
    """A series of samples as it is reported."""

    n: int
    minimum: float
    p10: float
    p50: float
    p90: float
    p99: float
    maximum: float

    def as_dict(self) -> dict[str, float]:
        """For JSON, to a nanosecond where the unit is milliseconds."""
        return {name: round(value, 6) for name, value in asdict(self).items()}


def summarise(samples: Sequence[float]) -> Summary:
    """Summarise a series of at least one sample."""
    p10, p50, p90, p99 = (percentile(samples, pct) for pct in (10, 50, 90, 99))
    return Summary(len(samples), min(samples), p10, p50, p90, p99, max(samples))


def differences(these: Sequence[float], those: Sequence[float]) -> list[float]:
    """Return this minus that, pair by pair: samples that were taken one beside the other."""
    return [this - that for this, that in zip(these, those, strict=True)]


def smallest_gap(times: Sequence[float]) -> float:
    """Return the shortest time between two neighbours; infinite where there are none."""
    return min((later - earlier for earlier, later in pairwise(sorted(times))), default=math.inf)

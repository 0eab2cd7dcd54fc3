"""Random numbers: one independent, repeatable stream per purpose."""

from __future__ import annotations

from math import exp, sqrt
from random import Random

KNUTH_LIMIT = 30.0
"""Above this mean a rounded normal stands for the Poisson distribution: its error is below 1 %."""


def stream(seed: int, *purpose: object) -> Random:
    """Return the stream for a purpose: the same on every machine, whatever other streams have drawn."""
    return Random(f"{seed}/" + "/".join(str(each) for each in purpose))


def poisson(rng: Random, mean: float) -> int:
    """Draw a number of arrivals."""
    if mean <= 0:
        return 0
    if mean > KNUTH_LIMIT:
        return max(0, round(rng.gauss(mean, sqrt(mean))))
    limit, count, product = exp(-mean), 0, rng.random()
    while product > limit:
        count += 1
        product *= rng.random()
    return count

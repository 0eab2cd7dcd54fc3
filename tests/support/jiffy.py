"""The resolution of the kernel's stamps on this machine."""

from __future__ import annotations

from functools import cache

from bench.machine import measure_jiffy_ms


@cache
def jiffy_s() -> float:
    """The smallest step in which the age of a stamp grows; measured once."""
    return measure_jiffy_ms() / 1000

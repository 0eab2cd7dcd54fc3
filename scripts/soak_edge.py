"""Soak: many requests with faults on every side, and then nothing may be left over.

    PYTHONPATH=. python scripts/soak_edge.py [--requests 100000] [--minutes 20] [--seed 1]

Origins refuse, swallow connects, lose their address, reset, stall, drip, send garbage, errors, huge
and broken bodies; the function raises, crashes, hangs and returns nonsense; viewers leave early,
read slowly, send half a request, long bodies and long URLs. It ends with 1 if a request was
answered with what the local edge may not answer, if file descriptors, processes or threads are
left, or if memory still grew in the second half.
"""

# ruff: noqa: T201 - a tool that prints

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import logging
import sys
import tempfile
import time
from pathlib import Path

from tests.support.leftovers import look, memory_mb
from tests.support.soak import Tally, soak

GROWTH_LIMIT_MB = 30
"""In the second half the cache is full, so what grows then would grow for ever."""


def main() -> None:
    """Soak, compare, report."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    logging.getLogger("aiohttp.server").disabled = True  # the origins': what happens to them is meant to
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="edge-soak-") as name:
        asyncio.run(soak(Path(name) / "warm", 200, 60, 0))  # what is loaded once is loaded now
        before, before_mb = look(), memory_mb()
        tally = asyncio.run(soak(Path(name) / "soak", arguments.requests, arguments.minutes * 60, arguments.seed))
    gc.collect()
    after = look()
    print(
        json.dumps(
            {
                "sent": tally.sent,
                "statuses": dict(sorted(tally.statuses.items())),
                "left_early": tally.left_early,
                "cut": tally.cut,
                "rude_viewers": dict(tally.rude),
                "faults": dict(tally.faults),
                "seconds": round(time.monotonic() - began, 1),
                **{name: [getattr(before, name), getattr(after, name)] for name in before._fields},
                "memory_mb": [round(before_mb, 1), *tally.memory_mb, round(memory_mb(), 1)],
                "peak_grown_in_second_half_mb": grown_mb(tally),
                "wrong": tally.wrong[:10],
            }
        )
    )
    sys.exit(bool(tally.wrong or after.beyond(before)) or grown_mb(tally) > GROWTH_LIMIT_MB)


def grown_mb(tally: Tally) -> float:
    """Most resident memory of the second half, beyond the most of the first."""
    half = len(tally.memory_mb) // 2
    return round(max(tally.memory_mb[half:]) - max(tally.memory_mb[:half]), 1)


if __name__ == "__main__":
    main()

"""F6: response times measured across a freeze, held against what the origin itself saw.

Each environment is invoked and then left frozen for a while, over and over. The function's
journal says what it measured and when; the origin, which is never frozen, recorded the very
same exchanges on the same clock.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack, closing
from typing import Any

from bench.events import encoded
from bench.figure import Reading, Target
from bench.judging import Judgement, judge
from bench.lab import Lab, RunningOrigin, config_of
from bench.machine import measure_jiffy_ms
from bench.matching import Cycle, Measured, match
from bench.samples import median, percentile, summarise
from bench.sandbox import SETTINGS, Sandbox, Setting, start_all
from bench.scheduler import ProcessorWait
from origin_router.emulator.surroundings import Freeze

THINK_S = (0.0, 0.004, 0.020, 0.060, 0.150)
"""Of the five origins: from answers that are there before the freeze to some that come late in it."""

JITTER_S = 0.012
"""Makes every exchange another, so that no value is right by luck."""

REFRESH_S = 0.05
"""Every request finds everything due."""

NO_LOSERS_MS = 10_000
"""`band_ms` under which no origin counts as too slow to be measured each time."""

FREEZES_S = (0.06, 0.7)
"""Shortest and longest."""

BEYOND_JIFFY_MS = 2.0
"""How far a latency measured across a freeze may be off beyond the kernel's resolution."""

AFTER_ANSWER_MS = 2.0
"""How far one measured after the answer may be off."""

PLAY_S = (36.0, 8.0)
"""Full and quick."""


async def measure(lab: Lab) -> list[Reading]:
    """Return the readings of F6."""
    farms = [[lab.start_origin(think_s=each, jitter_s=JITTER_S) for each in THINK_S] for _ in SETTINGS]
    tolerance_ms = measure_jiffy_ms() + BEYOND_JIFFY_MS
    async with AsyncExitStack() as stack:
        sandboxes = [
            Sandbox(
                lab,
                lab.unzip(config_of(origins, refresh_s=REFRESH_S, band_ms=NO_LOSERS_MS)),
                origins,
                setting,
                log_level="DEBUG",
            )
            for setting, origins in zip(SETTINGS, farms, strict=True)
        ]
        await start_all(stack, sandboxes)
        play_s = PLAY_S[lab.is_quick]
        played = await asyncio.gather(*(_play(sandbox, play_s, number) for number, sandbox in enumerate(sandboxes)))
        readings = []
        for sandbox, origins, cycles in zip(sandboxes, farms, played, strict=True):
            measurements = _measurements(lab, sandbox.journal("probe"), origins, cycles)
            readings += _readings(sandbox.setting, judge(measurements, tolerance_ms), tolerance_ms)
        return readings


async def _play(sandbox: Sandbox, play_s: float, seed: int) -> list[Cycle]:
    """Invoke, freeze for a random time, and again."""
    chance = random.Random(seed)
    event = encoded()
    cycles = []
    with closing(ProcessorWait(sandbox.pid, os.getpid(), of_all_threads=True)) as wait:
        until = time.monotonic() + play_s
        while time.monotonic() < until:
            began_at, before_ms = time.monotonic(), wait.so_far_ms()
            await sandbox.invoke(event)
            await sandbox.until_free()
            cycles.append(Cycle(began_at, time.monotonic(), wait.so_far_ms() - before_ms))
            await asyncio.sleep(chance.uniform(*FREEZES_S))
    return cycles


def _measurements(
    lab: Lab, probes: list[dict[str, Any]], origins: Sequence[RunningOrigin], cycles: Sequence[Cycle]
) -> list[Measured]:
    clocks_apart_s = time.time() - time.monotonic()
    matched = []
    for origin in origins:
        lines = [each for each in probes if each["origin"] == f"origin-{origin.number}"]
        matched += match(lines, lab.look_at(origin).exchanges, cycles, clocks_apart_s)
    return matched


def _readings(setting: Setting, judged: Judgement, tolerance_ms: float) -> list[Reading]:
    readings = [_wrong(setting, judged, tolerance_ms)]
    if setting.freeze is Freeze.PROCESS:
        readings.append(_off(setting, "across a freeze", judged.frozen, judged.frozen_disturbed, tolerance_ms))
    if setting.extensions and judged.awake:
        readings.append(_off(setting, "after the answer", judged.awake, judged.awake_disturbed, AFTER_ANSWER_MS))
    return readings


def _wrong(setting: Setting, judged: Judgement, tolerance_ms: float) -> Reading:
    reasons = ", ".join(f"{why} {count}" for why, count in judged.withheld.most_common())
    return Reading(
        figure="F6",
        what=f"{setting}: wrong values among those believed across a freeze",
        value=judged.wrong,
        unit="values",
        target=Target(0),
        note=f"{judged.believed} believed, wrong if off by more than {tolerance_ms:g} ms; withheld: {reasons or 0}",
    )


def _off(setting: Setting, when: str, errors_ms: list[float], disturbed: int, limit_ms: float) -> Reading:
    if not errors_ms:
        raise RuntimeError(f"{setting}: no latency was measured {when}")
    off_ms = [abs(each) for each in errors_ms]
    return Reading(
        figure="F6",
        what=f"{setting}: error {when}, p99",
        value=percentile(off_ms, 99),
        unit="ms",
        target=Target(limit_ms),
        series={"error": summarise(errors_ms)},
        note=f"median {median(off_ms):.2f} ms, largest {max(off_ms):.2f} ms; {disturbed} disturbed, not judged",
    )

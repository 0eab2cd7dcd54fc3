"""F3: what a request pays for renewing the measurements of eight origins.

Four environments, one per combination of freeze and extensions, and one with the seed's
recipe go through the same cycle of requests side by side (see `timetable`).
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from contextlib import AsyncExitStack
from itertools import chain

from bench.events import encoded
from bench.figure import Reading, Target
from bench.functions import SEED_HANDLER, unzip_seed
from bench.lab import Lab, RunningOrigin, config_of
from bench.samples import differences, median, percentile, summarise
from bench.sandbox import SETTINGS, Sandbox, Setting, Timing, start_all
from bench.timetable import REFRESH_S, SLOWEST_S, Kind, timetable
from origin_router.emulator.surroundings import Freeze
from origin_router.routing.config import ProbeConfig

ORIGINS = 8

FASTEST_S = 0.030

WAITED_MS = 20.0
"""A request that takes so long of its own has waited for an origin: a plain one takes 1 ms, an origin 30 ms."""

WARM_UP_CYCLES = 8
"""In which an environment finds out which moment works."""

LAST_RESORT = Setting(Freeze.VM, extensions=False)
"""The one combination in which requests may wait, and then `wait_share_pct` of them."""

REFRESHING = (Kind.LAUNCH, Kind.COLLECT, Kind.REST)

Taken = dict[Kind, list[Timing]]


async def measure(lab: Lab) -> list[Reading]:
    """Return the readings of F3."""
    step_s = (SLOWEST_S - FASTEST_S) / (ORIGINS - 1)
    farms = [[lab.start_origin(think_s=FASTEST_S + step_s * each) for each in range(ORIGINS)] for _ in range(5)]
    cycles = WARM_UP_CYCLES + lab.scaled(110, 20)
    async with AsyncExitStack() as stack:
        ours = [_sandbox(lab, setting, origins) for setting, origins in zip(SETTINGS, farms, strict=False)]
        sandboxes = [*ours, _seed(lab, farms[-1])]
        await start_all(stack, sandboxes)
        taken = await _play(sandboxes, cycles)
        readings = []
        for sandbox, each, origins in zip(ours, taken, farms, strict=False):
            probes = sum(len(lab.look_at(origin).exchanges) for origin in origins) / cycles
            readings += _readings(sandbox, each, taken[-1], probes)
        last = SETTINGS.index(LAST_RESORT)
        readings.append(await _share_of_waits(ours[last], taken[last], lab.scaled(3000, 1000)))
        return readings


def _sandbox(lab: Lab, setting: Setting, origins: Sequence[RunningOrigin]) -> Sandbox:
    return Sandbox(lab, lab.unzip(config_of(origins, refresh_s=REFRESH_S)), origins, setting)


def _seed(lab: Lab, origins: Sequence[RunningOrigin]) -> Sandbox:
    task_root = unzip_seed(lab, origins, refresh_s=REFRESH_S)
    return Sandbox(lab, task_root, origins, Setting(Freeze.PROCESS, extensions=False), handler=SEED_HANDLER)


async def _play(sandboxes: Sequence[Sandbox], cycles: int) -> list[Taken]:
    """Send every request at its time; return what they took, without the cycles to warm up."""
    taken: list[Taken] = [defaultdict(list) for _ in sandboxes]
    event = encoded()
    loop = asyncio.get_running_loop()
    began_at = loop.time()
    for turn in timetable(len(sandboxes), cycles):
        await asyncio.sleep(began_at + turn.at_s - loop.time())
        timing = await sandboxes[turn.environment].invoke(event)
        if turn.cycle >= WARM_UP_CYCLES:
            taken[turn.environment][turn.kind].append(timing)
    return taken


def _readings(sandbox: Sandbox, taken: Taken, seed: Taken, probes_per_cycle: float) -> list[Reading]:
    setting, moment = sandbox.setting, _moment(sandbox)
    ours_ms, seed_ms = _own_ms(taken), _own_ms(seed)
    dearest = max(REFRESHING, key=lambda kind: percentile(ours_ms[kind], 99))
    extra = differences(ours_ms[dearest], ours_ms[Kind.PLAIN])
    series = {str(kind): summarise(samples) for kind, samples in ours_ms.items()} | {
        f"{kind}, raw": summarise([each.raw_ms for each in timings]) for kind, timings in taken.items()
    }
    return [
        Reading(
            figure="F3",
            what=f"{setting}: refreshing {ORIGINS} origins beyond a plain request, p99",
            value=_p99_beyond_plain(ours_ms, dearest),
            unit="ms",
            target=Target(1.0),
            seed=_p99_beyond_plain(seed_ms, Kind.LAUNCH),
            series=series | {f"{dearest} - plain, pair by pair": summarise(extra)},
            note=f"{moment}; dearest at the {dearest}: p50 {median(extra):+.2f} ms; plain ones between themselves: "
            f"p99 {_noise_ms(ours_ms[Kind.PLAIN]):.2f} ms; {probes_per_cycle:.1f} probes per cycle",
        ),
        Reading(
            figure="F3",
            what=f"{setting}: refreshing requests that waited",
            value=sum(_count_waits(ours_ms[kind]) for kind in REFRESHING),
            unit="requests",
            target=None if setting == LAST_RESORT else Target(0),
            seed=sum(_count_waits(seed_ms[kind]) for kind in REFRESHING),
            series=series,
        ),
    ]


def _own_ms(taken: Taken) -> dict[Kind, list[float]]:
    return {kind: [each.own_ms for each in timings] for kind, timings in taken.items()}


def _p99_beyond_plain(taken_ms: dict[Kind, list[float]], kind: Kind) -> float:
    return percentile(taken_ms[kind], 99) - percentile(taken_ms[Kind.PLAIN], 99)


def _noise_ms(plain_ms: Sequence[float]) -> float:
    """By how much the same request differs from itself: every other one against the rest."""
    return abs(percentile(plain_ms[::2], 99) - percentile(plain_ms[1::2], 99))


def _moment(sandbox: Sandbox) -> str:
    return f"measured {sandbox.journal('moment')[-1]['moment'].replace('_', ' ')}"


def _count_waits(samples_ms: Sequence[float]) -> int:
    return sum(each >= WAITED_MS for each in samples_ms)


async def _share_of_waits(sandbox: Sandbox, taken: Taken, more: int) -> Reading:
    """Where nothing else works: count who waited, in the cycles and in many more requests without a pause."""
    event = encoded()
    timings = [*chain.from_iterable(taken.values()), *[await sandbox.invoke(event) for _ in range(more)]]
    samples_ms = [each.own_ms for each in timings]
    return Reading(
        figure="F3",
        what=f"{sandbox.setting}: share of all requests that waited",
        value=_count_waits(samples_ms) * 100 / len(samples_ms),
        unit="%",
        target=Target(ProbeConfig().wait_share_pct),
        series={"all requests": summarise(samples_ms)},
        note=_moment(sandbox),
    )

"""F9: how many probes an environment sends to an origin.

Environments with two, four and eight origins, the last of which is a clear loser, and the
seed's recipe with the same origins get the same steady traffic, and then none. Counted is
what arrives at the origins.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from bench.events import encoded
from bench.figure import Reading, Target
from bench.functions import SEED_HANDLER, unzip_seed
from bench.lab import Lab, RunningOrigin, config_of
from bench.samples import smallest_gap
from bench.sandbox import Sandbox, Setting, start_all
from origin_router.emulator.surroundings import Freeze

POOL_SIZES = (2, 4, 8)

THINK_S = 0.010
"""Of every origin but the last."""

LOSER_THINK_S = 0.090

REFRESH_S = 1.0

PERIOD_S = 0.1
"""Of the traffic: often enough that a request is near when something falls due."""

TRAFFIC_S = (24.0, 7.0)
"""Full and quick."""

SILENCE_S = 3.0
"""Without traffic: three times as long as measurements live."""

SETTING = Setting(Freeze.PROCESS, extensions=True)


@dataclass(frozen=True, slots=True)
class Counted:
    """Probes of one environment."""

    per_refresh: list[float]
    """By origin: probes per `refresh_s`, from the first to the last one seen."""
    smallest_gap_s: float
    connections: int
    in_silence: int


async def measure(lab: Lab) -> list[Reading]:
    """Return the readings of F9."""
    pools = [(_origins(lab, size), _origins(lab, size)) for size in POOL_SIZES]
    async with AsyncExitStack() as stack:
        sandboxes = []
        for ours, seeds in pools:
            sandboxes.append(Sandbox(lab, lab.unzip(config_of(ours, refresh_s=REFRESH_S)), ours, SETTING))
            seed_root = unzip_seed(lab, seeds, refresh_s=REFRESH_S)
            sandboxes.append(Sandbox(lab, seed_root, seeds, SETTING, handler=SEED_HANDLER))
        await start_all(stack, sandboxes)
        until_at = time.monotonic() + TRAFFIC_S[lab.is_quick]
        await asyncio.gather(*(_drive(sandbox, until_at) for sandbox in sandboxes))
        ended_at = time.monotonic()
        await asyncio.sleep(SILENCE_S)
        readings = []
        for ours, seeds in pools:
            readings += _readings(_count(lab, ours, ended_at), _count(lab, seeds, ended_at))
        return readings


def _origins(lab: Lab, size: int) -> list[RunningOrigin]:
    return [lab.start_origin(think_s=THINK_S if each < size - 1 else LOSER_THINK_S) for each in range(size)]


async def _drive(sandbox: Sandbox, until_at: float) -> None:
    event = encoded()
    while time.monotonic() < until_at:
        due_at = time.monotonic() + PERIOD_S
        await sandbox.invoke(event)
        await sandbox.until_free()
        await asyncio.sleep(max(0.0, due_at - time.monotonic()))


def _count(lab: Lab, origins: Sequence[RunningOrigin], ended_at: float) -> Counted:
    seen = [lab.look_at(origin) for origin in origins]
    times = [[each.received_at for each in traffic.exchanges] for traffic in seen]
    return Counted(
        per_refresh=[(len(each) - 1) * REFRESH_S / (each[-1] - each[0]) for each in times],
        smallest_gap_s=min(smallest_gap(each) for each in times),
        connections=sum(traffic.connections for traffic in seen),
        in_silence=sum(at > ended_at for each in times for at in each),
    )


def _readings(ours: Counted, seed: Counted) -> list[Reading]:
    size = len(ours.per_refresh)
    return [
        Reading(
            figure="F9",
            what=f"{size} origins: probes per refresh_s of the origin that gets most",
            value=max(ours.per_refresh),
            unit="x",
            target=Target(1.0),
            seed=max(seed.per_refresh),
            note=f"shortest pause {ours.smallest_gap_s / REFRESH_S:.3f} refresh_s; connections opened: "
            f"{ours.connections}, by the recipe {seed.connections}",
        ),
        Reading(
            figure="F9",
            what=f"{size} origins: probes of a clear loser, as a share of that",
            value=ours.per_refresh[-1] / max(ours.per_refresh),
            unit="x",
            target=Target(1.0, is_strict=True),
            seed=seed.per_refresh[-1] / max(seed.per_refresh),
        ),
        Reading(
            figure="F9",
            what=f"{size} origins: probes without traffic",
            value=ours.in_silence,
            unit="probes",
            target=Target(0),
            seed=seed.in_silence,
            note=f"in {SILENCE_S / REFRESH_S:.0f} refresh_s",
        ),
    ]

"""F1: what a decision costs where nothing is due, and what a registered extension adds."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

from bench.child import event_file, run_worker
from bench.events import encoded
from bench.figure import Reading, Target
from bench.functions import MODULE, SEED_MODULE, unzip_seed
from bench.lab import Lab, RunningOrigin, config_of
from bench.samples import median, summarise
from bench.sandbox import Sandbox, Setting, Timing, start_all
from origin_router.emulator.surroundings import Freeze

ORIGINS = 4

NEVER_S = 3600.0
"""`refresh_s` under which nothing falls due during the benchmark."""

CALLS_PER_BATCH = 100

WARM_UP_INVOCATIONS = 60
"""Among them those that end what the race left open."""


async def measure(lab: Lab) -> list[Reading]:
    """Return the readings of F1."""
    return [_handler(lab), await _extension(lab)]


def _handler(lab: Lab) -> Reading:
    origins = [lab.start_origin(think_s=0.005 * (each + 1)) for each in range(ORIGINS)]
    ours = _batches(lab, MODULE, lab.unzip(config_of(origins, refresh_s=NEVER_S)), origins)
    seed = _batches(lab, SEED_MODULE, unzip_seed(lab, origins, refresh_s=NEVER_S), origins)
    return Reading(
        figure="F1",
        what=f"handler alone, against decoding and encoding its event of {len(encoded())} bytes",
        value=median(ours["handler"]) / median(ours["json"]),
        unit="x",
        target=Target(0.5),
        seed=median(seed["handler"]) / median(seed["json"]),
        series={name: summarise(samples) for name, samples in ours.items()},
        note=f"{median(ours['handler']) * 1000:.1f} µs against {median(ours['json']) * 1000:.1f} µs",
    )


def _batches(lab: Lab, module: str, task_root: Path, origins: list[RunningOrigin]) -> dict[str, list[float]]:
    arguments = (module, task_root, event_file(lab), lab.scaled(300, 100), CALLS_PER_BATCH)
    taken: dict[str, list[float]] = run_worker(lab, "warm_handler", *arguments, origins=origins)
    return taken


async def _extension(lab: Lab) -> Reading:
    """Two environments take turns; they differ in nothing but the extension."""
    origins = [lab.start_origin(think_s=0.005 * (each + 1)) for each in range(ORIGINS)]
    task_root = lab.unzip(config_of(origins, refresh_s=NEVER_S))
    event = encoded()
    on, off = (Sandbox(lab, task_root, origins, Setting(Freeze.PROCESS, each)) for each in (True, False))
    taken: dict[str, list[Timing]] = {"extension": [], "none": []}
    async with AsyncExitStack() as stack:
        await start_all(stack, [on, off])
        for _ in range(WARM_UP_INVOCATIONS):
            await on.invoke(event)
            await off.invoke(event)
        for _ in range(lab.scaled(1500, 300)):
            for name, sandbox, other in (("extension", on, off), ("none", off, on)):
                await other.until_free()
                taken[name].append(await sandbox.invoke(event))
    own = {name: [each.own_ms for each in timings] for name, timings in taken.items()}
    raw = {f"{name}, raw": summarise([each.raw_ms for each in timings]) for name, timings in taken.items()}
    return Reading(
        figure="F1",
        what="what a registered extension adds to an invocation",
        value=median(own["extension"]) - median(own["none"]),
        unit="ms",
        target=Target(0.3),
        series={name: summarise(samples) for name, samples in own.items()} | raw,
        note=f"{median(own['extension']):.2f} ms against {median(own['none']):.2f} ms",
    )

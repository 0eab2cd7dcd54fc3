"""F5: what the handler adds to the start of the runtime, and the size of the zip."""

from __future__ import annotations

import compileall
import time
from pathlib import Path
from typing import Any

from bench.child import run_worker
from bench.figure import Reading, Target
from bench.lab import Lab, RunningOrigin, config_of
from bench.samples import differences, median, summarise
from bench.sandbox import runtime_dir
from origin_router.bundle import build
from origin_router.routing.config import OriginConfig, PoolConfig, RouterConfig

KILOBYTE = 1024


async def measure(lab: Lab) -> list[Reading]:
    """Return the readings of F5."""
    config = _local(lab.start_origin(is_tls=False))
    roots = {"as unzipped": lab.unzip(config), "with bytecode": lab.unzip(config)}
    compileall.compile_dir(roots["with bytecode"], quiet=2)
    readings = []
    foreign: set[str] = set()
    for name, taken in _take_turns(lab, roots).items():
        foreign.update(*(each["foreign"] for each in taken["function"]))
        readings.append(_reading(name, taken))
    return [*readings, _size(config_of([lab.start_origin(is_tls=False) for _ in range(4)], refresh_s=10), foreign)]


def _local(origin: RunningOrigin) -> RouterConfig:
    """One origin without TLS and by its address: the race of the import takes next to nothing."""
    here = OriginConfig(id="here", host="127.0.0.1", port=origin.port, protocol="http")
    return RouterConfig(name="bench", pool="web", pools={"web": PoolConfig(origins=(here,))})


def _take_turns(lab: Lab, roots: dict[str, Path]) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Start a bare and a full process in turn; return, by root and kind, what they answered and how long they took."""
    taken: dict[str, dict[str, list[dict[str, Any]]]] = {name: {"bare": [], "function": []} for name in roots}
    for _ in range(lab.scaled(40, 12)):
        for name, root in roots.items():
            for kind, answers in taken[name].items():
                began = time.perf_counter()
                told = run_worker(lab, "import_cost", kind, runtime_dir(lab), root)
                took_ms = (time.perf_counter() - began) * 1000
                answers.append(told | {"process": took_ms - told["held_up"]})
    return taken


def _reading(name: str, taken: dict[str, list[dict[str, Any]]]) -> Reading:
    bare = [each["process"] for each in taken["bare"]]
    races = [each["race"] for each in taken["function"]]
    full = [each["process"] - each["race"] for each in taken["function"]]
    imports = [each["import"] for each in taken["function"]]
    return Reading(
        figure="F5",
        what=f"import of the handler, beyond the bare runtime, {name}",
        value=median(differences(full, bare)),
        unit="ms",
        target=Target(45.0) if name == "as unzipped" else None,
        series={"bare": summarise(bare), "full": summarise(full), "import alone": summarise(imports)},
        note=f"the import statement alone {median(imports):.1f} ms; its race of {median(races):.1f} ms is taken off",
    )


def _size(config: RouterConfig, foreign: set[str]) -> Reading:
    origin = "standard library only" if not foreign else f"not standard library: {', '.join(sorted(foreign))}"
    return Reading(
        figure="F5",
        what="the zip, with four origins",
        value=build(config).size / KILOBYTE,
        unit="KB",
        target=Target(64.0),
        note=origin,
    )

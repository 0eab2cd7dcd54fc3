"""F8: requests per second of the local edge, beside nginx that proxies to the same origin. Needs nginx and wrk.

Hits come from the cache of each; for misses every request has a query string of its own, so that
the warm function is asked for each. Both are asked in turn, in short slices, on the machine that
also runs the origin and wrk: the share says what emulation costs, the rates belong to the machine.
"""

from __future__ import annotations

import re
import subprocess
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from bench.edge import ServingEdge, configuration_of, local_edge
from bench.figure import Floor, Reading
from bench.lab import Lab
from bench.nginx import find_tool, nginx
from bench.samples import Summary, median, summarise

TOOLS = ("nginx", "wrk")

UNIQUE = """
local thread = 0
function setup(t) thread = thread + 1; t:set("number", thread) end
local count, began = 0, os.time()
request = function()
  count = count + 1
  return wrk.format(nil, "/?" .. began .. "-" .. number .. "-" .. count .. "-" .. math.random(1e9))
end
"""
"""wrk's script for misses: no two requests are equal."""

CONNECTIONS = 16
SLICE_S = 2
SLICES = (4, 2)
"""Full and quick."""

START_LIMIT_S = 20.0

_RATE = re.compile(r"Requests/sec:\s+([0-9.]+)")
_BAD = re.compile(r"Non-2xx or 3xx responses: (\d+)|Socket errors: (.*)")


class Kind(NamedTuple):
    """A kind of requests."""

    name: str
    path: str
    is_unique: bool
    floor: float


KINDS = (
    Kind("cache hits", "/kept", is_unique=False, floor=2_000),
    Kind("misses through a warm function", "/", is_unique=True, floor=500),
)


def missing_tools() -> list[str]:
    """What is not installed."""
    return [name for name in TOOLS if find_tool(name) is None]


async def measure(lab: Lab) -> list[Reading]:
    """Return the readings of F8."""
    if missing_tools():
        raise RuntimeError(f"{' and '.join(missing_tools())} must be installed")
    directory = lab.new_task_root()
    script = directory / "unique.lua"
    script.write_text(UNIQUE)
    with ExitStack() as stack:
        ports = stack.enter_context(nginx(directory))
        configuration = configuration_of([("one.example", ports.origin)])
        edge = stack.enter_context(local_edge(directory, configuration, "--environment-rate", "0"))
        urls = {"edge": edge.url, "nginx": f"http://127.0.0.1:{ports.proxy}"}
        for url in urls.values():
            _wait_for(f"{url}/kept")
        readings = []
        for kind in KINDS:
            readings += _readings(kind, _rates(urls, kind, script, SLICES[lab.is_quick]))
        edge.insert_relays()
        relayed = _rates(urls, KINDS[-1], script, SLICES[lab.is_quick])
        direct = readings[-2].value
        return [*readings, _relayed(relayed["edge"], direct), _memory(edge)]


def _rates(urls: dict[str, str], kind: Kind, script: Path, slices: int) -> dict[str, list[float]]:
    """Requests per second of each, slice by slice in turn, after one that warms."""
    rates: dict[str, list[float]] = {name: [] for name in urls}
    for number in range(slices + 1):
        for name, url in urls.items():
            rate = _wrk(url + kind.path, script if kind.is_unique else None)
            if number:
                rates[name].append(rate)
    return rates


def _wrk(url: str, script: Path | None) -> float:
    """Requests per second; every answer must be a good one."""
    command = [str(find_tool("wrk")), "-t1", f"-c{CONNECTIONS}", f"-d{SLICE_S}s"]
    out = subprocess.run(
        [*command, *(["-s", str(script)] if script else []), url], capture_output=True, text=True, check=True
    ).stdout
    if bad := _BAD.search(out):
        raise RuntimeError(f"{url}: {bad[0]}")
    rate = _RATE.search(out)
    if rate is None:
        raise RuntimeError(f"wrk said: {out}")
    return float(rate[1])


def _readings(kind: Kind, rates: dict[str, list[float]]) -> list[Reading]:
    edge, beside = median(rates["edge"]), median(rates["nginx"])
    series: dict[str, Summary] = {name: summarise(each) for name, each in rates.items()}
    return [
        Reading(
            figure="F8",
            what=f"local edge: {kind.name}",
            value=edge,
            unit="/s",
            target=Floor(kind.floor),
            series=series,
            note=f"{CONNECTIONS} connections; nginx beside it {beside:.0f} /s",
        ),
        Reading(figure="F8", what=f"the same as a share of nginx's {beside:.0f} /s", value=edge / beside, unit="x"),
    ]


def _relayed(rates: list[float], direct: float) -> Reading:
    return Reading(
        figure="F8",
        what="the same with relays in the links, as faults and round trips need them",
        value=median(rates),
        unit="/s",
        series={"relayed": summarise(rates)},
        note=f"{median(rates) / direct:.2f} of those without",
    )


def _memory(edge: ServingEdge) -> Reading:
    each = [_private_mb(pid) for pid in edge.environments()]
    return Reading(
        figure="F8",
        what="memory of an idle environment that it shares with nobody",
        value=sum(each) / len(each),
        unit="MB",
        series={"environments": summarise(each)},
    )


def _private_mb(pid: int) -> float:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Private")) / 1024


def _wait_for(url: str) -> None:
    """Until it answers."""
    until = time.monotonic() + START_LIMIT_S
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).read()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return

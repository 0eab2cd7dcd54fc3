"""Soak: many requests with faults on every side, and then nothing may be left over. Opt-in, bounded.

    PYTHONPATH=. python scripts/soak_edge.py [--requests 100000] [--minutes 20] [--seed 1]

Origins refuse, reset, stall, send garbage, errors, long and broken bodies; the function raises,
crashes and returns nonsense; viewers leave early, send long bodies and long URLs. It ends with 1
if a request was answered with what the local edge may not answer, or if file descriptors,
processes or temporary files are left, or if memory grew without bound.
"""

# ruff: noqa: T201 - a tool that prints

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import json
import os
import random
import sys
import tempfile
import time
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

import aiohttp
from aiohttp import web

from origin_router.emulator.distribution.model import WITHOUT_BODY, Behavior, Distribution, OriginGroup
from tests.support.edge_lab import PLACEHOLDER, Lab, RunningEdge

FUNCTION = """
import os, random
def handler(event, context):
    cf = event["Records"][0]["cf"]
    luck = random.random()
    if luck < 0.0005:
        os._exit(1)
    if luck < 0.005:
        raise ValueError("bad luck")
    if luck < 0.01:
        return {"nonsense": True}
    return cf["response"] if "response" in cf else cf["request"]
"""
KNOWN = {200, 206, 304, 400, 403, 404, 413, 414, 416, 501, 502, 503, 504}
"""What viewers may get. 500 would be a defect of the edge's own."""

GROWTH_LIMIT_MB = 150
"""The cache holds 64 MB; the rest is the allocator's."""

VIEWERS = 16


@dataclass
class Tally:
    """What happened."""

    sent: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    left_early: int = 0
    cut: int = 0
    """Connections that the edge closed midway, as it must when the origin does."""
    wrong: list[str] = field(default_factory=list)


class FaultyOrigin:
    """Answers, or fails in one of many ways."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        async for _ in request.content.iter_any():
            pass
        luck = self._chance.random()
        if luck < 0.02:
            return web.Response(status=self._chance.choice((501, 503, 404)))
        if luck < 0.03 and request.transport is not None:
            request.transport.abort()
        elif luck < 0.031:
            await asyncio.sleep(1.2)
        elif luck < 0.05:
            return await self._long(request, is_broken=luck < 0.035)
        elif luck < 0.052 and request.transport is not None:
            request.transport.write(b"\x00garbage\r\n\r\n")  # type: ignore[attr-defined]
        max_age = self._chance.choice((0, 0, 1, 60))
        return web.Response(body=b"x" * self._chance.randrange(2_000), headers={"Cache-Control": f"max-age={max_age}"})

    async def _long(self, request: web.BaseRequest, *, is_broken: bool) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(self._chance.randrange(1, 30)):
            await response.write(b"x" * 50_000)
        if is_broken and request.transport is not None:
            request.transport.abort()
        return response


async def view(edge: RunningEdge, tally: Tally, chance: random.Random, until: int, deadline: float) -> None:
    """One viewer after the other, until enough requests were sent."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=40)) as session:
        while tally.sent < until and time.monotonic() < deadline:
            tally.sent += 1
            try:
                await one(session, edge.edge.url, tally, chance)
            except (aiohttp.ClientError, TimeoutError) as error:
                if isinstance(error, TimeoutError):
                    tally.wrong.append(f"no answer in 40 s: {error}")
                tally.cut += 1


async def one(session: aiohttp.ClientSession, url: str, tally: Tally, chance: random.Random) -> None:
    """One request of any kind."""
    path = f"/{chance.randrange(400)}?{chance.randrange(5)}"
    method, body, headers = "GET", None, {}
    luck = chance.random()
    if luck < 0.05:
        method, body = "POST", b"x" * chance.randrange(200_000)
    elif luck < 0.08:
        headers = {"Range": f"bytes={chance.randrange(100)}-"}
    elif luck < 0.09:
        path = "/" + "x" * chance.randrange(8_000, 9_000)
    elif luck < 0.1:
        method = "HEAD"
    async with session.request(method, url + path, data=body, headers=headers) as response:
        if chance.random() < 0.03:
            tally.left_early += 1
            response.close()
            return
        await response.read()
        tally.statuses[response.status] += 1
        if response.status not in KNOWN:
            tally.wrong.append(f"{method} {path[:40]}: {response.status}")


async def soak(directory: Path, requests: int, minutes: float, seed: int) -> Tally:
    """Run it, and end everything that was started."""
    chance = random.Random(seed)
    tally = Tally()
    async with AsyncExitStack() as stack:
        lab = Lab(directory, stack)
        await lab.origin(FaultyOrigin(chance))
        await lab.origin(FaultyOrigin(chance), host="second.test")
        group = OriginGroup(primary=PLACEHOLDER, secondary=replace(PLACEHOLDER, domain="second.test"))
        behaviors = (
            Behavior(target=PLACEHOLDER, path_pattern="/1*", origin_response=WITHOUT_BODY),
            Behavior(target=group),
        )
        distribution = Distribution(behaviors=behaviors, error_caching_s=0)
        edge = await lab.edge(FUNCTION, distribution=distribution, limit=6)
        lab.stack.callback(edge.events.close)
        deadline = time.monotonic() + minutes * 60
        await asyncio.gather(*(view(edge, tally, chance, requests, deadline) for _ in range(VIEWERS)))
    return tally


def open_files() -> set[str]:
    """What this process has open, without what comes and goes with looking."""
    found = set()
    for entry in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            found.add(f"{entry.name}:{entry.readlink()}")
    return {each for each in found if "/proc/" not in each}


def processes() -> int:
    """Children of this process."""
    return len(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())


def memory_mb() -> float:
    """Resident memory of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024**2


def main() -> None:
    """Soak, compare, report."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="edge-soak-") as name:
        asyncio.run(soak(Path(name) / "warm", 200, 1, 0))  # what is loaded once is loaded now
        before = open_files(), processes(), memory_mb()
        tally = asyncio.run(soak(Path(name) / "soak", arguments.requests, arguments.minutes, arguments.seed))
    gc.collect()
    after = open_files(), processes(), memory_mb()
    report = {
        "sent": tally.sent,
        "statuses": dict(sorted(tally.statuses.items())),
        "left_early": tally.left_early,
        "cut": tally.cut,
        "seconds": round(time.monotonic() - began, 1),
        "files": [len(before[0]), len(after[0])],
        "processes": [before[1], after[1]],
        "memory_mb": [round(before[2]), round(after[2])],
        "wrong": tally.wrong[:10],
    }
    print(json.dumps(report))
    is_bad = bool(tally.wrong) or len(after[0]) > len(before[0]) or after[1] > before[1]
    sys.exit(is_bad or after[2] - before[2] > GROWTH_LIMIT_MB)


if __name__ == "__main__":
    main()

"""Load with faults on every side: origins that fail in many ways, a function that does, viewers that are rude.

What comes of it is counted; whether anything is left over afterwards is seen by comparing two `look`s.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import aiohttp
from aiohttp import web

from origin_router.emulator.distribution.model import WITHOUT_BODY, Behavior, Distribution, OriginGroup
from origin_router.emulator.placeholder import Connection
from tests.support.edge_lab import PLACEHOLDER, Lab
from tests.support.leftovers import memory_mb
from tests.support.ports import blackhole
from tests.support.rude_viewers import LARGE, be_rude

FUNCTION = """
import os, random, time
def handler(event, context):
    cf = event["Records"][0]["cf"]
    luck = random.random()
    if luck < 0.0005:
        os._exit(1)
    if luck < 0.0007:
        time.sleep(60)
    if luck < 0.005:
        raise ValueError("bad luck")
    if luck < 0.01:
        return {"nonsense": True}
    return cf["response"] if "response" in cf else cf["request"]
"""
FUNCTION_TIMEOUT_S = 1.0

KNOWN = {200, 206, 304, 400, 403, 404, 413, 416, 501, 502, 503, 504}
"""What viewers may get. 500 would be a defect of the edge's own."""

VIEWERS = 16
RUDE_VIEWERS = 3

HUGE_BYTES = 12_000_000
"""More than the cache takes as one object."""

PIECE_BYTES = 50_000

FAULT_S = 0.25
"""How long an origin's address stays as it is."""

MEMORY_SAMPLES = 10


@dataclass
class Tally:
    """What happened."""

    sent: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    left_early: int = 0
    cut: int = 0
    """Connections that the edge closed midway, as it must when the origin does."""
    rude: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    memory_mb: list[float] = field(default_factory=list)
    """Resident memory of this process, in even steps of the requests sent."""


class FaultyOrigin:
    """Answers, or fails in one of many ways."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        async for _ in request.content.iter_any():
            pass
        luck = self._chance.random()
        if request.path == LARGE:
            return await self._stream(request, HUGE_BYTES // PIECE_BYTES)
        if luck < 0.02:
            return web.Response(status=self._chance.choice((501, 503, 404)))
        if luck < 0.03 and request.transport is not None:
            request.transport.abort()
        elif luck < 0.031:
            await asyncio.sleep(1.2)
        elif luck < 0.05:
            pieces, gap_s = (4, 0.2) if luck < 0.032 else (self._chance.randrange(1, 30), 0)
            return await self._stream(request, pieces, gap_s=gap_s, is_broken=luck < 0.035)
        elif luck < 0.052 and request.transport is not None:
            request.transport.write(b"\x00garbage\r\n\r\n")
        max_age = self._chance.choice((0, 0, 1, 60))
        return web.Response(body=b"x" * self._chance.randrange(2_000), headers={"Cache-Control": f"max-age={max_age}"})

    async def _stream(
        self, request: web.BaseRequest, pieces: int, *, gap_s: float = 0, is_broken: bool = False
    ) -> web.StreamResponse:
        """Piece by piece, as fast as they are taken."""
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(pieces):
            await response.write(b"x" * PIECE_BYTES)
            await asyncio.sleep(gap_s)
        if is_broken and request.transport is not None:
            request.transport.abort()
        return response


async def soak(directory: Path, requests: int, limit_s: float, seed: int) -> Tally:
    """Send so many requests, at most so long, and end everything that was started."""
    chance = random.Random(seed)
    tally = Tally()
    async with AsyncExitStack() as stack:
        lab = Lab(directory, stack)
        await lab.origin(FaultyOrigin(chance))
        await lab.origin(FaultyOrigin(chance), host="second.test")
        edge = await lab.edge(FUNCTION, distribution=_distribution(), limit=6, timeout_s=FUNCTION_TIMEOUT_S)
        edge.events.close()
        deadline = time.monotonic() + limit_s
        background = [asyncio.create_task(_break_origins(lab, tally, chance))]
        background += [asyncio.create_task(be_rude(edge.edge.url, tally.rude, chance)) for _ in range(RUDE_VIEWERS)]
        viewers = (_view(edge.edge.url, tally, chance, requests, deadline) for _ in range(VIEWERS))
        await asyncio.gather(*viewers)
        for task in background:
            task.cancel()
        for result in await asyncio.gather(*background, return_exceptions=True):
            if not isinstance(result, asyncio.CancelledError):
                tally.wrong.append(f"what goes on beside the viewers ended: {result!r}")
    return tally


def _distribution() -> Distribution:
    first = replace(PLACEHOLDER, connection=Connection(timeout_s=0.1, attempts=1))
    second = replace(first, domain="second.test")
    behaviors = (
        Behavior(target=first, path_pattern="/1*", origin_response=WITHOUT_BODY),
        Behavior(target=OriginGroup(primary=first, secondary=second)),
    )
    return Distribution(behaviors=behaviors, error_caching_s=0)


async def _break_origins(lab: Lab, tally: Tally, chance: random.Random) -> None:
    """Let one origin or the other refuse, swallow connects, or have no address, for a moment each."""
    addresses = dict(lab.resolve)
    with _broken() as broken:
        while True:
            name = chance.choice(sorted(addresses))
            fault = chance.choice(sorted(broken))
            tally.faults[fault] += 1
            address = broken[fault]
            if address is None:
                del lab.resolve[name]
            else:
                lab.resolve[name] = address
            await asyncio.sleep(FAULT_S / 2)
            lab.resolve[name] = addresses[name]
            await asyncio.sleep(FAULT_S)


@contextmanager
def _broken() -> Iterator[dict[str, tuple[str, int] | None]]:
    """Where to find what is broken; None: there is no address."""
    with ExitStack() as stack:
        swallowing = stack.enter_context(blackhole())
        yield {"refused": ("127.0.0.1", 9), "blackhole": swallowing, "dns": None}


async def _view(url: str, tally: Tally, chance: random.Random, until: int, deadline: float) -> None:
    """One viewer after the other, until enough requests were sent."""
    step = max(1, until // MEMORY_SAMPLES)
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=40)) as session:
        while tally.sent < until and time.monotonic() < deadline:
            tally.sent += 1
            if tally.sent % step == 0:
                tally.memory_mb.append(round(memory_mb(), 1))
            try:
                await _ask(session, url, tally, chance)
            except (aiohttp.ClientError, TimeoutError) as error:
                if isinstance(error, TimeoutError):
                    tally.wrong.append(f"no answer in 40 s: {error}")
                tally.cut += 1


async def _ask(session: aiohttp.ClientSession, url: str, tally: Tally, chance: random.Random) -> None:
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

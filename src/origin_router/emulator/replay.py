"""Sends recorded requests again, at their own pace or faster, never more at once than agreed."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import aiohttp
from yarl import URL

from origin_router.emulator.recorded import Recorded

TIMEOUT_S = 35.0
"""A function may take 30 s; beyond that nobody waits."""


@dataclass(slots=True)
class Result:
    """What came of a replay. Times in milliseconds."""

    sent: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    """By the first word of X-Cache: Hit, Miss, Error."""
    failures: Counter[str] = field(default_factory=Counter)
    """Requests without an answer, by the kind of error."""
    times_ms: list[float] = field(default_factory=list)
    lag_ms: float = 0.0
    """How late the latest request was sent: beyond that the pace was not kept."""
    took_s: float = 0.0

    def quantile_ms(self, share: float) -> float | None:
        """The time within which so many requests were answered."""
        if not self.times_ms:
            return None
        ordered = sorted(self.times_ms)
        return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1)


async def replay(requests: Sequence[Recorded], target: str, *, speed: float, concurrency: int) -> Result:
    """Send the requests to `target`. `speed` 2 is twice as fast as recorded; 0 is as fast as possible."""
    result = Result()
    loop = asyncio.get_running_loop()
    places = asyncio.Semaphore(concurrency)
    began = loop.time()
    connector = aiohttp.TCPConnector(limit=concurrency)
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
    async with (
        aiohttp.ClientSession(connector=connector, timeout=timeout, auto_decompress=False) as session,
        asyncio.TaskGroup() as sending,
    ):
        for request in requests:
            due = began + (request.at - requests[0].at) / speed if speed else began
            await asyncio.sleep(max(0.0, due - loop.time()))
            await places.acquire()
            if speed:
                result.lag_ms = max(result.lag_ms, round((loop.time() - due) * 1000, 1))
            result.sent += 1
            task = sending.create_task(_send(session, request, target, result))
            task.add_done_callback(lambda _: places.release())
    result.took_s = round(loop.time() - began, 3)
    return result


async def _send(session: aiohttp.ClientSession, request: Recorded, target: str, result: Result) -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    url = URL(target.rstrip("/") + request.path, encoded=True)
    try:
        async with session.request(request.method, url, headers=request.headers, allow_redirects=False) as response:
            async for _ in response.content.iter_any():
                pass
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        result.failures[type(error).__name__] += 1
        return
    result.times_ms.append((loop.time() - began) * 1000)
    result.statuses[str(response.status)] += 1
    result.answers[response.headers.get("X-Cache", "other").split()[0]] += 1

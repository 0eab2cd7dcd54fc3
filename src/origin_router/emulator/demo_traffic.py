"""A gentle stream of viewers for the demo, so that a newcomer sees traffic move without sending any."""

from __future__ import annotations

import asyncio
import contextlib
from itertools import cycle

import aiohttp

REQUESTS_PER_S = 3
"""Per edge. Lambda@Edge allows one environment 10 requests per second: this stays well below."""
MAX_OPEN = 4
"""Requests of one edge that may be open at once; while they are, none is added."""
TIMEOUT_S = 10
PATHS = ("/", "/products/42", "/static/site.css", "/cart")


class Traffic:
    """Sends requests to each edge it is told of, until paused or closed. Answers are read and thrown away."""

    def __init__(self) -> None:
        self._running = asyncio.Event()
        self._running.set()
        self._tasks: dict[str, asyncio.Task[None]] = {}

    @property
    def is_running(self) -> bool:
        return self._running.is_set()

    def set_running(self, *, is_running: bool) -> None:
        """Pause or go on. Requests that are open when it pauses still end."""
        if is_running:
            self._running.set()
        else:
            self._running.clear()

    def add_edge(self, region: str, url: str) -> None:
        """Send requests to this viewer address from now on; a second address for a Region replaces the first."""
        if region in self._tasks:
            self._tasks[region].cancel()
        self._tasks[region] = asyncio.create_task(self._visit(url))

    async def close(self) -> None:
        tasks = tuple(self._tasks.values())
        self._tasks.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _visit(self, url: str) -> None:
        """Start one request every interval, whatever became of the ones before: viewers do not wait for each other.

        Only the first is waited for, since each that comes before its answer would need an environment more.
        """
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
        async with aiohttp.ClientSession(url, timeout=timeout) as session, asyncio.TaskGroup() as group:
            open_requests = asyncio.Semaphore(MAX_OPEN)
            paths = cycle(PATHS)
            await self._running.wait()
            await open_requests.acquire()
            await _request(session, next(paths), open_requests)
            for path in paths:
                await self._running.wait()
                if not open_requests.locked():
                    await open_requests.acquire()
                    group.create_task(_request(session, path, open_requests))
                await asyncio.sleep(1 / REQUESTS_PER_S)


async def _request(session: aiohttp.ClientSession, path: str, open_requests: asyncio.Semaphore) -> None:
    """Ask once. A viewer that is refused or times out goes away; the access log has it."""
    try:
        with contextlib.suppress(aiohttp.ClientError, TimeoutError, OSError):
            async with session.get(path) as response:
                await response.read()
    finally:
        open_requests.release()

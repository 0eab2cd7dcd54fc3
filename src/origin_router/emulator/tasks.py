"""Work that goes on beside its owner, and ends with it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine


class Tasks:
    """Tasks that nobody waits for, until their owner closes."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        """Begin work; it may be cancelled before."""
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)  # the loop itself would forget it
        task.add_done_callback(self._running.discard)
        return task

    async def end(self) -> None:
        """Cancel all, and wait until their connections have ended too."""
        await asyncio.sleep(0)  # a task that is cancelled before it has begun would not close what it was given
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await asyncio.sleep(0)  # transports tell the end of their connections in the next turn of the loop

"""A target that refuses connections is mirrored: who takes connections for it refuses them too, as long as it does."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from origin_router.emulator.links import Address
from origin_router.emulator.tasks import Tasks

RETRY_S = 0.25
"""How often a target that refuses is asked again: soon to a human, rare enough to disturb nobody."""


class MirroredRefusal:
    """Whether a target refuses: known from a connection that failed, asked for again until one succeeds."""

    def __init__(self, tasks: Tasks, on_change: Callable[[], None]) -> None:
        self.is_refusing = False
        self._tasks = tasks
        self._on_change = on_change
        self._watching: asyncio.Task[None] | None = None

    def notice(self, target: Address) -> None:
        """It has refused."""
        if not self.is_refusing:
            self.is_refusing = True
            self._watching = self._tasks.spawn(self._watch(target))
            self._on_change()

    def forget(self) -> None:
        """There is another target, of which nothing is known; nobody is told."""
        self.is_refusing = False
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None

    async def _watch(self, target: Address) -> None:
        while self.is_refusing:
            await asyncio.sleep(RETRY_S)
            with contextlib.suppress(OSError):
                transport, _ = await asyncio.get_running_loop().create_connection(asyncio.Protocol, *target)
                transport.abort()
                self.is_refusing = False
        self._on_change()

"""Who may start an environment now: only some at once, so that each gets enough of the processors.

In Lambda every environment has processor time of its own, and INIT is ended after 10 s of the clock.
Here all environments of all edges share one machine. Were those of 13 edges started in the same moment,
each would take as long as all together, and run into a limit that it is far from meeting at the edge.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

PER_PROCESSOR = 2
"""While one waits for its modules or for the network, another computes."""

LONGEST_S = 1.0
"""A turn ends at the latest after this: an INIT that takes longer waits for something more than it computes,
and must not keep the others from starting."""


class InitTurns:
    """Lets so many begin at once; the others begin in the order in which they came."""

    def __init__(self, at_once: int, longest_s: float = LONGEST_S) -> None:
        self._turns = asyncio.Semaphore(at_once)
        self._longest_s = longest_s

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn, and keep it while the context lasts, but not for longer than a turn is."""
        await self._turns.acquire()
        over = asyncio.get_running_loop().create_future()
        over.add_done_callback(lambda _: self._turns.release())
        too_long = asyncio.get_running_loop().call_later(self._longest_s, _end, over)
        try:
            yield
        finally:
            too_long.cancel()
            _end(over)


def turns_of_this_machine() -> InitTurns:
    """As many at once as its processors bear."""
    return InitTurns(PER_PROCESSOR * len(os.sched_getaffinity(0)))


def _end(turn: asyncio.Future[None]) -> None:
    if not turn.done():
        turn.set_result(None)

"""Environments that want to start at once take turns."""

from __future__ import annotations

import asyncio

from origin_router.emulator.init_turns import InitTurns

ENOUGH_S = 30.0


class Starts:
    """Begins that wait to be told to end."""

    def __init__(self, turns: InitTurns) -> None:
        self.begun: list[int] = []
        self._turns = turns
        self._ends: dict[int, asyncio.Event] = {}
        self._tasks: list[asyncio.Task[None]] = []

    def ask(self, *numbers: int) -> None:
        for number in numbers:
            self._ends[number] = asyncio.Event()
            self._tasks.append(asyncio.create_task(self._start(number)))

    def end(self, *numbers: int) -> None:
        for number in numbers:
            self._ends[number].set()

    async def until(self, *begun: int) -> None:
        async with asyncio.timeout(ENOUGH_S):
            while self.begun != list(begun):
                await asyncio.sleep(0)

    async def close(self) -> None:
        self.end(*self._ends)
        await asyncio.gather(*self._tasks)

    async def _start(self, number: int) -> None:
        async with self._turns.turn():
            self.begun.append(number)
            await self._ends[number].wait()


async def settle() -> None:
    """Let everything happen that is to happen now."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_so_many_begin_and_the_others_follow_in_order() -> None:
    starts = Starts(InitTurns(2, longest_s=ENOUGH_S * 2))
    starts.ask(1, 2, 3, 4)
    await starts.until(1, 2)
    await settle()
    assert starts.begun == [1, 2]
    starts.end(2)
    await starts.until(1, 2, 3)
    starts.end(1)
    await starts.until(1, 2, 3, 4)
    await starts.close()


async def test_one_that_hangs_keeps_nobody_for_long() -> None:
    starts = Starts(InitTurns(1, longest_s=0.01))
    starts.ask(1, 2)
    await starts.until(1, 2)
    await starts.close()


async def test_a_turn_that_was_too_long_is_given_back_once() -> None:
    """Twice would let two begin at once from then on."""
    turns = InitTurns(1, longest_s=0.01)
    async with turns.turn(), turns.turn():
        pass
    await settle()
    starts = Starts(turns)
    starts.ask(1, 2)
    await starts.until(1)
    await asyncio.sleep(0)
    assert starts.begun == [1]
    await starts.close()


async def test_who_gives_up_waiting_takes_no_turn() -> None:
    turns = InitTurns(1, longest_s=ENOUGH_S * 2)
    starts = Starts(turns)
    starts.ask(1)
    await starts.until(1)
    starts.ask(2)
    await settle()
    starts._tasks[1].cancel()
    await asyncio.gather(starts._tasks.pop(1), return_exceptions=True)
    starts.ask(3)
    starts.end(1)
    await starts.until(1, 3)
    await starts.close()

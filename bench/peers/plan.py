"""Which cells are run, in which order, and several at a time."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.peers.cell import Cell, Conditions, observe
from bench.peers.faults import Fault
from bench.peers.judge import Observation, Verdict, judge
from bench.peers.peer import Peer
from bench.peers.serving import NotServing
from bench.peers.timeline import Timeline, timeline_of

ATTEMPTS = 3
"""A cell in which the load generator itself was held up is run again, whatever was seen in it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a cell."""

    cell: Cell
    verdict: Verdict | None
    timeline: Timeline | None
    problem: str = ""


def shuffled(peers: Sequence[Peer], faults: Sequence[Fault], rounds: int, seed: int) -> list[Cell]:
    """Return all cells: round after round, each in an order of its own."""
    chance = random.Random(seed)
    cells = []
    for number in range(1, rounds + 1):
        in_round = [Cell(peer, fault, number) for peer in peers for fault in faults]
        chance.shuffle(in_round)
        cells += in_round
    return cells


async def run(
    cells: Sequence[Cell], conditions: Conditions, lanes: int, tell: Callable[[Outcome], None]
) -> list[Outcome]:
    """Run cells in their order, `lanes` at a time, each with origins of its own."""
    waiting = iter(cells)
    outcomes: list[Outcome] = []

    async def lane() -> None:
        for cell in waiting:  # shared by all lanes: whoever is free takes the next
            for _ in range(ATTEMPTS):
                outcome = await _outcome(cell, conditions)
                tell(outcome)
                if outcome.verdict is None or not outcome.verdict.is_disturbed:
                    break
            outcomes.append(outcome)

    async with asyncio.TaskGroup() as group:
        for _ in range(lanes):
            group.create_task(lane())
    return outcomes


async def _outcome(cell: Cell, conditions: Conditions) -> Outcome:
    try:
        seen: Observation = await observe(cell, conditions)
        verdict = judge(cell.peer.name, cell.fault, cell.round, seen)
    except (NotServing, ValueError, OSError, RuntimeError) as error:
        return Outcome(cell, None, None, f"{type(error).__name__}: {error}")
    return Outcome(cell, verdict, timeline_of(seen))

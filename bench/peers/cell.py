"""One cell of the comparison: a fresh peer, fresh origins, one fault, and the same traffic all the while."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.peers.faults import Fault, Times
from bench.peers.judge import WINDOW_S, Observation, return_s
from bench.peers.load import Load
from bench.peers.peer import Peer, Scene
from bench.peers.serving import free_ports, serving
from bench.peers.trio import SeenTraffic, Trio

LOOK_EVERY_S = 0.5
"""While a peer's return is waited for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What is the same for all cells of a run."""

    times: Times
    rate_per_s: float
    ca_file: Path
    certificate: Path
    keep: Path | None
    """Where peers' files and logs stay; None: they are removed."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One peer, one fault, one round."""

    peer: Peer
    fault: Fault
    round: int

    def __str__(self) -> str:
        return f"{self.peer.name}, {self.fault}, round {self.round}"


async def observe(cell: Cell, conditions: Conditions) -> Observation:
    """Run a cell; everything it started has ended when it returns."""
    with tempfile.TemporaryDirectory(prefix="origin-router-peers-") as temporary:
        directory = Path(temporary)
        if conditions.keep is not None:
            directory = conditions.keep / f"{cell.peer.name}-{cell.fault}-{cell.round}"
            directory.mkdir(parents=True)
        async with Trio(conditions.certificate) as trio:
            port, admin_port = free_ports(2)
            scene = Scene(
                directory=directory,
                ca_file=conditions.ca_file,
                places=trio.places,
                port=port,
                admin_port=admin_port,
                keeps_logs=conditions.keep is not None,
            )
            command = cell.peer.prepare(scene)
            async with serving(command, port, directory, has_functions=cell.peer.has_functions):
                return await _break_and_heal(cell.fault, conditions, trio, f"http://127.0.0.1:{port}")


async def _break_and_heal(fault: Fault, conditions: Conditions, trio: Trio, url: str) -> Observation:
    times = conditions.times
    async with Load(url, conditions.rate_per_s, warm_up_s=times.warm_up_s) as load:
        await asyncio.sleep(times.warm_up_s)
        before_at = time.monotonic()
        await asyncio.sleep(times.before_s)
        fault_at = await trio.set_fault(fault)
        await asyncio.sleep(times.fault_s)
        healed_at = await trio.set_fault(None)

        def seen_by(now: float, seen: Mapping[str, SeenTraffic]) -> Observation:
            return Observation(
                samples=load.samples,
                before_at=before_at,
                fault_at=fault_at,
                healed_at=healed_at,
                end_at=now,
                seen=seen,
            )

        seen = await trio.look()
        while (now := time.monotonic()) - healed_at < times.recovery_s:
            returned_s = return_s(seen_by(now, seen))
            if returned_s is not None and now - healed_at > returned_s + 2 * WINDOW_S:
                break
            await asyncio.sleep(LOOK_EVERY_S)
        end_at = time.monotonic()
        await load.stop()
        return seen_by(end_at, await trio.look())

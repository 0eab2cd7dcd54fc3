"""Starts a peer and ends it: its own process group, ended by its own id."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from bench.lab import ROOT
from bench.peers.precedence import rank_peer

START_LIMIT_S = 20.0
LOOK_EVERY_S = 0.05
END_LIMIT_S = 5.0
SAID_CHARS = 400
"""So much of what a peer that does not start has said is passed on."""


class NotServing(Exception):  # noqa: N818 - says what is the matter
    """A peer did not start."""


@asynccontextmanager
async def serving(
    command: Sequence[str], port: int, directory: Path, *, has_functions: bool = False
) -> AsyncIterator[None]:
    """Run a peer's command while the context lasts; entered once its port accepts connections."""
    log = directory / "output.txt"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=directory,
            env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            process_group=0,  # Ctrl-C is for us; we end it below
        )
    rank_peer(process.pid, has_functions=has_functions)
    try:
        await _until_it_serves(process, port, log)
        yield
    finally:
        await _end(process)


def free_ports(number: int) -> list[int]:
    """Return different ports of loopback that nobody listens on."""
    with_all = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [int(each.getsockname()[1]) for each in with_all]
    for each in with_all:
        each.close()
    return ports


async def _until_it_serves(process: asyncio.subprocess.Process, port: int, log: Path) -> None:
    loop = asyncio.get_running_loop()
    give_up_at = loop.time() + START_LIMIT_S
    while loop.time() < give_up_at:
        if process.returncode is not None:
            raise NotServing(f"ended at once with {process.returncode}: {_said(log)}")
        with suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return
        await asyncio.sleep(LOOK_EVERY_S)
    raise NotServing(f"did not serve within {START_LIMIT_S:.0f} s: {_said(log)}")


def _said(log: Path) -> str:
    return " ".join(log.read_text(errors="replace").split())[-SAID_CHARS:]


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.send_signal(signal.SIGTERM)
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), END_LIMIT_S)
    with suppress(ProcessLookupError):  # what it has left behind, such as workers
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()

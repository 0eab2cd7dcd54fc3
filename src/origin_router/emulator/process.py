"""A child process that can be stopped, resumed and killed together with its own children.

It leads a process group of its own in our session. That has two consequences which matter:
Ctrl-C at the terminal does not reach it, so it ends when we say so; and should the local edge
itself be killed, the group is orphaned with stopped members, to which the kernel sends SIGHUP and
SIGCONT (POSIX, `_exit`). So not even then do frozen processes stay behind.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

LINE_LIMIT_BYTES = 262_144
"""Longest line of output that is taken as one: CloudWatch Logs' limit for an event."""


OUTPUT_GRACE_S = 0.5
"""How long the rest of the output is awaited when a process has ended: one that left the group may hold it open."""


class Process:
    """A running process. Its output (both streams) arrives line by line, its end as a future."""

    def __init__(self, child: subprocess.Popen[bytes], on_line: Callable[[str], None]) -> None:
        """Use `start_process`."""
        self._loop = asyncio.get_running_loop()
        self._child = child
        self._pidfd = os.pidfd_open(child.pid)
        self._output = _Lines(on_line)
        self._pipe: asyncio.BaseTransport | None = None
        self.ended: asyncio.Future[int] = self._loop.create_future()
        """Set to the return code, negative for a signal, as `subprocess` has it."""
        self._loop.add_reader(self._pidfd, self._reap)

    @property
    def pid(self) -> int:
        """Process id, which is the id of the group too."""
        return self._child.pid

    def freeze(self) -> None:
        """Stop the whole group."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let the whole group go on."""
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """End the whole group, stopped or not."""
        self._signal(signal.SIGKILL)

    async def close(self) -> None:
        """Kill what is left, and wait until process and output have ended."""
        self.kill()
        await asyncio.wait([self.ended])
        await asyncio.wait([self._output.ended], timeout=OUTPUT_GRACE_S)
        if self._pipe is not None:
            self._pipe.close()

    async def _read_output(self) -> None:
        self._pipe, _ = await self._loop.connect_read_pipe(lambda: self._output, self._child.stdout)

    def _signal(self, number: signal.Signals) -> None:
        if not self.ended.done():  # once reaped, the id may belong to another process
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, number)

    def _reap(self) -> None:
        self._signal(signal.SIGKILL)  # children it may have left; the id is ours until we wait
        self._loop.remove_reader(self._pidfd)
        os.close(self._pidfd)
        self.ended.set_result(self._child.wait())


async def start_process(
    command: Sequence[str], *, cwd: Path, variables: Mapping[str, str], on_line: Callable[[str], None]
) -> Process:
    """Start a process with exactly these variables."""
    child = subprocess.Popen(  # noqa: S603 - our own command line
        command,
        cwd=cwd,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        process_group=0,
    )
    process = Process(child, on_line)
    await process._read_output()
    return process


class _Lines(asyncio.Protocol):
    """Cuts output into lines."""

    def __init__(self, on_line: Callable[[str], None]) -> None:
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._on_line = on_line
        self._rest = b""

    def data_received(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._tell(line)
        if len(self._rest) > LINE_LIMIT_BYTES:
            self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._flush()
        self.ended.set_result(None)

    def _flush(self) -> None:
        rest, self._rest = self._rest, b""
        if rest:
            self._tell(rest)

    def _tell(self, line: bytes) -> None:
        self._on_line(line.decode("utf-8", "replace"))

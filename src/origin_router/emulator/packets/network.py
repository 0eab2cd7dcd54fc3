"""The network of real links, as the local edge sees it: start it, open links, change them, close it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import sys
from collections import deque
from collections.abc import Callable
from dataclasses import asdict
from ipaddress import IPv4Network
from typing import Any, NamedTuple

from origin_router.emulator.links import CALM, LinkCondition
from origin_router.emulator.packets.devices import PacketsUnavailable

ANSWER_BYTES = 4_096
START_TIMEOUT_S = 30.0
"""An interpreter starts in 0.1 s; this is for a machine with much else to do."""
END_TIMEOUT_S = 5.0

COMMAND = (sys.executable, "-P", "-m", "origin_router.emulator.packets.shim")


class PacketLink(NamedTuple):
    """A way over real packets."""

    address: str
    port: int
    """Connect to these from this machine's network."""
    listener: socket.socket
    """Bound to them at the far end, not yet listening; the caller's to use and to close."""


class PacketNetwork:
    """Two devices, the process that carries packets between them, and the links opened so far."""

    def __init__(
        self, process: asyncio.subprocess.Process, answers: socket.socket, on_end: Callable[[str], None]
    ) -> None:
        """Use `start`."""
        self.device = ""
        """Name of the device in this machine's network."""
        self._process = process
        self._answers = answers
        self._on_end = on_end
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[asyncio.Future[tuple[dict[str, Any], list[int]]]] = deque()
        self._near = ""
        self._links = IPv4Network("0.0.0.0/32")
        self._opened = 0
        self._loop.add_reader(answers, self._receive)

    @classmethod
    async def start(cls, on_end: Callable[[str], None]) -> PacketNetwork:
        """Make the devices. Raises PacketsUnavailable. `on_end` is told if they go before `close`."""
        network = cls(*await _spawn(), on_end)
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                made, _ = await network._answer()
        except TimeoutError:
            await network.close()
            raise PacketsUnavailable(
                f"real packets: the process that carries them has not started within {START_TIMEOUT_S:.0f} s; "
                "try again when the machine has less to do, or use --links relay"
            ) from None
        except BaseException:
            await network.close()
            raise
        network.device, network._near, network._links = made["device"], made["near"], IPv4Network(made["links"])
        return network

    @property
    def pid(self) -> int:
        """Id of the process that carries the packets."""
        return self._process.pid

    async def open_link(self, port: int, condition: LinkCondition = CALM) -> PacketLink:
        """Add a link with an address of its own, at this port if it may be used. Raises PacketsUnavailable."""
        self._opened += 1
        if self._opened > self._links.num_addresses - 3:
            raise PacketsUnavailable(f"real packets: there are no more than {self._links.num_addresses - 3} links")
        address = str(self._links[1 + self._opened])
        if _source_towards(address) != self._near:
            raise PacketsUnavailable(
                f"real packets: {address} is routed elsewhere on this machine; see `ip route get {address}`"
            )
        self._send({"link": address, "condition": asdict(condition), "open": port})
        _, (descriptor,) = await self._answer()
        listener = socket.socket(fileno=descriptor)
        listener.setblocking(False)
        return PacketLink(address, listener.getsockname()[1], listener)

    def change(self, link: PacketLink, condition: LinkCondition) -> None:
        """Treat the packets of a link differently from now on."""
        self._send({"link": link.address, "condition": asdict(condition)})

    async def close(self) -> None:
        """End the process, and with it both devices."""
        self._on_end = _say_nothing
        assert self._process.stdin is not None  # noqa: S101 - it was asked for
        self._process.stdin.close()
        try:
            async with asyncio.timeout(END_TIMEOUT_S):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        self._stop_receiving()

    def _send(self, command: dict[str, Any]) -> None:
        assert self._process.stdin is not None  # noqa: S101 - it was asked for
        self._process.stdin.write(json.dumps(command).encode() + b"\n")

    async def _answer(self) -> tuple[dict[str, Any], list[int]]:
        """The next answer: they come in the order of what was asked."""
        waiting = self._loop.create_future()
        self._waiting.append(waiting)
        document, descriptors = await waiting
        if "error" in document:
            raise PacketsUnavailable(f"real packets: {document['error']}")
        return document, descriptors

    def _receive(self) -> None:
        data, descriptors = b"", list[int]()
        with contextlib.suppress(ConnectionError):
            data, descriptors, _, _ = socket.recv_fds(self._answers, ANSWER_BYTES, 1, socket.MSG_CMSG_CLOEXEC)
        if not data:
            self._lose()
            return
        waiting = self._waiting.popleft()
        if waiting.done():  # whoever asked was cancelled
            for descriptor in descriptors:
                os.close(descriptor)
        else:
            waiting.set_result((json.loads(data), list(descriptors)))

    def _lose(self) -> None:
        """The process has ended, asked or not."""
        self._stop_receiving()
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_exception(PacketsUnavailable("real packets: the process that carries packets has ended"))
        self._on_end("the process that carries packets has ended: no origin is reached any more; start again")

    def _stop_receiving(self) -> None:
        if self._answers.fileno() >= 0:
            self._loop.remove_reader(self._answers)
            self._answers.close()


async def _spawn() -> tuple[asyncio.subprocess.Process, socket.socket]:
    """The process that carries packets, and the socket on which it answers."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setblocking(False)
    with theirs:
        try:
            process = await asyncio.create_subprocess_exec(
                *COMMAND,
                str(theirs.fileno()),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                process_group=0,  # Ctrl-C at the terminal is for us
            )
        except BaseException:
            ours.close()
            raise
    return process, ours


def _say_nothing(_: str) -> None:
    """An end that was asked for is no news."""


def _source_towards(address: str) -> str:
    """Ask the kernel from which address it would connect there: which tells over which device, whatever the rules."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((address, 9))
        except OSError:
            return ""
        return str(probe.getsockname()[0])

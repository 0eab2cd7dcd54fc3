"""One HTTPS origin that can be broken for real: on the socket, not in what it says."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass

from bench.peers.faults import FLAP_S, SLOW_S, Fault

VIEWER_PATH = "/page/"
"""Requests below it are a viewer's, whoever passes them on; all others are probes."""

BACKLOG = 256
FILLERS = 4
"""Connections that fill a queue of length 0 (Linux takes one more than asked, and some half-open)."""

RESET = struct.pack("ii", 1, 0)
"""SO_LINGER that makes closing a reset."""


@dataclass(slots=True)
class Seen:
    """What came to the origin, in monotonic seconds."""

    viewers: list[float]
    probes: list[float]
    """Requests that are no viewer's, and connections that were closed without any request."""


class BreakableOrigin:
    """Listens on a port of loopback that stays its own also while connections to it are refused."""

    def __init__(self, name: str, port: int, tls: ssl.SSLContext, think_s: float) -> None:
        self.name = name
        self.seen = Seen([], [])
        self.fault: Fault | None = None
        self._tls = tls
        self._think_s = think_s
        self._loop = asyncio.get_running_loop()
        self._conversations: set[Conversation] = set()
        self._arrivals: set[asyncio.Task[object]] = set()
        self._fillers: list[socket.socket] = []
        self._flapping: asyncio.Task[None] | None = None
        self._is_listening = False
        self._is_blackholed = False
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind(("127.0.0.1", port))
        self._listener.setblocking(False)
        self.port: int = self._listener.getsockname()[1]
        self._listen()

    def set_fault(self, fault: Fault | None) -> None:
        """Break, or heal with None; from one fault to another it is healed in between."""
        if self._flapping is not None:
            self._flapping.cancel()
            self._flapping = None
        self.fault = None
        self._open()
        self.fault = fault
        if fault is Fault.REFUSED:
            self._refuse()
        elif fault is Fault.BLACKHOLE:
            self._blackhole()
        elif fault is Fault.FLAPPING:
            self._refuse()
            self._flapping = self._loop.create_task(self._flap())
        elif fault is None:
            for conversation in list(self._conversations):
                conversation.catch_up()

    def close(self) -> None:
        """End the port and every connection."""
        self.set_fault(None)
        self._refuse()
        self._listener.close()

    def answer(self, head: bytes) -> tuple[float, bytes] | None:
        """Return after how long to answer a request, and what; None: not until the origin is healed."""
        path = head.split(b" ", 2)[1].decode("latin-1")
        (self.seen.viewers if path.startswith(VIEWER_PATH) else self.seen.probes).append(time.monotonic())
        if self.fault in (Fault.SILENT, Fault.BLACKHOLE):
            return None
        if self.fault is Fault.ERRORS:
            return 0.0, _response(self.name, 503, head)
        return self._think_s + (SLOW_S if self.fault is Fault.SLOW else 0.0), _response(self.name, 200, head)

    def late_answer(self, head: bytes) -> bytes:
        """What a request gets that waited until the origin was healed."""
        return _response(self.name, 200, head)

    def opened(self, conversation: Conversation) -> None:
        """A connection stands."""
        self._conversations.add(conversation)

    def closed(self, conversation: Conversation) -> None:
        """A connection is gone."""
        self._conversations.discard(conversation)
        if not conversation.had_request:
            self.seen.probes.append(time.monotonic())

    def _listen(self) -> None:
        self._listener.listen(BACKLOG)
        self._loop.add_reader(self._listener, self._accept)
        self._is_listening = True

    def _accept(self) -> None:
        with contextlib.suppress(BlockingIOError, ConnectionError):
            while True:
                arrived, _ = self._listener.accept()
                arrived.setblocking(False)
                task: asyncio.Task[object] = self._loop.create_task(self._converse(arrived))
                self._arrivals.add(task)
                task.add_done_callback(self._arrivals.discard)

    async def _converse(self, arrived: socket.socket) -> None:
        try:
            await self._loop.connect_accepted_socket(lambda: Conversation(self, arrived), arrived, ssl=self._tls)
        except OSError:  # the client gave up or did not like us
            arrived.close()

    def _refuse(self) -> None:
        """Stop listening but keep the port, and reset what is open."""
        if self._is_listening:
            self._loop.remove_reader(self._listener)
            self._listener.shutdown(socket.SHUT_RDWR)
            self._is_listening = False
        for conversation in list(self._conversations):
            conversation.reset()

    def _blackhole(self) -> None:
        """Let nobody in: with the queue of connections full, the kernel drops what wants to connect."""
        self._loop.remove_reader(self._listener)
        self._listener.listen(0)
        for _ in range(FILLERS):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(self._listener.getsockname())
            self._fillers.append(filler)
        self._is_blackholed = True

    def _open(self) -> None:
        """Undo both."""
        for filler in self._fillers:
            filler.close()
        self._fillers.clear()
        if self._is_blackholed or not self._is_listening:
            self._is_blackholed = False
            self._listen()

    async def _flap(self) -> None:
        while True:
            await asyncio.sleep(FLAP_S)
            self._open()
            await asyncio.sleep(FLAP_S)
            self._refuse()


class Conversation(asyncio.Protocol):
    """One connection: answers requests in order."""

    def __init__(self, origin: BreakableOrigin, carrier: socket.socket) -> None:
        self.had_request = False
        self._origin = origin
        self._carrier = carrier
        self._buffer = b""
        self._waiting: list[bytes] = []
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._origin.opened(self)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._origin.closed(self)

    def data_received(self, data: bytes) -> None:
        *heads, self._buffer = (self._buffer + data).split(b"\r\n\r\n")
        for head in heads:
            self.had_request = True
            answer = self._origin.answer(head)
            if answer is None:
                self._waiting.append(head)
            else:
                self._later(*answer)

    def catch_up(self) -> None:
        """Answer what has waited, as after a cable is plugged in again."""
        for head in self._waiting:
            self._write(self._origin.late_answer(head))
        self._waiting.clear()

    def reset(self) -> None:
        """End it as a machine does that knows nothing of it any more."""
        assert self._transport is not None
        with contextlib.suppress(OSError):
            self._carrier.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self._transport.abort()

    def _later(self, after_s: float, response: bytes) -> None:
        write: Callable[[bytes], None] = self._write
        if after_s:
            asyncio.get_running_loop().call_later(after_s, write, response)
        else:
            write(response)

    def _write(self, response: bytes) -> None:
        assert self._transport is not None
        if not self._transport.is_closing():
            self._transport.write(response)


def _response(name: str, status: int, head: bytes) -> bytes:
    body = name.encode()
    lines = f"HTTP/1.1 {status} {'OK' if status == 200 else 'Unavailable'}\r\nContent-Length: {len(body)}\r\n"
    lines += f"Content-Type: text/plain\r\nCache-Control: no-store\r\nX-Origin: {name}\r\n\r\n"
    return lines.encode() + (b"" if head.startswith(b"HEAD ") else body)

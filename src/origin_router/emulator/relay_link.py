"""One relayed connection: two endpoints, and between them two directions with delay and gate."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections import deque
from collections.abc import Callable
from enum import Enum, auto

QUEUE_LIMIT_BYTES = 1_048_576
"""What a direction keeps back before it stops reading: no less than a kernel's receive buffer would."""


class Mark(Enum):
    """Ends that travel in line with the data."""

    END = auto()
    """The sender has closed its half."""
    RESET = auto()
    """The sender has reset the connection."""


class Direction:
    """Carries bytes from one endpoint to the other: late by `delay_s`, and only while the gate is open."""

    def __init__(self, delivered: Callable[[Mark], None]) -> None:
        self.delay_s = 0.0
        self.source: asyncio.Transport | None = None
        self.target: asyncio.Transport | None = None
        self._delivered = delivered
        self._loop = asyncio.get_running_loop()
        self._queue: deque[tuple[float, bytes | Mark]] = deque()
        self._queued_bytes = 0
        self._timer: asyncio.TimerHandle | None = None
        self._is_open = True
        self._is_congested = False
        self._is_paused = False

    def feed(self, item: bytes | Mark) -> None:
        """Take what the source sent."""
        self._queue.append((self._loop.time() + self.delay_s, item))
        if isinstance(item, bytes):
            self._queued_bytes += len(item)
        self.flush()

    def set_gate(self, *, is_open: bool) -> None:
        """Let through or keep back."""
        self._is_open = is_open
        self.flush()

    def set_congested(self, is_congested: bool) -> None:
        """The target's buffer is full, or has room again."""
        self._is_congested = is_congested
        self.flush()

    def flush(self) -> None:
        """Deliver everything that is due, as far as gate and target allow."""
        self._cancel_timer()
        while self._queue and self._is_open and not self._is_congested and self.target is not None:
            due_at, item = self._queue[0]
            if due_at > self._loop.time():
                self._timer = self._loop.call_at(due_at, self.flush)
                break
            self._queue.popleft()
            self._deliver(item)
        self._limit_queue()

    def close(self) -> None:
        """Forget what is queued."""
        self._cancel_timer()
        self._queue.clear()

    def _deliver(self, item: bytes | Mark) -> None:
        if isinstance(item, Mark):
            self._delivered(item)
        elif self.target is not None:
            self._queued_bytes -= len(item)
            self.target.write(item)

    def _limit_queue(self) -> None:
        if self.source is None or self.source.is_closing():
            return
        is_full = self._queued_bytes > QUEUE_LIMIT_BYTES
        if is_full and not self._is_paused:
            self.source.pause_reading()
        elif self._is_paused and not is_full:
            self.source.resume_reading()
        self._is_paused = is_full

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class _Endpoint(asyncio.Protocol):
    """One end of the link: what it receives goes to `outgoing`, what `incoming` delivers it sends."""

    def __init__(self, outgoing: Direction, incoming: Direction) -> None:
        self._outgoing = outgoing
        self._incoming = incoming

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - TCP transports are
        self._outgoing.source = self._incoming.target = transport
        self._incoming.flush()

    def data_received(self, data: bytes) -> None:
        self._outgoing.feed(data)

    def eof_received(self) -> bool:
        self._outgoing.feed(Mark.END)
        return True  # the other half may still have to say something

    def connection_lost(self, exc: Exception | None) -> None:
        if exc is not None:
            self._outgoing.feed(Mark.RESET)

    def pause_writing(self) -> None:
        self._incoming.set_congested(True)

    def resume_writing(self) -> None:
        self._incoming.set_congested(False)


class Link:
    """A client's connection and the origin's connection that belongs to it."""

    def __init__(self, on_end: Callable[[Link], None]) -> None:
        self.may_connect = asyncio.Event()
        """Set once the gate to the origin is open: a silent relay does not even connect."""
        self.has_ended = False
        self._on_end = on_end
        self._to_origin = Direction(self._origin_told)
        self._to_client = Direction(self._client_told)
        self._ends = 0

    def client_endpoint(self) -> asyncio.Protocol:
        """The protocol for the accepted connection."""
        return _Endpoint(self._to_origin, self._to_client)

    def origin_endpoint(self) -> asyncio.Protocol:
        """The protocol for the connection to the origin."""
        return _Endpoint(self._to_client, self._to_origin)

    def set_delays(self, to_origin_s: float, to_client_s: float) -> None:
        """Delay what is sent from now on."""
        self._to_origin.delay_s = to_origin_s
        self._to_client.delay_s = to_client_s

    def set_gates(self, *, to_origin: bool, to_client: bool) -> None:
        """Open or close each direction."""
        if to_origin:
            self.may_connect.set()
        self._to_origin.set_gate(is_open=to_origin)
        self._to_client.set_gate(is_open=to_client)

    def reset(self) -> None:
        """Reset both connections now."""
        self._finish(reset=True)

    def _origin_told(self, mark: Mark) -> None:
        self._told(mark, self._to_origin.target)

    def _client_told(self, mark: Mark) -> None:
        self._told(mark, self._to_client.target)

    def _told(self, mark: Mark, transport: asyncio.Transport | None) -> None:
        if mark is Mark.RESET:
            self._finish(reset=True)
            return
        self._ends += 1
        if self._ends == 2:  # both halves are closed
            self._finish(reset=False)
        elif transport is not None and not transport.is_closing():
            transport.write_eof()

    def _finish(self, *, reset: bool) -> None:
        self.has_ended = True
        self.may_connect.set()
        transports = [self._to_origin.target, self._to_client.target]
        for direction in (self._to_origin, self._to_client):
            direction.close()
        for transport in transports:
            if transport is None:
                continue
            if reset:
                _reset(transport)
            else:
                transport.close()
        self._on_end(self)


def _reset(transport: asyncio.Transport) -> None:
    """Close so that the peer sees a reset: lingering for no time discards what was not sent."""
    if not transport.is_closing():
        sock: socket.socket = transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()

"""One relayed connection: two endpoints, and between them two directions with delay and gate."""

from __future__ import annotations

import asyncio
import random
import socket
import struct
from collections import deque
from collections.abc import Callable
from enum import Enum, auto

from origin_router.emulator.relay_weather import FAIR, Weather, lateness_s

QUEUE_LIMIT_BYTES = 1_048_576
"""What a direction keeps back before it stops reading: no less than a kernel's receive buffer would."""


QUIET_S = 0.1
"""A connection on which the last word was an answer, so long ago, is taken for idle. An answer that pauses longer is
cut off where the connection is to be retired; that happens when a fault begins, never otherwise."""


TLS_HANDSHAKE = b"\x16"
"""First byte of a TLS record of that type."""


class Mark(Enum):
    """Ends that travel in line with the data."""

    END = auto()
    """The sender has closed its half."""
    RESET = auto()
    """The sender has reset the connection."""


class Direction:
    """Carries bytes from one endpoint to the other: late as the weather says, and only while the gate is open."""

    def __init__(self, delivered: Callable[[Mark], None]) -> None:
        self.moved_at = 0.0
        """Loop time at which data was last taken or delivered."""
        self._pieces = 0
        self._is_tls = False
        self._weather = FAIR
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
        self.moved_at = self._loop.time()
        due_at = self.moved_at + lateness_s(len(item) if isinstance(item, bytes) else 0, self._weather, random.random)
        if self._queue:
            due_at = max(due_at, self._queue[-1][0])  # nothing overtakes
        self._queue.append((due_at, item))
        if isinstance(item, bytes):
            self._queued_bytes += len(item)
            self._is_tls = self._is_tls or (self._pieces == 0 and item.startswith(TLS_HANDSHAKE))
            self._pieces += 1
        self.flush()

    @property
    def has_asked(self) -> bool:
        """Whether the source has sent more than the first message of a TLS handshake."""
        return self._pieces >= (2 if self._is_tls else 1)

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits to be delivered."""
        return not self._queue

    def set_weather(self, weather: Weather) -> None:
        """Treat data so from now on. What waits longer than it would now is brought forward."""
        self._weather = weather
        latest_at = self._loop.time() + weather.delay_s
        self._queue = deque((min(due_at, latest_at), item) for due_at, item in self._queue)
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
            self.moved_at = self._loop.time()
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
        self._loop = asyncio.get_running_loop()
        self._retiring: asyncio.TimerHandle | None = None

    def client_endpoint(self) -> asyncio.Protocol:
        """The protocol for the accepted connection."""
        return _Endpoint(self._to_origin, self._to_client)

    def origin_endpoint(self) -> asyncio.Protocol:
        """The protocol for the connection to the origin."""
        return _Endpoint(self._to_client, self._to_origin)

    def set_weather(self, to_origin: Weather, to_client: Weather) -> None:
        """Treat data so from now on."""
        self._to_origin.set_weather(to_origin)
        self._to_client.set_weather(to_client)

    def retire(self) -> None:
        """Close in peace: as soon as the client has had the last word for a while, and nothing is under way."""
        if self.has_ended:
            return
        quiet_s = self._loop.time() - self._to_client.moved_at
        is_answered = self._to_origin.has_asked and self._to_client.moved_at > self._to_origin.moved_at
        if is_answered and quiet_s >= QUIET_S and self._to_origin.is_idle and self._to_client.is_idle:
            self._finish(reset=False)
            return
        self._retiring = self._loop.call_later(QUIET_S, self.retire)

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
        if self._retiring is not None:
            self._retiring.cancel()
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

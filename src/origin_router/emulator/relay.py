"""A TCP relay on loopback that delays, holds, refuses or swallows what passes through it.

It stands between the local edge and an origin for three purposes: distance (a one-way
delay per direction), faults, and a frozen virtual machine (what arrives while the
environment is frozen reaches its kernel only at the thaw).

What it cannot imitate: the kernel of this machine completes the TCP handshake with the
relay at once, so connecting takes no time whatever the delay; the delay shows from the
first byte on. The exception is a blackhole, where the kernel is kept from completing it.
All calls belong to one event loop, and only `start` and `close` wait.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from enum import Enum, auto

from origin_router.emulator.mirrored_refusal import MirroredRefusal
from origin_router.emulator.relay_link import Link
from origin_router.emulator.relay_weather import FAIR, Weather
from origin_router.emulator.tasks import Tasks

LOOPBACK = "127.0.0.1"

BACKLOG = 128
"""Connections the kernel completes for us before we take them; as many as a common server's default."""

FILLERS = 2
"""Connections that fill a backlog of 0: Linux takes one more than the backlog, and drops every later SYN."""


class Entry(Enum):
    """What a client meets that connects."""

    OPEN = auto()
    REFUSED = auto()
    """Its SYN is answered with a reset."""
    BLACKHOLED = auto()
    """Its SYN is dropped by the kernel, because the backlog is full."""


class Relay:
    """Forwards connections on `host`:`port` to one address; see the module for what it can do to them."""

    host = LOOPBACK

    def __init__(self, address: str, port: int, guard: socket.socket, *, mirror_refusal: bool) -> None:
        """Use `start`. `guard` is bound and never listens: it keeps our port ours while we refuse."""
        self.target = (address, port)
        self.port: int = guard.getsockname()[1]
        self._guard = guard
        self._loop = asyncio.get_running_loop()
        self._listener: socket.socket | None = None
        self._links: set[Link] = set()
        self._tasks = Tasks()
        self._mirrored = MirroredRefusal(self._tasks, self._listen_or_not)
        self._does_mirror = mirror_refusal
        self._weather = (FAIR, FAIR)
        self._entry = Entry.OPEN
        self._fillers: list[socket.socket] = []
        self._is_held = False
        self._is_silent = False

    @classmethod
    async def start(
        cls,
        address: str,
        port: int,
        *,
        to_origin_s: float = 0.0,
        from_origin_s: float = 0.0,
        mirror_refusal: bool = False,
    ) -> Relay:
        """Listen on a free port of loopback and forward to `address`:`port`, delayed by so much each way.

        With `mirror_refusal` the relay closes its own port while the origin refuses connections,
        so that who connects through it is refused as well.
        """
        guard = _bound_socket(0)
        relay = cls(address, port, guard, mirror_refusal=mirror_refusal)
        relay.set_delay(to_origin_s, from_origin_s)
        relay._listen_or_not()
        return relay

    @property
    def address(self) -> tuple[str, int]:
        """Where to connect to."""
        return self.host, self.port

    @property
    def connections(self) -> int:
        """How many connections stand at the moment."""
        return len(self._links)

    def set_delay(self, to_origin_s: float, from_origin_s: float) -> None:
        """Delay what is sent from now on by so much."""
        self.set_weather(Weather(to_origin_s), Weather(from_origin_s))

    def set_weather(self, to_origin: Weather, from_origin: Weather) -> None:
        """Treat data so from now on; what waits longer than it would now is brought forward."""
        if self._weather == (to_origin, from_origin):
            return
        self._weather = (to_origin, from_origin)
        for link in list(self._links):
            link.set_weather(*self._weather)

    def set_target(self, address: str, port: int) -> None:
        """Forward connections that come from now on to another address; the others close when they are idle."""
        if self.target == (address, port):
            return
        self.target = (address, port)
        self._mirrored.forget()
        self._listen_or_not()
        self.retire()

    def retire(self) -> None:
        """Let the connections that stand close, each as soon as it is idle."""
        for link in list(self._links):
            link.retire()

    def hold(self) -> None:
        """Keep back what arrives for the client, also the end of a connection, until `release`."""
        self._is_held = True
        self._set_gates()

    def release(self) -> None:
        """Hand the client at once what was held for it."""
        self._is_held = False
        self._set_gates()

    def silence(self) -> None:
        """Accept connections and data, forward nothing in either direction, until `speak`."""
        self._is_silent = True
        self._set_gates()

    def speak(self) -> None:
        """Forward again, first what was kept back."""
        self._is_silent = False
        self._set_gates()

    def set_entry(self, entry: Entry) -> None:
        """Be open, refused or blackholed to clients. What stands is reset when refused, swallowed when blackholed."""
        if entry is self._entry:
            return
        self._entry = entry
        self._listen_or_not()
        if entry is Entry.REFUSED:
            for link in list(self._links):
                link.reset()
        self._set_gates()

    async def close(self) -> None:
        """End everything: port, connections, tasks."""
        self.set_entry(Entry.REFUSED)
        self._guard.close()
        await self._tasks.end()

    def _listen_or_not(self) -> None:
        is_blackholed = self._entry is Entry.BLACKHOLED
        wanted = is_blackholed or (self._entry is Entry.OPEN and not self._mirrored.is_refusing)
        if not wanted:
            self._stop_listening()
            return
        if self._listener is None:
            self._listener = _bound_socket(self.port)
        if is_blackholed and not self._fillers:
            self._loop.remove_reader(self._listener)
            self._listener.listen(0)  # of a socket that listens, this changes the backlog
            self._fillers = [_connecting_socket(self.port) for _ in range(FILLERS)]
        elif not is_blackholed:
            self._listener.listen(BACKLOG)
            self._take_connections(self._listener)  # first of all the fillers
            self._close_fillers()
            self._loop.add_reader(self._listener, self._take_connections, self._listener)

    def _stop_listening(self) -> None:
        if self._listener is not None:
            self._loop.remove_reader(self._listener)
            self._listener.close()
            self._listener = None
        self._close_fillers()

    def _close_fillers(self) -> None:
        for filler in self._fillers:
            filler.close()
        self._fillers = []

    def _take_connections(self, listener: socket.socket) -> None:
        fillers = {filler.getsockname() for filler in self._fillers}
        with contextlib.suppress(BlockingIOError, ConnectionAbortedError):
            while True:
                client, peer = listener.accept()
                if peer in fillers:
                    client.close()
                    continue
                client.setblocking(False)
                self._tasks.spawn(self._open_link(client))

    async def _open_link(self, client: socket.socket) -> None:
        link = Link(self._links.discard)
        link.set_weather(*self._weather)
        self._links.add(link)
        self._set_gates()
        try:
            await self._loop.connect_accepted_socket(link.client_endpoint, client)
            await link.may_connect.wait()
            if not link.has_ended:
                await self._loop.create_connection(link.origin_endpoint, *self.target)
        except OSError as error:
            link.reset()
            if self._does_mirror and isinstance(error, ConnectionRefusedError):
                self._mirrored.notice(self.target)
        except asyncio.CancelledError:
            link.reset()
            raise
        if link.has_ended:  # while we connected
            link.reset()

    def _set_gates(self) -> None:
        is_open = not (self._is_silent or self._entry is Entry.BLACKHOLED)
        for link in list(self._links):  # what is let through may end a link
            link.set_gates(to_origin=is_open, to_client=is_open and not self._is_held)


def _bound_socket(port: int) -> socket.socket:
    """A socket bound to loopback. Linux lets two sockets share a port while at most one of them listens.

    The protocol is named because asyncio turns Nagle's algorithm off only where it is: with it, the
    first answer of a connection would wait for a delayed acknowledgement, 40 ms.
    """
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setblocking(False)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind((LOOPBACK, port))
    return bound


def _connecting_socket(port: int) -> socket.socket:
    filler = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    filler.setblocking(False)
    filler.connect_ex((LOOPBACK, port))
    return filler

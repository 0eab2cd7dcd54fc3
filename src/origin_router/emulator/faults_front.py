"""Stands between a link's relay and its origin where a fault needs to see TLS or HTTP.

It speaks TLS with the client by a certificate of the local edge's own authority, and with the origin as a client that
verifies. What no fault hits passes unchanged, byte by byte. The relay leads connections here as soon as such a fault
begins; those that are here stay, and pass unharmed when the fault has ended.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from pathlib import Path

from origin_router.emulator.faults_effect import NO_FRONT, FrontEffect
from origin_router.emulator.faults_exchange import Exchanges, Stream, reset
from origin_router.emulator.links import Address, Place
from origin_router.emulator.links_trust import Trust
from origin_router.emulator.relay import BACKLOG, LOOPBACK
from origin_router.emulator.tasks import Tasks

WRONG_NAME = "wrong-certificate.invalid"
"""A name that nobody has (RFC 2606)."""


class Front:
    """A listener for one link's connections. All calls belong to one event loop."""

    def __init__(self, place: Place, target: Address, trust: Trust, directory: Path) -> None:
        """`target` is where the origin is, by name or address; certificates are written into `directory`."""
        self._place = place
        self._target = target
        self._trust = trust
        self._directory = directory
        self._effect = NO_FRONT
        self._has_changed = asyncio.Event()
        self._tasks = Tasks()
        self._listener = socket.create_server((LOOPBACK, 0), backlog=BACKLOG)
        self._listener.setblocking(False)
        self.address: Address = self._listener.getsockname()[:2]
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._listener, self._take_connections)
        self._origin_tls = trust.context() if place.is_tls else None
        names = (place.host, WRONG_NAME) if place.is_tls else ()
        self._certificates = {name: self._server_tls(name) for name in names}

    def set_effect(self, effect: FrontEffect) -> None:
        """Do this to what comes from now on; who waits for the end of a stall goes on."""
        self._effect = effect
        self._has_changed.set()
        self._has_changed = asyncio.Event()

    async def close(self) -> None:
        """End everything."""
        self._loop.remove_reader(self._listener)
        self._listener.close()
        await self._tasks.end()

    def _take_connections(self) -> None:
        with contextlib.suppress(BlockingIOError, ConnectionAbortedError):
            while True:
                client, _ = self._listener.accept()
                client.setblocking(False)
                self._tasks.spawn(self._serve(client))

    async def _serve(self, client: socket.socket) -> None:
        try:
            while self._effect.is_stalled:
                await self._has_changed.wait()
            stream = await self._accept(client)
        except (OSError, ssl.SSLError):  # the client does not like the certificate, or left
            client.close()
            return
        except asyncio.CancelledError:
            client.close()
            raise
        try:
            await Exchanges(stream, self._connect, lambda: self._effect).run()
        except OSError:
            reset(stream)
        finally:
            stream.close()

    async def _accept(self, client: socket.socket) -> Stream:
        name = WRONG_NAME if self._effect.has_wrong_certificate else self._place.host
        return await Stream.accepted(client, self._certificates.get(name))

    async def _connect(self) -> Stream:
        """Connect to the origin. A bad certificate of the origin's own is an OSError like others."""
        host, port = self._target
        return await Stream.connected(host, port, self._origin_tls, self._place.host)

    def _server_tls(self, name: str) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self._trust.authority.issue(name))
        return context

"""One demo origin: a small HTTPS site that can be made slow, broken, silent or absent.

The faults are real ones. A stopped origin closes its port, so that connects are refused, and
resets what was open; a silent one accepts connections and requests and never answers.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
from enum import StrEnum
from pathlib import Path

from aiohttp import web

SLOW_S = 0.4
"""Added to the server time of a slow origin: more than any two Regions are apart."""
SHUTDOWN_S = 0.1
"""How long open exchanges may go on when the demo ends."""


class OriginState(StrEnum):
    """What a demo origin is up to at present."""

    OK = "ok"
    SLOW = "slow"
    ERROR = "error"
    STOPPED = "stopped"
    SILENT = "silent"


class DemoOrigin:
    """An HTTPS server on a port of its own. `set_state` changes how it behaves from the next request on."""

    def __init__(self, name: str, host: str, place: str, *, server_time_s: float) -> None:
        self.name = name
        self.host = host
        self.place = place
        self.state = OriginState.OK
        self.port = 0
        self._server_time_s = server_time_s
        self._served = web.Server(self._answer)
        self._tls: ssl.SSLContext | None = None
        self._listener: asyncio.Server | None = None

    async def start(self, certificate: Path) -> None:
        """Listen on a free port of 127.0.0.1 with the given certificate."""
        self._tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._tls.load_cert_chain(certificate)
        await self._listen()

    async def set_state(self, state: OriginState) -> None:
        """Behave differently from now on. What a silent origin kept waiting is reset."""
        before, self.state = self.state, state
        if state is OriginState.STOPPED:
            await self._close_port()
        elif before is OriginState.STOPPED:
            await self._listen()
        if before is OriginState.SILENT:
            self._reset_connections()

    async def close(self) -> None:
        """End the server and every connection."""
        await self._close_port()
        await self._served.shutdown(SHUTDOWN_S)

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(self._served, "127.0.0.1", self.port, ssl=self._tls)
        self.port = self._listener.sockets[0].getsockname()[1]

    async def _close_port(self) -> None:
        if self._listener is None:
            return
        listener, self._listener = self._listener, None
        listener.close()
        self._reset_connections()
        await listener.wait_closed()

    def _reset_connections(self) -> None:
        """Abort every open connection with a TCP reset, as a crashed machine's neighbour would see it."""
        for connection in self._served.connections:
            if connection.transport is None:
                continue
            open_socket = connection.transport.get_extra_info("socket")
            with contextlib.suppress(OSError, AttributeError):  # it may have closed by itself, and TLS has none then
                open_socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.transport.abort()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        await asyncio.sleep(self._server_time_s)
        match self.state:
            case OriginState.SLOW:
                await asyncio.sleep(SLOW_S)
            case OriginState.ERROR:
                return web.Response(status=500, text=f"{self.name} is broken on purpose.\n", headers=UNCACHED)
            case OriginState.SILENT | OriginState.STOPPED:
                await asyncio.Event().wait()  # until the connection is reset
        headers = CACHED if request.path.startswith("/static/") else UNCACHED
        return web.Response(
            text=f"Hello from {self.name} ({self.place}): {request.method} {request.path}\n", headers=headers
        )


UNCACHED = {"Cache-Control": "no-store"}
CACHED = {"Cache-Control": "public, max-age=5"}
"""For /static/ only, so that the demo shows cache hits too: those do not run the function."""

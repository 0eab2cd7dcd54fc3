"""The origins of the benchmark: a process of their own, so that serving does not disturb measuring.

Run as `python -m bench.farm`: reads one command per line of standard input and answers each
with one line, both JSON. Ends when its input ends. Every exchange is recorded with the
machine's monotonic clock, which all processes share: the truth that measurements are held
against.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import ssl
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from bench.scheduler import ProcessorWait
from bench.silent import SilentOrigin
from origin_router.emulator.relay import Relay

RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nServer: bench\r\n\r\n"
"""Without a body, so that it answers HEAD and GET alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginSpec:
    """One origin to start."""

    think_s: float = 0.0
    """Time between request and response."""
    jitter_s: float = 0.0
    """Up to so much is added to it, differently for each request."""
    round_trip_s: float = 0.0
    """Distance, made by a relay that delays both directions. Connecting itself takes no time (see `Relay`)."""
    certificate: str | None = None
    """PEM file with certificate and key; None: plain HTTP."""


@dataclass(slots=True)
class Exchange:
    """One request as the origin saw it, in monotonic seconds."""

    received_at: float
    held_up_ms: float
    """For how long the farm had to wait for a processor just before it received the request."""
    answered_at: float = 0.0
    """0 while it is not answered."""


@dataclass(slots=True)
class Seen:
    """What an origin saw."""

    connections: int = 0
    exchanges: list[Exchange] = field(default_factory=list)
    has_vanished: bool = False
    """It answers nobody any more, and keeps its connections open."""


class _Delays:
    """Waits of this process for a processor, from one event to the next."""

    def __init__(self) -> None:
        self._wait = ProcessorWait(os.getpid())
        self._last_ms = 0.0

    def since_last_ms(self) -> float:
        """How long it waited since this was asked last."""
        before_ms, self._last_ms = self._last_ms, self._wait.so_far_ms()
        return self._last_ms - before_ms

    def close(self) -> None:
        """Close the kernel's file."""
        self._wait.close()


class _Conversation(asyncio.Protocol):
    """One connection: reads requests, answers each after the time to think."""

    def __init__(self, spec: OriginSpec, seen: Seen, delays: _Delays) -> None:
        self._spec = spec
        self._delays = delays
        self._seen = seen
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._seen.connections += 1

    def data_received(self, data: bytes) -> None:
        *requests, self._buffer = (self._buffer + data).split(b"\r\n\r\n")
        held_up_ms = self._delays.since_last_ms()
        if self._seen.has_vanished:
            return
        for _ in requests:
            exchange = Exchange(time.monotonic(), held_up_ms)
            self._seen.exchanges.append(exchange)
            think_s = self._spec.think_s + self._spec.jitter_s * random.random()
            if think_s:
                asyncio.get_running_loop().call_later(think_s, self._answer, exchange)
            else:
                self._answer(exchange)

    def _answer(self, exchange: Exchange) -> None:
        assert self._transport is not None
        if not self._transport.is_closing() and not self._seen.has_vanished:
            exchange.answered_at = time.monotonic()
            self._transport.write(RESPONSE)
        self._delays.since_last_ms()


class Farm:
    """All origins that were started, and what they saw."""

    def __init__(self) -> None:
        self._seen: list[Seen] = []
        self._servers: list[asyncio.Server] = []
        self._relays: list[Relay] = []
        self._delays = _Delays()
        self._silent = ExitStack()

    async def handle(self, command: dict[str, Any]) -> Any:
        """Obey one command."""
        if command["do"] == "start":
            return await self.start(OriginSpec(**command["origin"]))
        seen = self._seen[command["origin"]]
        if command["do"] == "blackhole":
            seen.has_vanished = True
            return self._blackhole(self._servers[command["origin"]])
        return {
            "connections": seen.connections,
            "exchanges": [[each.received_at, each.answered_at, each.held_up_ms] for each in seen.exchanges],
        }

    def _blackhole(self, server: asyncio.Server) -> None:
        """Put a port that swallows connections in place of a server."""
        port: int = server.sockets[0].getsockname()[1]
        server.close()
        self._silent.enter_context(SilentOrigin(port))

    async def start(self, spec: OriginSpec) -> int:
        """Start an origin; return its port."""
        seen = Seen()
        context = None
        if spec.certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(spec.certificate)
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: _Conversation(spec, seen, self._delays), "127.0.0.1", 0, ssl=context)
        self._seen.append(seen)
        self._servers.append(server)
        port: int = server.sockets[0].getsockname()[1]
        if spec.round_trip_s:
            each_way_s = spec.round_trip_s / 2
            relay = await Relay.start("127.0.0.1", port, to_origin_s=each_way_s, from_origin_s=each_way_s)
            self._relays.append(relay)
            port = relay.port
        return port

    async def close(self) -> None:
        """Stop listening."""
        self._delays.close()
        self._silent.close()
        for relay in self._relays:
            await relay.close()
        for server in self._servers:
            server.close()


async def serve() -> None:
    """Obey commands until standard input ends."""
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _loop, _context: None)  # clients come and go without ceremony
    commands = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    farm = Farm()
    async for line in commands:
        print(json.dumps(await farm.handle(json.loads(line))), flush=True)
    await farm.close()


if __name__ == "__main__":
    asyncio.run(serve())

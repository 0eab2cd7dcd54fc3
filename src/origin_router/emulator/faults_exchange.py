"""The exchanges of one connection, with what faults do to them: an error's answer, a reset, a slow body."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable

from origin_router.emulator.faults_effect import FrontEffect
from origin_router.emulator.faults_http import ResponseHead, begins_request, error_response, is_whole

READ_BYTES = 65_536
SLOW_STEP_S = 0.1
"""A slow body comes in pieces so far apart. Also how long it takes to notice that it need not be slow any more."""
HANDSHAKE_LIMIT_S = 30.0
"""As long as a client may take with TLS, however the link delays it."""
LINGER_S = 1.0
"""How long the rest of a request is read that has been answered already, so that the answer is not lost by a reset."""


class Stream:
    """One connection as reader and writer."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def accepted(cls, client: socket.socket, tls: ssl.SSLContext | None) -> Stream:
        """Take a connection that nothing was read from; with `tls`, shake hands."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(reader)
        limit = {"ssl_handshake_timeout": HANDSHAKE_LIMIT_S} if tls else {}
        transport, _ = await loop.connect_accepted_socket(lambda: protocol, client, ssl=tls, **limit)
        return cls(reader, asyncio.StreamWriter(transport, protocol, reader, loop))

    @classmethod
    async def connected(cls, host: str, port: int, tls: ssl.SSLContext | None, name: str) -> Stream:
        """Connect; with `tls`, verify that the certificate is for this name."""
        reader, writer = await asyncio.open_connection(host, port, ssl=tls, server_hostname=name if tls else None)
        return cls(reader, writer)

    async def send(self, data: bytes) -> None:
        """Write, and wait while the peer reads slowly."""
        self.writer.write(data)
        await self.writer.drain()

    def close(self) -> None:
        """Close what is not closed yet."""
        self.writer.close()


def reset(stream: Stream) -> None:
    """Close so that the peer sees a reset."""
    transport = stream.writer.transport
    if not transport.is_closing():
        sock: socket.socket = transport.get_extra_info("socket")
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


class Exchanges:
    """Passes requests on and answers back, one after the other: our clients do not send a request before its turn."""

    def __init__(
        self,
        client: Stream,
        connect: Callable[[], Awaitable[Stream]],
        effect: Callable[[], FrontEffect],
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._client = client
        self._connect = connect
        self._effect = effect
        self._chance = chance
        self._origin: Stream | None = None
        self._answering: asyncio.Task[None] | None = None
        self._head = ResponseHead()
        self._is_over = False
        self._is_turn = True
        """The next request may begin: the one before has been answered, at least in part."""

    async def run(self) -> None:
        """Until one side closes. Raises OSError where the client is to see a reset."""
        try:
            while not self._is_over and (data := await self._next()):
                if not (self._is_turn and begins_request(data)):
                    await self._forward(data)  # more of the request under way
                elif not await self._is_failed(data):
                    self._is_turn = False
                    self._head.expect()
                    await self._forward(data)
        finally:
            await self._end()

    async def _next(self) -> bytes:
        """What the client sends next; empty when either side has closed."""
        if self._answering is None:
            return await self._client.reader.read(READ_BYTES)
        reading = asyncio.ensure_future(self._client.reader.read(READ_BYTES))
        try:
            await asyncio.wait([reading, self._answering], return_when=asyncio.FIRST_COMPLETED)
            if reading.done():
                return reading.result()
            self._answering.result()  # its error, if it has one
            return b""
        finally:
            if not reading.done():
                reading.cancel()
                await asyncio.wait([reading])

    async def _is_failed(self, data: bytes) -> bool:
        """Let faults answer the request that begins with this data; whether one did."""
        effect = self._effect()
        if self._hits(effect.reset_share):
            raise ConnectionResetError("a fault")
        status = next((status for status, share in effect.statuses if self._hits(share)), None)
        if status is None:
            return False
        closes = not is_whole(data)
        await self._client.send(error_response(status, data, closes=closes))
        if closes:
            await self._read_rest()
            self._is_over = True
        return True

    def _hits(self, share: float) -> bool:
        return share > 0 and self._chance() < share

    async def _read_rest(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LINGER_S):
                while await self._client.reader.read(READ_BYTES):
                    pass

    async def _forward(self, data: bytes) -> None:
        if self._origin is None:
            self._origin = await self._connect()
            self._answering = asyncio.create_task(self._answer(self._origin))
        await self._origin.send(data)

    async def _answer(self, origin: Stream) -> None:
        while data := await origin.reader.read(READ_BYTES):
            self._is_turn = True
            head, body = self._head.split(data)
            if head:
                await self._client.send(head)
            await self._send_body(body)

    async def _send_body(self, body: bytes) -> None:
        while body:
            rate = self._effect().bytes_per_s
            piece = body if rate is None else body[: max(1, int(rate * SLOW_STEP_S))]
            await self._client.send(piece)
            body = body[len(piece) :]
            if rate is not None:
                await asyncio.sleep(SLOW_STEP_S)

    async def _end(self) -> None:
        if self._origin is not None:
            self._origin.close()
        if self._answering is not None:
            self._answering.cancel()
            await asyncio.gather(self._answering, return_exceptions=True)

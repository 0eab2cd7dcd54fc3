"""Viewers that no server likes: slow, half-hearted, or gone."""

from __future__ import annotations

import asyncio
import random
import socket
import time
from collections import Counter
from collections.abc import Awaitable, Callable

SMALL_BUFFER_BYTES = 4_096
PATIENCE_S = 3.0

LARGE = "/large"
"""Path under which the origins have something large."""

Manner = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def be_rude(url: str, counted: Counter[str], chance: random.Random) -> None:
    """Come again and again, each time in another manner."""
    host, port = url.removeprefix("http://").split(":")
    while True:
        manner = chance.choice(MANNERS)
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER_BYTES)
        connection.setblocking(False)
        await asyncio.get_running_loop().sock_connect(connection, (host, int(port)))
        reader, writer = await asyncio.open_connection(sock=connection, limit=SMALL_BUFFER_BYTES)
        try:
            async with asyncio.timeout(PATIENCE_S):
                await manner(reader, writer)
            counted[manner.__name__] += 1
        except TimeoutError:
            counted["lost patience"] += 1
        except OSError:
            counted["hung up on"] += 1
        finally:
            writer.transport.abort()


async def sends_half_a_head(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A request line that never ends."""
    del reader
    for piece in (b"GET /half", b"-a-head HT", b"TP/1.1\r\nHos"):
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0.05)


async def sends_half_a_body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Promises a megabyte, and leaves."""
    del reader
    writer.write(b"POST /half-a-body HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 10_000)
    await writer.drain()
    await asyncio.sleep(0.1)


async def reads_slowly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Takes a few kilobytes at a time, and not all of them."""
    writer.write(f"GET {LARGE}?{time.monotonic_ns()} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    for _ in range(10):
        if not await reader.read(1_000):
            return
        await asyncio.sleep(0.02)


async def leaves_at_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Asks, and does not wait."""
    del reader
    writer.write(b"GET /gone HTTP/1.1\r\nHost: x\r\n\r\n")
    await writer.drain()


async def asks_many_at_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pipelines, and leaves after the first answer."""
    writer.write(b"GET /many HTTP/1.1\r\nHost: x\r\n\r\n" * 20)
    await reader.read(100)


async def speaks_nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Is no HTTP client at all."""
    writer.write(b"\x16\x03\x01\x02\x00\x01" + b"\xff" * 500)
    await reader.read(1_000)


MANNERS: tuple[Manner, ...] = (
    sends_half_a_head,
    sends_half_a_body,
    reads_slowly,
    leaves_at_once,
    asks_many_at_once,
    speaks_nonsense,
)

"""The relay on real sockets: delay, hold, refuse, silence, and nothing left open."""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from collections.abc import AsyncIterator

import pytest

from origin_router.emulator.relay import Relay

BIG = bytes(range(256)) * 40_000
"""10 MB: more than every buffer on the way."""


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while chunk := await reader.read(65_536):
            writer.write(chunk)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


@pytest.fixture
async def origin() -> AsyncIterator[int]:
    """An echo server; yields its port."""
    server = await asyncio.start_server(_echo, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()


async def _ask(relay: Relay, message: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(*relay.address)
    writer.write(message)
    writer.write_eof()
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


async def test_forwards_both_ways_and_both_ends(origin: int) -> None:
    """A half-closed connection goes on in the other direction, and ends when both halves have."""
    relay = await Relay.start("127.0.0.1", origin)

    assert await _ask(relay, BIG) == BIG
    await asyncio.sleep(0)
    assert relay.connections == 0
    await relay.close()


async def test_delays_each_direction(origin: int) -> None:
    """An exchange takes at least both delays together."""
    relay = await Relay.start("127.0.0.1", origin, to_origin_s=0.03, from_origin_s=0.05)
    began = time.monotonic()

    assert await _ask(relay, b"x") == b"x"
    assert time.monotonic() - began >= 0.08
    await relay.close()


async def test_a_held_relay_keeps_back_what_arrives_for_the_client(origin: int) -> None:
    """While held, the request goes out and its answer waits; the release hands it over."""
    relay = await Relay.start("127.0.0.1", origin)
    reader, writer = await asyncio.open_connection(*relay.address)
    writer.write(b"one")
    assert await reader.readexactly(3) == b"one"

    relay.hold()
    writer.write(b"two")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.readexactly(3), 0.05)
    relay.release()
    assert await reader.readexactly(3) == b"two"

    writer.close()
    await writer.wait_closed()
    await relay.close()


async def test_ends_that_were_held_arrive_at_the_release() -> None:
    """Several connections that the origin closes or resets meanwhile; their data come first."""

    async def end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        how = await reader.read(5)
        writer.write(b"last words")
        if how == b"reset":
            await writer.drain()
            await asyncio.sleep(0.02)  # a reset overtakes data that its receiver has not read
            linger = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.close()

    server = await asyncio.start_server(end, "127.0.0.1", 0)
    relay = await Relay.start("127.0.0.1", server.sockets[0].getsockname()[1])
    clients = [await asyncio.open_connection(*relay.address) for _ in range(4)]
    await asyncio.sleep(0.01)
    relay.hold()
    for number, (_, writer) in enumerate(clients):
        writer.write(b"reset" if number % 2 else b"close")
    await asyncio.sleep(0.1)
    relay.release()

    for number, (reader, writer) in enumerate(clients):
        if number % 2:
            with pytest.raises(ConnectionResetError):
                await reader.read()
        else:
            assert await reader.read() == b"last words"
        writer.close()
    await relay.close()
    server.close()
    await server.wait_closed()


async def test_a_refusing_relay_resets_what_stands_and_keeps_its_port(origin: int) -> None:
    """Refused means refused by the kernel; afterwards the same port answers again."""
    relay = await Relay.start("127.0.0.1", origin)
    reader, writer = await asyncio.open_connection(*relay.address)
    writer.write(b"one")
    await reader.readexactly(3)

    relay.refuse()
    with pytest.raises(ConnectionResetError):
        await reader.read()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(*relay.address)
    relay.accept()
    assert await _ask(relay, b"back") == b"back"

    writer.close()
    await relay.close()


async def test_a_silent_relay_accepts_and_forwards_nothing_until_it_speaks(origin: int) -> None:
    """A client of a silent relay is connected and waits."""
    relay = await Relay.start("127.0.0.1", origin)
    relay.silence()
    reader, writer = await asyncio.open_connection(*relay.address)
    writer.write(b"hello")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.readexactly(5), 0.05)
    relay.speak()

    assert await reader.readexactly(5) == b"hello"
    writer.close()
    await writer.wait_closed()
    await relay.close()


async def test_an_origin_that_refuses_resets_the_client(unused_tcp_port: int) -> None:
    """Nobody listens behind the relay: the client is told at once."""
    relay = await Relay.start("127.0.0.1", unused_tcp_port)
    reader, writer = await asyncio.open_connection(*relay.address)

    with pytest.raises(ConnectionResetError):
        await reader.read()
    writer.close()
    await relay.close()


async def test_a_mirroring_relay_refuses_while_its_origin_does(unused_tcp_port: int) -> None:
    """After the first refusal the port is closed; it opens again once the origin listens."""
    relay = await Relay.start("127.0.0.1", unused_tcp_port, mirror_refusal=True)
    reader, writer = await asyncio.open_connection(*relay.address)
    with pytest.raises(ConnectionResetError):
        await reader.read()
    writer.close()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(*relay.address)

    server = await asyncio.start_server(_echo, "127.0.0.1", unused_tcp_port)
    for _ in range(100):
        try:
            answer = await _ask(relay, b"x")
            break
        except ConnectionRefusedError:
            await asyncio.sleep(0.02)
    assert answer == b"x"

    await relay.close()
    server.close()
    await server.wait_closed()


async def test_closing_ends_connections_that_hang(origin: int) -> None:
    """Nothing stays open, also when the relay was silent or held."""
    relay = await Relay.start("127.0.0.1", origin)
    relay.silence()
    reader, writer = await asyncio.open_connection(*relay.address)
    await asyncio.sleep(0.01)
    await relay.close()

    with pytest.raises(ConnectionResetError):
        await reader.read()
    assert relay.connections == 0
    writer.close()

"""The relay on real sockets: delay, hold, refuse, silence, and nothing left open."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import socket
import struct
import time
from collections.abc import AsyncIterator

import pytest

from origin_router.emulator.relay import Entry, Relay
from origin_router.emulator.relay_weather import Weather

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

    relay.set_entry(Entry.REFUSED)
    with pytest.raises(ConnectionResetError):
        await reader.read()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(*relay.address)
    relay.set_entry(Entry.OPEN)
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


async def test_another_target_is_not_refused_for_the_last_one(origin: int, unused_tcp_port: int) -> None:
    """What was noticed of the one that refuses does not hold for the next, and nobody goes on asking for it."""
    relay = await Relay.start("127.0.0.1", unused_tcp_port, mirror_refusal=True)
    reader, writer = await asyncio.open_connection(*relay.address)
    with pytest.raises(ConnectionResetError):
        await reader.read()
    writer.close()

    relay.set_target("127.0.0.1", origin)
    assert await _ask(relay, b"x") == b"x"
    await asyncio.sleep(0)
    assert "MirroredRefusal" not in repr(asyncio.all_tasks())
    await relay.close()


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


async def test_closing_ends_a_connection_that_was_just_accepted(origin: int) -> None:
    """A task that is cancelled before it has begun closes nothing: the collector would, and warn."""
    relay = await Relay.start("127.0.0.1", origin)
    with socket.create_connection(relay.address) as client:
        client.setblocking(False)
        while not relay._tasks:  # accepted, not begun
            await asyncio.sleep(0)
        assert relay.connections == 0
        await relay.close()
        with contextlib.suppress(ConnectionResetError):  # either way of ending it is right
            assert await asyncio.get_running_loop().sock_recv(client, 1) == b""
    assert relay.connections == 0
    gc.collect()  # what nobody closed is warned of, and warnings are errors


async def test_a_blackholed_relay_lets_nobody_connect_until_it_is_open_again(origin: int) -> None:
    """The kernel drops the SYN; one sent again after the end gets through. What stands is swallowed."""
    relay = await Relay.start("127.0.0.1", origin)
    reader, writer = await asyncio.open_connection(*relay.address)
    writer.write(b"one")
    await reader.readexactly(3)

    relay.set_entry(Entry.BLACKHOLED)
    writer.write(b"two")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.open_connection(*relay.address), 0.2)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.readexactly(3), 0.05)
    waiting = asyncio.create_task(_ask(relay, b"later"))
    await asyncio.sleep(0.05)
    relay.set_entry(Entry.OPEN)

    assert await reader.readexactly(3) == b"two"
    assert await waiting == b"later"
    writer.close()
    await writer.wait_closed()
    await relay.close()


async def test_a_blackhole_follows_a_refusal_and_the_other_way_round(origin: int) -> None:
    """Each state is what it says, whatever was before."""
    relay = await Relay.start("127.0.0.1", origin)
    for entry in (Entry.REFUSED, Entry.BLACKHOLED, Entry.REFUSED, Entry.BLACKHOLED, Entry.OPEN):
        relay.set_entry(entry)
        match entry:
            case Entry.REFUSED:
                with pytest.raises(ConnectionRefusedError):
                    await asyncio.open_connection(*relay.address)
            case Entry.BLACKHOLED:
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(asyncio.open_connection(*relay.address), 0.05)
            case Entry.OPEN:
                assert await _ask(relay, b"x") == b"x"
    await relay.close()


async def test_a_shorter_delay_brings_forward_what_waits(origin: int) -> None:
    """Who waits when a fault ends does not wait it out."""
    relay = await Relay.start("127.0.0.1", origin, to_origin_s=60, from_origin_s=60)
    waiting = asyncio.create_task(_ask(relay, b"x"))
    await asyncio.sleep(0.05)
    relay.set_delay(0, 0)

    assert await asyncio.wait_for(waiting, 5) == b"x"
    await relay.close()


async def test_order_is_kept_whatever_the_jitter_and_loss(origin: int) -> None:
    """A stream of bytes stays one, and all of it arrives."""
    weather = Weather(delay_s=0.002, jitter_s=0.002, loss=0.01)
    relay = await Relay.start("127.0.0.1", origin)
    relay.set_weather(weather, weather)

    assert await _ask(relay, BIG[:300_000]) == BIG[:300_000]
    await relay.close()


async def test_a_new_target_takes_new_connections_and_idle_ones_close(origin: int) -> None:
    """A connection under way is not cut; one that has had its answer is closed in peace."""
    elsewhere = await asyncio.start_server(_echo, "127.0.0.1", 0)
    relay = await Relay.start("127.0.0.1", origin)
    idle_reader, idle_writer = await asyncio.open_connection(*relay.address)
    idle_writer.write(b"asked")
    await idle_reader.readexactly(5)

    relay.set_target(*elsewhere.sockets[0].getsockname())
    assert await _ask(relay, b"new") == b"new"
    assert await asyncio.wait_for(idle_reader.read(), 5) == b""
    assert relay.connections == 0

    idle_writer.close()
    await relay.close()
    elsewhere.close()
    await elsewhere.wait_closed()


async def test_a_handshake_that_pauses_is_not_taken_for_idle(origin: int) -> None:
    """A client that is frozen in the middle of TLS finds its connection afterwards."""
    relay = await Relay.start("127.0.0.1", origin)
    reader, writer = await asyncio.open_connection(*relay.address)
    writer.write(b"\x16\x03\x01")
    await reader.readexactly(3)
    relay.retire()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.read(1), 0.3)
    writer.write(b"go on")

    assert await reader.readexactly(5) == b"go on"
    writer.close()
    await writer.wait_closed()
    await relay.close()

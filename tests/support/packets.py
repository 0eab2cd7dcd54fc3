"""Real packets in tests: a carrier before an echo server, or a reason why this machine cannot have one."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from origin_router.edge.tcp_info import KernelTimes, read_kernel_times
from origin_router.emulator.links import Address, CarriedLink, LinkCondition
from origin_router.emulator.packets.carrier import PacketCarrier
from origin_router.emulator.packets.devices import NAME_PREFIX, PacketsUnavailable

EDGE = "eu-central-1"


def devices() -> set[str]:
    """Names of the devices that runs have made on this machine."""
    return {each.name for each in Path("/sys/class/net").iterdir() if each.name.startswith(NAME_PREFIX)}


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Say again what is heard."""
    with contextlib.suppress(ConnectionError):
        while chunk := await reader.read(65_536):
            writer.write(chunk)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def echo_server() -> AsyncIterator[Address]:
    """An origin on loopback."""
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()
    server.close()
    await server.wait_closed()


@asynccontextmanager
async def carrier_before(target: Address, **conditions: LinkCondition) -> AsyncIterator[PacketCarrier]:
    """A carrier with one link to the target under each name. Skips the test where there can be none."""
    ends: list[str] = []
    carrier = PacketCarrier(ends.append)
    links = [
        CarriedLink(edge=EDGE, origin=f"{name}:443", target=target, condition=condition)
        for name, condition in conditions.items()
    ]
    try:
        await carrier.start(links)
    except PacketsUnavailable as error:
        pytest.skip(str(error))
    try:
        yield carrier
    finally:
        await carrier.close()
    assert ends == []


async def connect(carrier: PacketCarrier, name: str, timeout_s: float | None = None) -> tuple[socket.socket, float]:
    """Connect over a link; returns the socket and the time it took, in seconds. Raises what the kernel says."""
    client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    client.setblocking(False)
    began = time.monotonic()
    try:
        async with asyncio.timeout(timeout_s):
            await asyncio.get_running_loop().sock_connect(client, carrier.address_of(EDGE, f"{name}:443"))
    except BaseException:
        client.close()
        raise
    return client, time.monotonic() - began


async def say(client: socket.socket, message: bytes) -> bytes:
    """Send, and read as many bytes back."""
    loop = asyncio.get_running_loop()
    sending = asyncio.ensure_future(loop.sock_sendall(client, message))
    heard = bytearray()
    while len(heard) < len(message) and (chunk := await loop.sock_recv(client, 65_536)):
        heard += chunk
    await sending
    return bytes(heard)


def kernel_times(client: socket.socket) -> KernelTimes:
    """What the kernel has measured on a connection."""
    times = read_kernel_times(client)
    assert times is not None
    return times

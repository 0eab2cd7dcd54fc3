"""Devices, processes and descriptors are gone afterwards, however the end comes; and this machine's routes stay."""

from __future__ import annotations

import asyncio
import os
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from origin_router.emulator.links import CALM, CarriedLink
from origin_router.emulator.packets.carrier import PacketCarrier
from origin_router.emulator.packets.devices import PacketsUnavailable
from tests.support.packets import EDGE, carrier_before, connect, devices, echo_server, say

END_TIMEOUT_S = 20.0

HOLD_A_CARRIER = f"""
import asyncio, sys
from origin_router.emulator.links import CarriedLink
from origin_router.emulator.packets.carrier import PacketCarrier

async def main():
    carrier = PacketCarrier(print)
    await carrier.start([CarriedLink(edge="{EDGE}", origin="o:443", target=("127.0.0.1", 9))])
    print(carrier.device, carrier.pid, flush=True)
    await asyncio.Event().wait()

try:
    asyncio.run(main())
except OSError as error:
    print(error, flush=True)
    sys.exit(3)
"""


def routes() -> set[str]:
    """What the kernel routes, and where."""
    return set(Path("/proc/net/route").read_text().splitlines())


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def held_by_a_process() -> tuple[subprocess.Popen[str], str, int]:
    """A process that holds a carrier, its device, and the id of the process that carries packets for it."""
    holder = subprocess.Popen([sys.executable, "-c", HOLD_A_CARRIER], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    with holder.stdout:
        line = holder.stdout.readline()
    if holder.poll() is not None or not line[-2:-1].isdigit():
        holder.wait()
        pytest.skip(line.strip())
    device, pid = line.split()
    return holder, device, int(pid)


def ended(pid: int, timeout_s: float) -> bool:
    """Wait for the end of a process that is not our child."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], timeout_s)[0])
    finally:
        os.close(descriptor)


async def test_after_close_nothing_is_left() -> None:
    """No device, no route, no process, no descriptor; also with connections that stand."""
    async with echo_server() as origin:
        async with carrier_before(origin, warm=CALM):
            pass  # what a first run opens for good (the loop's watcher of children) is not counted
        before = routes(), open_descriptors()
        async with carrier_before(origin, a=CALM, b=CALM) as carrier:
            standing, _ = await connect(carrier, "a")
            await say(standing, b"x")
            pid, device = carrier.pid, carrier.device
            assert device in devices()
            assert routes() > before[0]
        standing.close()
        await asyncio.sleep(0)

        assert device not in devices()
        assert (routes(), open_descriptors()) == before
        assert ended(pid, 0)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM], ids=lambda each: each.name)
def test_nothing_outlives_the_process_that_holds_it(number: signal.Signals) -> None:
    """Also if it had no chance to clean up: the end of its pipe ends the carrying, which ends the device."""
    holder, device, pid = held_by_a_process()
    assert device in devices()
    holder.send_signal(number)
    holder.wait(END_TIMEOUT_S)

    assert ended(pid, END_TIMEOUT_S)
    assert device not in devices()


def kill(carrier: PacketCarrier) -> None:
    os.kill(carrier.pid, signal.SIGKILL)


def remove_device(carrier: PacketCarrier) -> None:
    if shutil.which("ip") is None:
        pytest.skip("removing the device needs ip")
    subprocess.run(["ip", "link", "delete", carrier.device], check=True)


@pytest.mark.parametrize("end", [kill, remove_device])
async def test_the_end_of_the_carrying_is_told(end: Callable[[PacketCarrier], None]) -> None:
    """Somebody ends it from outside: that is said once, in a sentence, and closing works all the same."""
    told: list[str] = []
    has_ended = asyncio.Event()

    def on_end(text: str) -> None:
        told.append(text)
        has_ended.set()

    async with echo_server() as origin:
        carrier = PacketCarrier(on_end)
        try:
            await carrier.start([CarriedLink(edge=EDGE, origin="a:443", target=origin)])
        except PacketsUnavailable as error:
            pytest.skip(str(error))
        end(carrier)
        async with asyncio.timeout(END_TIMEOUT_S):
            await has_ended.wait()
        carrier.set_condition(EDGE, "a:443", CALM)  # a fault that is just being set meets a closed pipe
        await carrier.close()

    assert len(told) == 1
    assert "start again" in told[0]


async def test_two_runs_at_once_do_not_meet() -> None:
    """Each has a device and addresses of its own."""
    async with (
        echo_server() as origin,
        carrier_before(origin, a=CALM) as one,
        carrier_before(origin, a=CALM) as two,
    ):
        assert one.device != two.device
        assert one.address_of(EDGE, "a:443") != two.address_of(EDGE, "a:443")
        for carrier in (one, two):
            client, _ = await connect(carrier, "a")
            with client:
                assert await say(client, b"x") == b"x"

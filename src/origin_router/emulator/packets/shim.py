"""The process between the two networks: it carries packets, and lives in the far network.

Commands come as JSON lines on standard input, and its end is the end of this process: so nothing
stays behind, even if the local edge is killed. Answers go to a socket whose descriptor is the
only argument, each with the descriptor that was asked for:

    (at start)                           {"near", "links", "device"}, or {"error"}
    {"link", "condition", "open": PORT}  {} and a socket bound to it (or to a free port) in the far network
    {"link", "condition"}                (none)
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import sys
import time
from collections.abc import Iterator
from ipaddress import IPv4Address
from random import Random
from typing import Any

from origin_router.emulator.links import LinkCondition
from origin_router.emulator.packets.devices import Devices, PacketsUnavailable, make_devices
from origin_router.emulator.packets.tun import LONGEST_PACKET_BYTES
from origin_router.emulator.packets.wire import Wire

BATCH = 32
"""Packets taken from a device before what is due is delivered: a burst delays others by 1 ms or less."""

COMMANDS_FD = 0
COMMAND_BYTES = 65_536


class Shim:
    """Carries packets until its commands end."""

    def __init__(self, devices: Devices, answers: socket.socket) -> None:
        self._devices = devices
        self._answers = answers
        self._wire = Wire(Random())
        self._rest = b""

    def run(self) -> None:
        """Carry packets. `select` waits with a resolution of microseconds, where `epoll` has milliseconds."""
        devices = (self._devices.near_fd, self._devices.far_fd)
        while True:
            ready, _, _ = select.select([COMMANDS_FD, *devices], [], [], self._wire.wait_s(time.monotonic()))
            packets = [packet for device in devices if device in ready for packet in _read_packets(device)]
            if not self._obey():  # before the packets: what was commanded before they were sent applies to them
                return
            now_s = time.monotonic()
            for packet in packets:
                self._wire.take(packet, now_s)
            for device, packet in self._wire.due(now_s):
                with contextlib.suppress(OSError):  # what a device does not take is lost, as in any network
                    os.write(device, packet)

    def _obey(self) -> bool:
        """Do what has been commanded so far. False at the end of the commands."""
        while select.select([COMMANDS_FD], [], [], 0)[0]:
            if not (data := os.read(COMMANDS_FD, COMMAND_BYTES)):
                return False
            *lines, self._rest = (self._rest + data).split(b"\n")
            for line in lines:
                self._execute(json.loads(line))
        return True

    def _execute(self, command: dict[str, Any]) -> None:
        near, link = self._devices.piece.near.packed, IPv4Address(command["link"]).packed
        condition = LinkCondition(**command["condition"])
        now_s = time.monotonic()
        self._wire.connect(near, link, self._devices.far_fd, condition, now_s)
        self._wire.connect(link, near, self._devices.near_fd, condition, now_s)
        if "open" in command:
            self._hand_over(command["link"], command["open"])

    def _hand_over(self, address: str, port: int) -> None:
        """Make a socket in this network and give it to who asked; it stays in this network."""
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as bound:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                bound.bind((address, port))
            except PermissionError:  # a port below 1024, without CAP_NET_BIND_SERVICE
                bound.bind((address, 0))
            socket.send_fds(self._answers, [b"{}"], [bound.fileno()])


def _read_packets(device: int) -> Iterator[bytes]:
    with contextlib.suppress(BlockingIOError):
        for _ in range(BATCH):
            yield os.read(device, LONGEST_PACKET_BYTES)


def _answer(answers: socket.socket, document: dict[str, Any]) -> None:
    answers.send(json.dumps(document).encode())


def main() -> None:
    """Make the devices, say so, and carry packets."""
    with socket.socket(fileno=int(sys.argv[1])) as answers:
        try:
            devices = make_devices()
        except PacketsUnavailable as error:
            _answer(answers, {"error": str(error)})
            return
        piece = devices.piece
        _answer(answers, {"near": str(piece.near), "links": str(piece.links), "device": devices.name})
        with contextlib.suppress(OSError):  # a device was removed, or who asked has just ended: so do we
            Shim(devices, answers).run()


if __name__ == "__main__":
    main()

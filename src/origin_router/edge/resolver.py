"""Name resolution on threads: the one call of a probe that can block.

Each name has at most one look-up under way, however long it hangs, so a broken resolver
costs a thread per name and never a request's time. `wake_fd` becomes readable when a
look-up ends, for a loop that waits.
"""

from __future__ import annotations

import _thread
import contextlib
import os
import socket
import time
from collections.abc import Callable

Address = tuple[int, str, int]
"""(address family, numeric address, port)"""

Lookup = Callable[[str, int], list[Address]]
"""Blocking look-up of (host, port); raises OSError."""


def system_lookup(host: str, port: int) -> list[Address]:
    """Ask the system; IPv4 first, because Lambda's network speaks it everywhere.

    (In bytes: for a string Python would import its codec of international names, 1 ms of every cold start.)
    """
    found = socket.getaddrinfo(host.encode("ascii"), port, type=socket.SOCK_STREAM)
    addresses = [(family, str(address[0]), int(address[1])) for family, _, _, _, address in found]
    return sorted(addresses, key=lambda each: each[0] != socket.AF_INET)


class Resolution:
    """One look-up: `addresses` or `error` is set when it is done."""

    __slots__ = ("addresses", "done_at", "error", "is_done")

    def __init__(self) -> None:
        self.done_at = 0.0
        """When it was done (monotonic, seconds)."""
        self.is_done = False
        self.addresses: list[Address] = []
        self.error = ""


class Resolver:
    """Looks names up without blocking its caller."""

    def __init__(self, lookup: Lookup = system_lookup) -> None:
        self._lookup = lookup
        self._pending: dict[tuple[str, int], Resolution] = {}
        self.wake_fd, self._write_fd = os.pipe()
        os.set_blocking(self.wake_fd, False)
        os.set_blocking(self._write_fd, False)

    def start(self, host: str, port: int) -> Resolution:
        """Begin a look-up, or join the one that is already under way."""
        resolution = self._pending.get((host, port))
        if resolution is None or resolution.is_done:
            resolution = Resolution()
            # Not threading.Thread: its start() waits for the new thread, up to a switch interval of 5 ms.
            _thread.start_new_thread(self._run, (host, port, resolution))
            self._pending[host, port] = resolution
        return resolution

    def drain(self) -> None:
        """Empty the pipe behind `wake_fd`."""
        with contextlib.suppress(BlockingIOError):
            os.read(self.wake_fd, 512)

    def close(self) -> None:
        """Give the pipe back. Look-ups still under way end unheard."""
        os.close(self.wake_fd)
        write_fd, self._write_fd = self._write_fd, -1
        os.close(write_fd)

    def _run(self, host: str, port: int, resolution: Resolution) -> None:
        try:
            resolution.addresses = self._lookup(host, port)
            if not resolution.addresses:
                resolution.error = "the name has no address"
        except Exception as error:  # noqa: BLE001 - or whoever waits for the look-up would wait for ever
            resolution.error = getattr(error, "strerror", None) or str(error) or type(error).__name__
        resolution.done_at = time.monotonic()
        resolution.is_done = True
        with contextlib.suppress(OSError):  # the pipe is full (the reader will look anyway) or closed
            os.write(self._write_fd, b"x")

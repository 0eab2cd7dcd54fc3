"""Closes connections that stand when a link gets its relay: they would go on past it.

They belong to the function's processes as well as to ours, and a process that is stopped cannot be asked. The kernel
lets a parent take a copy of a child's socket (pidfd_getfd, Linux 5.6) and shut it down. Only connections that are idle
are closed; the process finds them closed by the peer, as any kept connection may be.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import socket
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple

from origin_router.emulator.links import Address

PIDFD_GETFD = 438
"""Number of the system call, the same on every architecture."""

IDLE_MS = 100
"""A connection on which the last thing to come was an answer, so long ago, is idle."""

LAST_DATA_SENT, LAST_DATA_RECEIVED = 44, 52
"""Offsets in `struct tcp_info`: milliseconds since, as 32-bit numbers."""
TCP_INFO_BYTES = 104

_libc = ctypes.CDLL(None, use_errno=True)


class Standing(NamedTuple):
    """A connection of some process."""

    pid: int
    descriptor: int
    inode: str
    """Tells it from another that has the same descriptor later."""


def standing(pid: int, peers: Collection[Address]) -> set[Standing]:
    """The connections of a process to any of these addresses. Raises PermissionError where that may not be known."""
    found = set()
    for descriptor, inode in _sockets(pid):
        with contextlib.suppress(ProcessLookupError, FileNotFoundError), _copy(pid, descriptor) as copy:
            if _peer(copy) in peers:
                found.add(Standing(pid, descriptor, inode))
    return found


def close_idle(connection: Standing) -> bool:
    """Close a connection if it is idle; return whether it is closed by now."""
    pid, descriptor, inode = connection
    try:
        if str((_path(pid) / str(descriptor)).readlink()) != inode:
            return True
        with _copy(pid, descriptor) as copy:
            info = copy.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, TCP_INFO_BYTES)
            sent_ms, received_ms = (
                int.from_bytes(info[at : at + 4], "little") for at in (LAST_DATA_SENT, LAST_DATA_RECEIVED)
            )
            if received_ms < IDLE_MS or received_ms > sent_ms:
                return False
            copy.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # it is gone, or its process is
    return True


def _sockets(pid: int) -> Iterator[tuple[int, str]]:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for entry in list(_path(pid).iterdir()):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                inode = str(entry.readlink())
                if inode.startswith("socket:"):
                    yield int(entry.name), inode


def _path(pid: int) -> Path:
    return Path("/proc") / str(pid) / "fd"


def _peer(copy: socket.socket) -> Address | None:
    try:
        peer = copy.getpeername()
    except OSError:
        return None
    return peer[:2] if isinstance(peer, tuple) else None


@contextlib.contextmanager
def _copy(pid: int, descriptor: int) -> Iterator[socket.socket]:
    """A socket of another process, or of this one, as one more descriptor."""
    if pid == os.getpid():
        number = os.dup(descriptor)
    else:
        pidfd = os.pidfd_open(pid)
        try:
            number = _libc.syscall(PIDFD_GETFD, pidfd, descriptor, 0)
        finally:
            os.close(pidfd)
        if number < 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code))
    with socket.socket(fileno=number) as copy:
        yield copy

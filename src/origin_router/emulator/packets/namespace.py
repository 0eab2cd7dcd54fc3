"""Moves this process into a network of its own, which has no name and ends with its last user."""

from __future__ import annotations

import ctypes
import errno
import os

CLONE_NEWNET = 0x40000000
CLONE_NEWUSER = 0x10000000
"""From linux/sched.h."""


def enter_private_network() -> None:
    """Leave this machine's network. OSError where that is not allowed.

    A network namespace takes CAP_SYS_ADMIN. A container that was given CAP_NET_ADMIN alone may
    still get one as the owner of a user namespace. The process must have one thread only.
    """
    try:
        _unshare(CLONE_NEWNET)
    except PermissionError:
        _unshare(CLONE_NEWUSER | CLONE_NEWNET)


def _unshare(flags: int) -> None:
    """`os.unshare`, which Python has from 3.12 on."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(flags) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number) if number != errno.EINVAL else "the kernel has no such namespaces")

"""Listening sockets on loopback: the port that was asked for, or one that is free."""

from __future__ import annotations

import errno
import socket

LOOPBACK = "127.0.0.1"


class PortUnavailable(Exception):  # noqa: N818 - says what is the matter
    """A port that was asked for cannot be had."""


def listen(port: int | None, preferred: int, *, purpose: str) -> socket.socket:
    """Listen on `port`; where none is asked for, on `preferred`, or on any port if that is taken."""
    if port is not None:
        try:
            return _listen(port)
        except OSError as error:
            reason = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used: {error.strerror}"
            raise PortUnavailable(
                f"port {port} for {purpose} {reason}; choose another, or none for a free one"
            ) from error
    try:
        return _listen(preferred)
    except OSError:
        return _listen(0)


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((LOOPBACK, port))
        listener.listen()
    except OSError:
        listener.close()
        raise
    listener.setblocking(False)
    return listener

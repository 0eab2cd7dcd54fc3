"""The bytes of a connection, over TCP or TLS. No call blocks."""

from __future__ import annotations

import errno
import os
import select
import socket
import ssl

from origin_router.edge.resolver import Address
from origin_router.edge.tcp_info import KernelTimes, read_kernel_times

READ_BYTES = 16_384
"""One TLS record."""


class Stream:
    """A TCP connection to an address, opened by the first call of `connect`."""

    __slots__ = ("_address", "events", "sock")

    def __init__(self, address: Address) -> None:
        family, host, port = address
        self._address = (host, port)
        self.sock = socket.socket(family, socket.SOCK_STREAM)
        self.sock.setblocking(False)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.events = select.POLLOUT
        """What to wait for on `sock`: poll flags."""

    def connect(self) -> bool:
        """Go on connecting; return whether it stands. Raises OSError."""
        code = self.sock.connect_ex(self._address)
        if code in (errno.EINPROGRESS, errno.EALREADY):
            return False
        if code not in (0, errno.EISCONN):
            raise OSError(code, os.strerror(code))
        self.events = select.POLLIN
        return True

    def handshake(self) -> bool:
        """Go on with the handshake, of which TCP has none left; return whether it is done."""
        return True

    def send(self, data: bytes) -> None:
        """Write a request, which fits into what the kernel keeps. Raises OSError if the peer is gone."""
        self.sock.send(data)

    def receive(self) -> bytes | None:
        """Return what has arrived; None if nothing has, nothing at all if the peer has closed. Raises OSError."""
        try:
            return self.sock.recv(READ_BYTES)
        except BlockingIOError:
            return None

    def kernel_times(self) -> KernelTimes | None:
        """Return what the kernel knows of it."""
        return read_kernel_times(self.sock)

    def close(self) -> None:
        """Close without ceremony."""
        self.sock.close()


class TlsStream(Stream):
    """TLS over a TCP connection that stands."""

    __slots__ = ()
    sock: ssl.SSLSocket

    def __init__(self, stream: Stream, context: ssl.SSLContext, host: str) -> None:
        self.sock = context.wrap_socket(stream.sock, server_hostname=host, do_handshake_on_connect=False)
        self.events = select.POLLIN

    def handshake(self) -> bool:
        """Go on with the handshake; return whether it is done. Raises OSError."""
        try:
            self.sock.do_handshake()
        except ssl.SSLWantReadError:
            self.events = select.POLLIN
            return False
        except ssl.SSLWantWriteError:
            self.events = select.POLLOUT
            return False
        self.events = select.POLLIN
        return True

    def receive(self) -> bytes | None:
        """As for TCP; what belongs to TLS alone, as its tickets, is none of it."""
        try:
            return self.sock.recv(READ_BYTES)
        except (ssl.SSLWantReadError, BlockingIOError):
            return None

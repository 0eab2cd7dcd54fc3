"""A scripted origin on loopback: answers, delays and fails as told, over TCP or TLS."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType


@dataclass
class Script:
    """How an origin behaves; may be changed while it runs."""

    delay_s: float = 0.0
    """Time between request and response."""
    status: int = 200
    body: bytes = b"ok\n"
    raw: bytes | None = None
    """Sent instead of a response."""
    is_silent: bool = False
    """Accepts, reads, never answers."""
    is_stalling_tls: bool = False
    """Accepts, and never answers the TLS hello."""
    does_reset: bool = False
    """Resets the connection when a request arrives."""
    is_closing: bool = False
    """Closes after each response, saying so."""
    closes_idle_after_s: float | None = None
    """Closes a kept connection after this long without a request, without saying so."""


@dataclass
class Seen:
    """What the origin saw."""

    connections: int = 0
    requests: list[bytes] = field(default_factory=list)


class Origin:
    """One origin listening on 127.0.0.1; a context manager."""

    def __init__(self, script: Script | None = None, *, tls: tuple[Path, Path] | None = None, port: int = 0) -> None:
        """`tls` is (certificate file, key file)."""
        self.script = script or Script()
        self.seen = Seen()
        self._context: ssl.SSLContext | None = None
        if tls is not None:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(*tls)
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._is_closed = False
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port: int = self._listener.getsockname()[1]
        self._start(self._accept)

    def __enter__(self) -> Origin:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop listening and reset every open connection."""
        self._is_closed = True
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(timeout=5)

    def _start(self, run, *args: object) -> None:  # type: ignore[no-untyped-def]
        thread = threading.Thread(target=run, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._is_closed:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._open.add(connection)
            self._start(self._serve, connection)

    def _serve(self, raw: socket.socket) -> None:
        self.seen.connections += 1
        connection = raw
        try:
            if self.script.is_stalling_tls:
                while raw.recv(65536):
                    pass
                return
            if self._context is not None:
                self._open.discard(raw)
                connection = self._context.wrap_socket(raw, server_side=True)
                self._open.add(connection)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while self._exchange(connection):
                pass
        except OSError:
            pass
        finally:
            self._open.discard(connection)
            connection.close()

    def _exchange(self, connection: socket.socket) -> bool:
        connection.settimeout(self.script.closes_idle_after_s)
        request = b""
        while b"\r\n\r\n" not in request:
            data = connection.recv(65536)
            if not data:
                return False
            request += data
        connection.settimeout(None)
        self.seen.requests.append(request)
        script = self.script
        if script.does_reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return False
        if script.is_silent:
            while connection.recv(65536):
                pass
            return False
        if script.delay_s:
            time.sleep(script.delay_s)
        connection.sendall(script.raw if script.raw is not None else self._response(request))
        return not script.is_closing and script.raw is None

    def _response(self, request: bytes) -> bytes:
        script = self.script
        close = b"Connection: close\r\n" if script.is_closing else b""
        head = b"HTTP/1.1 %d Scripted\r\nContent-Length: %d\r\n%s\r\n" % (script.status, len(script.body), close)
        return head if request.startswith(b"HEAD ") else head + script.body

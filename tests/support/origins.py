"""A scripted origin on loopback: answers, delays and fails as told, over TCP or TLS."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

RESET_ON_CLOSE = struct.pack("ii", 1, 0)
"""SO_LINGER: closing resets the connection."""


@dataclass
class Script:
    """How an origin behaves; may be changed while it runs."""

    delay_s: float = 0.0
    """Time between request and response."""
    status: int = 200
    body: bytes = b"ok\n"
    raw: bytes | None = None
    """Sent instead of a response; the connection ends after it."""
    pieces: tuple[bytes, ...] = ()
    """Sent instead of a response, with `pause_s` between; the connection stays."""
    pause_s: float = 0.0
    is_silent: bool = False
    """Accepts, reads, never answers."""
    greeting: bytes | None = None
    """Sent as soon as the first bytes arrive, whatever they are; then the connection ends."""
    is_stalling_tls: bool = False
    """Accepts, and never answers the TLS hello."""
    tls_delay_s: float = 0.0
    """Time between the connection and the answer to the TLS hello."""
    does_reset: bool = False
    """Resets the connection when a request arrives, after `raw` if there is any."""
    is_closing: bool = False
    """Closes after each response, saying so."""
    closes_idle_after_s: float | None = None
    """Closes a kept connection after this long without a request, without saying so."""
    farewell: bytes = b""
    """Sent before closing an idle connection."""
    does_reset_idle: bool = False
    """Resets an idle connection instead."""


class Exchanged(NamedTuple):
    """When an answer (or a piece of one) went out, by the monotonic clock that all processes share."""

    asked_at: float
    begun_at: float
    """Just before it was written."""
    ended_at: float
    """Just after."""

    def has_taken(self, response_s: float, *, slack_s: float, sent_at: tuple[float, float] | None = None) -> bool:
        """Whether that is a true response time; `sent_at`: between which times the request was sent, if known."""
        earliest_at, latest_at = sent_at or (self.asked_at, self.asked_at)
        return self.begun_at - latest_at - slack_s <= response_s <= self.ended_at - earliest_at + slack_s


@dataclass
class Seen:
    """What the origin saw."""

    connections: int = 0
    requests: list[bytes] = field(default_factory=list)
    exchanges: list[Exchanged] = field(default_factory=list)


class Origin:
    """One origin listening on a loopback address; a context manager."""

    def __init__(
        self,
        script: Script | None = None,
        *,
        tls: tuple[Path, Path] | None = None,
        port: int = 0,
        address: str = "127.0.0.1",
    ) -> None:
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
        self._listener = socket.create_server((address, port))
        self.address = address
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
        self.hang_up()
        for thread in self._threads:
            thread.join(timeout=5)

    def hang_up(self, *, does_reset: bool = True) -> None:
        """End every open connection without a word, and go on listening."""
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                if does_reset:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
                connection.shutdown(socket.SHUT_RDWR)

    def _start(self, run: Callable[..., None], *args: object) -> None:
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
            if self.script.greeting is not None:
                raw.recv(65536)
                raw.sendall(self.script.greeting)
                return
            if self.script.is_stalling_tls:
                while raw.recv(65536):
                    pass
                return
            if self._context is not None:
                time.sleep(self.script.tls_delay_s)
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
            try:
                data = connection.recv(65536)
            except TimeoutError:
                return self._close_idle(connection)
            if not data:
                return False
            request += data
        connection.settimeout(None)
        asked_at = time.monotonic()
        self.seen.requests.append(request)
        return self._answer(connection, request, asked_at)

    def _answer(self, connection: socket.socket, request: bytes, asked_at: float) -> bool:
        script = self.script
        if script.is_silent:
            while connection.recv(65536):
                pass
            return False
        time.sleep(script.delay_s)
        if script.raw is not None:
            connection.sendall(script.raw)
        if script.does_reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        if script.raw is not None or script.does_reset:
            return False
        for piece in script.pieces or (self._response(request),):
            begun_at = time.monotonic()
            connection.sendall(piece)
            self.seen.exchanges.append(Exchanged(asked_at, begun_at, time.monotonic()))
            time.sleep(script.pause_s)
        return not script.is_closing

    def _close_idle(self, connection: socket.socket) -> bool:
        if self.script.does_reset_idle:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            return False
        connection.sendall(self.script.farewell)
        if isinstance(connection, ssl.SSLSocket):
            connection.settimeout(0.2)
            connection.unwrap()
        return False

    def _response(self, request: bytes) -> bytes:
        script = self.script
        close = b"Connection: close\r\n" if script.is_closing else b""
        head = b"HTTP/1.1 %d Scripted\r\nContent-Length: %d\r\n%s\r\n" % (script.status, len(script.body), close)
        return head if request.startswith(b"HEAD ") else head + script.body


class FullListener:
    """A port of loopback whose queue of connections is full: a connect is never answered. A context manager."""

    def __init__(self) -> None:
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(0)
        self.port: int = self._listener.getsockname()[1]
        self._fillers = [self._fill() for _ in range(4)]
        self._accepted: list[socket.socket] = []

    def __enter__(self) -> FullListener:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for each in (self._listener, *self._fillers, *self._accepted):
            each.close()

    def drain(self, count: int = 1) -> None:
        """Accept what waits: a connect sent meanwhile is answered when the kernel sends it again, after 1 s."""
        for _ in range(count):
            self._accepted.append(self._listener.accept()[0])

    def _fill(self) -> socket.socket:
        filler = socket.socket()
        filler.setblocking(False)
        filler.connect_ex(("127.0.0.1", self.port))
        return filler


def unused_port() -> int:
    """A port of loopback on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port

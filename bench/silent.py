"""Origins that never answer: listening sockets whose queue of unaccepted connections is full.

The kernel drops what would connect to them, as a firewall or a dead machine does, without
any privilege.
"""

from __future__ import annotations

import contextlib
import socket
from types import TracebackType

FILLERS = 4
"""Connections that fill a queue of length 0 (Linux takes one more than asked, and some half-open)."""

PROOF_S = 0.2
"""A connection that does not stand after this long will not: on loopback it takes microseconds."""


class SilentOrigin:
    """A port of loopback that nobody can connect to; a context manager."""

    def __init__(self, port: int = 0) -> None:
        """Take a free port, or one on which nobody listens any more."""
        self._listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind(("127.0.0.1", port))
        self._listener.listen(0)
        self.port: int = self._listener.getsockname()[1]
        self._fillers: list[socket.socket] = []
        for _ in range(FILLERS):
            filler = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            filler.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                filler.connect(("127.0.0.1", self.port))
            self._fillers.append(filler)

    def __enter__(self) -> SilentOrigin:
        with contextlib.suppress(TimeoutError):
            socket.create_connection(("127.0.0.1", self.port), PROOF_S).close()
            raise RuntimeError("a full queue does not keep connections out on this system")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for each in (*self._fillers, self._listener):
            each.close()

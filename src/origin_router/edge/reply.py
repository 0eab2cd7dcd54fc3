"""Reads the answer to a probe: as much of HTTP/1.1 as keeps a connection usable.

Incremental: bytes are fed as they arrive. Only the status and the end of the answer
matter; whatever is unusual (an endless body, an upgrade) costs the connection, not the
measurement.
"""

from __future__ import annotations

MAX_HEAD_BYTES = 32_768
"""CloudFront itself refuses an origin's response whose headers are larger (quota page)."""

MAX_BODY_BYTES = 262_144
"""A body longer than this is not read to its end: the connection is closed instead."""


class ProtocolError(Exception):
    """What came is not an HTTP/1.x response."""


class Reply:
    """One answer, filled by `feed`."""

    __slots__ = ("_body_left", "_buffer", "_has_body", "_is_chunked", "is_complete", "is_reusable", "status")

    def __init__(self, *, has_body: bool) -> None:
        self.status = 0
        """Status code; 0 until the head is complete."""
        self.is_complete = False
        self.is_reusable = True
        """Whether the connection may carry another request afterwards."""
        self._has_body = has_body
        self._is_chunked = False
        self._body_left = 0
        self._buffer = b""

    @property
    def has_begun(self) -> bool:
        """Whether anything of the answer has arrived."""
        return bool(self._buffer) or self.status > 0

    def feed(self, data: bytes) -> None:
        """Take in bytes. Raises ProtocolError."""
        self._buffer += data
        while self.status == 0:
            head, separator, rest = self._buffer.partition(b"\r\n\r\n")
            if not separator:
                if len(self._buffer) > MAX_HEAD_BYTES:
                    raise ProtocolError("the head of the response is larger than 32 KB")
                if not b"HTTP/1.".startswith(self._buffer[:7]):
                    raise ProtocolError(f"not an HTTP/1.1 response: {self._buffer[:20]!r}")
                return
            self._buffer = rest
            self._read_head(head)
        self._read_body()

    def end(self) -> None:
        """The peer closed the connection. Raises ProtocolError if the answer was cut short."""
        self.is_reusable = False
        if self.status and self._body_left < 0:
            self.is_complete = True
        if not self.is_complete:
            raise ProtocolError("the connection was closed in the middle of the response")

    def _read_head(self, head: bytes) -> None:
        first, *lines = head.split(b"\r\n")
        words = first.split(None, 2)
        if len(words) < 2 or not words[0].startswith(b"HTTP/1.") or not words[1].isdigit() or len(words[1]) != 3:
            raise ProtocolError(f"not an HTTP/1.1 response: {first[:40]!r}")
        status = int(words[1])
        if status < 200 and status != 101:
            return  # an interim response: the real one follows
        headers = {}
        for line in lines:
            name, _, value = line.partition(b":")
            headers[name.strip().lower()] = value.strip().lower()
        self.status = status
        connection = headers.get(b"connection", b"")
        self.is_reusable = b"close" not in connection and (words[0] != b"HTTP/1.0" or b"keep-alive" in connection)
        if not self._has_body or status in (101, 204, 304):
            self.is_complete = True
        elif b"chunked" in headers.get(b"transfer-encoding", b""):
            self._is_chunked = True
        elif b"content-length" in headers:
            length = headers[b"content-length"]
            if not length.isdigit():
                raise ProtocolError(f"unreadable Content-Length: {length[:20]!r}")
            self._body_left = int(length)
        else:
            self._body_left = -1  # the body ends with the connection

    def _read_body(self) -> None:
        if self.is_complete:
            if self._buffer:
                self.is_reusable = False
        elif self._is_chunked:
            if self._buffer == b"0\r\n\r\n" or self._buffer.endswith(b"\r\n0\r\n\r\n"):
                self.is_complete = True
            elif len(self._buffer) > MAX_BODY_BYTES:
                self._give_up_body()
        elif self._body_left < 0 or self._body_left > MAX_BODY_BYTES:
            self._give_up_body()
        elif len(self._buffer) >= self._body_left:
            self.is_complete = True

    def _give_up_body(self) -> None:
        """The answer is there; its body is not worth waiting for."""
        self.is_complete = True
        self.is_reusable = False

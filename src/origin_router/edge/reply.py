"""Reads the answer to a probe: as much of HTTP/1.1 as keeps a connection usable.

Incremental: bytes are fed as they arrive, and how they were split makes no difference.
Only the status and the end of the answer matter; whatever is unusual (an endless body, an
upgrade) costs the connection, not the measurement.
"""

from __future__ import annotations

MAX_HEAD_BYTES = 32_768
"""CloudFront itself refuses an origin's response whose headers are larger (quota page)."""

MAX_BODY_BYTES = 262_144
"""A body longer than this is not read to its end: the connection is closed instead."""

MAX_LENGTH_DIGITS = 19
"""As many as a 64 bit number has: what says more is no length."""

MAX_CHUNK_LINE_BYTES = 4_096
"""Longest line with a chunk's size, or of a trailer."""

LINE_END = b"\r\n"


class ProtocolError(Exception):
    """What came is not an HTTP/1.x response."""


class Reply:
    """One answer, filled by `feed`."""

    __slots__ = (
        "_body_left",
        "_buffer",
        "_has_body",
        "_head_bytes",
        "_is_chunked",
        "_is_in_trailers",
        "_keeps_body",
        "body",
        "has_begun",
        "has_tail",
        "is_complete",
        "is_reusable",
        "status",
    )

    def __init__(self, *, has_body: bool, keeps_body: bool = False) -> None:
        self.body = b""
        """The body, if it is kept."""
        self._keeps_body = keeps_body
        self.status = 0
        """Status code; 0 until the head is complete."""
        self.has_begun = False
        """Whether anything of the answer has arrived."""
        self.is_complete = False
        self.is_reusable = True
        """Whether the connection may carry another request afterwards."""
        self.has_tail = False
        """Whether bytes follow, or may follow, the part of the answer that was read."""
        self._has_body = has_body
        self._head_bytes = 0
        self._is_chunked = False
        self._is_in_trailers = False
        self._body_left = MAX_BODY_BYTES
        """What is still to come of the body; of a chunked one, what may come before it is given up."""
        self._buffer = b""

    def feed(self, data: bytes) -> None:
        """Take in bytes. Raises ProtocolError."""
        self.has_begun = self.has_begun or bool(data)
        self._buffer += data
        while self.status == 0:
            if not self._buffer.startswith(b"HTTP/1."[: len(self._buffer)]):
                raise ProtocolError(f"not an HTTP/1.1 response: {self._buffer[:20]!r}")
            head, separator, rest = self._buffer.partition(LINE_END * 2)
            if self._head_bytes + len(head) > MAX_HEAD_BYTES + (0 if separator else 3):
                raise ProtocolError("the head of the response is larger than 32 KB")
            if not separator:
                return
            self._head_bytes += len(head)
            self._buffer = rest
            self._read_head(head)
        self._read_body()

    def end(self) -> None:
        """The peer closed the connection before the answer was complete. Raises ProtocolError."""
        if self.has_begun:
            raise ProtocolError("the connection was closed in the middle of the response")
        raise ProtocolError("the origin closed the connection instead of answering")

    def _read_head(self, head: bytes) -> None:
        first, *lines = head.split(LINE_END)
        words = first.split(None, 2)
        if len(words) < 2 or not words[1].isdigit() or len(words[1]) != 3:
            raise ProtocolError(f"not an HTTP/1.1 response: {first[:40]!r}")
        status = int(words[1])
        if status < 200 and status != 101:
            return  # an interim response: the real one follows
        headers: dict[bytes, bytes] = {}
        for line in lines:
            name, _, value = line.lower().partition(b":")
            name, value = name.strip(), value.strip()
            headers[name] = headers[name] + b"," + value if name in headers else value
        self.status = status
        connection = headers.get(b"connection", b"")
        is_kept = b"keep-alive" in connection or words[0] != b"HTTP/1.0"
        self.is_reusable = is_kept and b"close" not in connection and status != 101
        if not self._has_body or status in (101, 204, 304):
            self.is_complete = True
        elif b"chunked" in headers.get(b"transfer-encoding", b""):
            self._is_chunked = True
        elif b"content-length" in headers:
            self._expect(headers[b"content-length"])
        else:
            self._give_up_body()  # it ends with the connection

    def _expect(self, length: bytes) -> None:
        if not length.isdigit() or len(length) > MAX_LENGTH_DIGITS:
            raise ProtocolError(f"unreadable Content-Length: {length[:20]!r}")
        self._body_left = int(length)
        if self._body_left > MAX_BODY_BYTES:
            self._give_up_body()

    def _read_body(self) -> None:
        if self._is_chunked and not self.is_complete:
            self._read_chunks()
        elif not self.is_complete and len(self._buffer) >= self._body_left:
            self._keep(self._buffer[: self._body_left])
            self._buffer = self._buffer[self._body_left :]
            self.is_complete = True
        if self.is_complete and self._buffer:
            self.is_reusable = False
            self.has_tail = True

    def _read_chunks(self) -> None:
        """Walk over the chunks that are here, to the last one and its trailers."""
        buffer, at = self._buffer, 0
        while not self.is_complete:
            end = buffer.find(LINE_END, at)
            line = buffer[at : end if end >= 0 else len(buffer) - 1]
            if len(line) > MAX_CHUNK_LINE_BYTES:
                raise ProtocolError(f"unreadable chunk size: {line[:20]!r}")
            if end < 0:
                break
            size = 0 if self._is_in_trailers else _chunk_size(line)
            next_at = end + len(LINE_END) + (size + len(LINE_END) if size else 0)
            if next_at - at > self._body_left:
                self._give_up_body()
                break
            if next_at > len(buffer):
                break
            if size and buffer[next_at - len(LINE_END) : next_at] != LINE_END:
                raise ProtocolError("a chunk does not end where its size says")
            self._keep(buffer[end + len(LINE_END) : end + len(LINE_END) + size])
            self._body_left -= next_at - at
            at = next_at
            self.is_complete = self._is_in_trailers and not line
            self._is_in_trailers = size == 0
        self._buffer = buffer[at:]

    def _keep(self, data: bytes) -> None:
        if self._keeps_body:
            self.body += data

    def _give_up_body(self) -> None:
        """The answer is there; its body is not worth waiting for."""
        self.is_complete = True
        self.is_reusable = False
        self.has_tail = True


def _chunk_size(line: bytes) -> int:
    """Return the size that begins a chunk; an extension may follow it."""
    digits = line.partition(b";")[0].strip()
    try:
        if not digits.isalnum():  # int() would also take a sign or an underscore
            raise ValueError
        return int(digits, 16)
    except ValueError:
        raise ProtocolError(f"unreadable chunk size: {line[:20]!r}") from None

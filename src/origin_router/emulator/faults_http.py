"""As much of HTTP/1.1 as a fault needs: where a request begins, where a head ends, and an error's answer."""

from __future__ import annotations

import re
from http import HTTPStatus

HEAD_LIMIT_BYTES = 65_536
"""A head that is longer is taken for a body: nobody sends one."""

_REQUEST = re.compile(rb"[A-Z]{3,20} \S")
_HAS_BODY = re.compile(rb"\r\n(?:content-length:\s*(?!0\r)|transfer-encoding:)", re.IGNORECASE)
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")


def begins_request(data: bytes) -> bool:
    """Whether data looks like the beginning of a request."""
    return _REQUEST.match(data) is not None


def is_whole(data: bytes) -> bool:
    """Whether data is one whole request without a body."""
    return data.endswith(b"\r\n\r\n") and _HAS_BODY.search(data) is None


def error_response(status: int, request: bytes, *, closes: bool) -> bytes:
    """What answers in place of the origin."""
    reason = HTTPStatus(status).phrase if status in HTTPStatus.__members__.values() else "Fault"
    text = f"{status} {reason}: a fault of the local edge, not the origin's answer.\n".encode()
    head = (
        f"HTTP/1.1 {status} {reason}\r\nContent-Type: text/plain; charset=utf-8\r\nCache-Control: no-store\r\n"
        f"Content-Length: {len(text)}\r\n{'Connection: close' if closes else 'Connection: keep-alive'}\r\n\r\n"
    ).encode()
    return head if request.startswith(b"HEAD ") else head + text


class ResponseHead:
    """Splits what an origin sends into heads and the rest. Begins anew with each request."""

    def __init__(self) -> None:
        self._is_within = False
        self._kept = b""

    def expect(self) -> None:
        """A request went out: a head comes next."""
        self._is_within = True
        self._kept = b""

    def split(self, data: bytes) -> tuple[bytes, bytes]:
        """Return what belongs to a head, and what to a body."""
        if not self._is_within:
            return b"", data
        seen = self._kept + data
        end = seen.find(b"\r\n\r\n")
        if end < 0 and len(seen) < HEAD_LIMIT_BYTES:
            self._kept = seen
            return data, b""
        self._is_within = False
        cut = end + 4 - len(self._kept) if end >= 0 else len(data)
        status = _STATUS.match(seen)
        self._kept = b""
        if end >= 0 and status is not None and status[1].startswith(b"1"):  # another head follows an interim one
            self._is_within = True
            more, body = self.split(data[cut:])
            return data[:cut] + more, body
        return data[:cut], data[cut:]

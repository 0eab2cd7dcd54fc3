"""The access log: one JSON object per line and viewer request, under CloudFront's own field names."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from origin_router.emulator.forwarding import ViewerRequest


@dataclass(slots=True, kw_only=True)
class Record:
    """What becomes known about a request while it is answered. Instants are of the monotonic clock, in seconds."""

    viewer: ViewerRequest
    request_id: str
    location: str
    began: float
    first_byte: float | None = None
    status: int = 0
    """0 when the viewer has gone before it had an answer, as CloudFront logs it."""
    result: str = "Error"
    detailed_result: str = "Error"
    origin: str | None = None
    """Domain of the origin that was used."""
    origin_first_byte_s: float | None = None
    """From the function's answer to the origin's first byte: connecting included."""
    failover: str | None = None
    sent_bytes: int = 0
    """Of the body."""
    answer: Mapping[str, str] = field(default_factory=dict)
    """Headers of the answer, their names in any case."""
    lambda_ms: list[float] = field(default_factory=list)

    def entry(self, now: float) -> dict[str, Any]:
        """The line, with times in seconds as CloudFront has them. What does not apply is null."""
        sent = {key.lower(): value for key, value in self.viewer.headers}
        first_byte = self.first_byte if self.first_byte is not None else now
        range_start, range_end = _range(self.answer.get("Content-Range", ""))
        return {
            "timestamp": round(time.time() * 1000),
            "x-edge-location": self.location,
            "c-ip": self.viewer.client_ip,
            "cs-method": self.viewer.method,
            "cs-uri-stem": self.viewer.uri,
            "cs-uri-query": self.viewer.querystring or None,
            "cs-protocol-version": f"HTTP/{self.viewer.http_version}",
            "x-host-header": sent.get("host"),
            "x-forwarded-for": sent.get("x-forwarded-for"),
            "cs(User-Agent)": sent.get("user-agent"),
            "cs(Referer)": sent.get("referer"),
            "cs(Cookie)": sent.get("cookie"),
            "sc-status": self.status,
            "sc-bytes": self.sent_bytes,
            "sc-content-type": self.answer.get("Content-Type"),
            "sc-content-len": _number(self.answer.get("Content-Length")),
            "sc-range-start": range_start,
            "sc-range-end": range_end,
            "x-edge-result-type": self.result,
            "x-edge-response-result-type": self.result,
            "x-edge-detailed-result-type": self.detailed_result,
            "x-edge-request-id": self.request_id,
            "time-taken": round(now - self.began, 4),
            "time-to-first-byte": round(first_byte - self.began, 4),
            "origin-fbl": None if self.origin_first_byte_s is None else round(self.origin_first_byte_s, 4),
            "r-host": self.origin,
            "sr-reason": self.failover,
            "lambda-ms": self.lambda_ms,
        }


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdigit() else None


def _range(content_range: str) -> tuple[int | None, int | None]:
    """First and last byte of a part, `bytes FIRST-LAST/SIZE`."""
    first, _, last = content_range.removeprefix("bytes ").partition("/")[0].partition("-")
    return _number(first), _number(last)


class AccessLog:
    """Appends lines to a file; each is there as soon as `write` returns."""

    def __init__(self, path: Path) -> None:
        """Raise OSError where the file cannot be written."""
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)

    def write(self, entry: dict[str, Any]) -> None:
        """Append one line."""
        os.write(self._file, json.dumps(entry, separators=(",", ":")).encode() + b"\n")

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

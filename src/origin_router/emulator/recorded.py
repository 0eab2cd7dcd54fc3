"""Requests out of an access log: the local edge's own (JSON lines), or CloudFront's standard log (tabs), also gzipped.

Both have the same field names. Bodies are in neither.
"""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing. Others would be repeated without their bodies."""

LINE_LIMIT_BYTES = 65_536
"""A URL has 8,192 bytes at most; a longer line is no line of an access log."""

_SENT = {
    "user-agent": "cs(User-Agent)",
    "referer": "cs(Referer)",
    "host": "x-host-header",
}
"""Headers that the log knows."""


class Recorded(NamedTuple):
    """One request. `at` is in seconds since the epoch."""

    at: float
    method: str
    path: str
    """With its query string."""
    headers: tuple[tuple[str, str], ...] = ()


class AccessLogError(ValueError):
    """The file is not an access log."""


def read_log(path: Path, limit: int) -> tuple[list[Recorded], dict[str, int]]:
    """Return at most `limit` requests in the order of their times, and how many lines were left out, and why.

    Raises OSError and AccessLogError.
    """
    requests: list[Recorded] = []
    left_out: dict[str, int] = {}
    for entry in _entries(path):
        request = _request(entry)
        if isinstance(request, str):
            left_out[request] = left_out.get(request, 0) + 1
        elif len(requests) >= limit:
            left_out["beyond the limit"] = left_out.get("beyond the limit", 0) + 1
        else:
            requests.append(request)
    requests.sort(key=lambda each: each.at)
    return requests, left_out


def _entries(path: Path) -> Iterator[dict[str, Any]]:
    """The lines as maps. CloudFront's log names its columns in a line of its own."""
    columns: list[str] = []
    with _opened(path) as file:
        try:
            for number, line in enumerate(_lines(file), start=1):
                if line.startswith("#Fields:"):
                    columns = line.removeprefix("#Fields:").split()
                elif line.startswith("{"):
                    yield _json_entry(line, path, number)
                elif line.startswith("#") or not line.strip():
                    continue
                elif columns:
                    yield dict(zip(columns, line.rstrip("\n").split("\t"), strict=False))
                else:
                    raise AccessLogError(f"{path}: line {number} is neither a JSON object nor after a line #Fields")
        except (UnicodeDecodeError, EOFError, gzip.BadGzipFile) as error:
            raise AccessLogError(f"{path}: is not an access log ({error})") from None


def _lines(file: io.TextIOBase) -> Iterator[str]:
    while line := file.readline(LINE_LIMIT_BYTES):
        yield line


def _json_entry(line: str, path: Path, number: int) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except ValueError:
        raise AccessLogError(f"{path}: line {number} is not JSON") from None
    return entry if isinstance(entry, dict) else {}


def _opened(path: Path) -> io.TextIOBase:
    with path.open("rb") as file:
        is_zipped = file.read(2) == b"\x1f\x8b"
    return io.TextIOWrapper(gzip.open(path) if is_zipped else path.open("rb"), encoding="utf-8")


def _request(entry: dict[str, Any]) -> Recorded | str:
    """The request of a line, or why it is left out."""
    method, path, query = entry.get("cs-method"), entry.get("cs-uri-stem"), entry.get("cs-uri-query")
    at = _time(entry)
    if not isinstance(method, str) or not isinstance(path, str) or not path.startswith("/") or at is None:
        return "without method, path or time"
    if method not in REPEATABLE:
        return "not GET, HEAD or OPTIONS"
    if query and query != "-":
        path = f"{path}?{query}"
    headers = tuple(
        (name, unquote(value)) for name, field in _SENT.items() if (value := entry.get(field)) and value != "-"
    )
    return Recorded(at, method, path, headers)


def _time(entry: dict[str, Any]) -> float | None:
    """The local edge writes `timestamp` in milliseconds, CloudFront `date` and `time`, to the second."""
    if isinstance(entry.get("timestamp"), int | float):
        return float(entry["timestamp"]) / 1000
    try:
        return datetime.fromisoformat(f"{entry['date']}T{entry['time']}+00:00").timestamp()
    except (KeyError, ValueError):
        return None

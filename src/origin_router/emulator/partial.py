"""What of a kept object a viewer gets: all of it, ranges, or the word that it has it already (RFC 9110). Pure."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import NamedTuple

from origin_router.emulator.cache import Entry, HeaderLines

RANGES_LIMIT = 64
"""More ranges than anybody needs are answered with the whole object."""

_RANGE = re.compile(r"(\d*)-(\d*)")
_NOT_IN_304 = frozenset({"content-length", "content-range", "content-type", "content-encoding"})


class Part(NamedTuple):
    """Status, headers and body for the viewer."""

    status: int
    reason: str
    headers: HeaderLines
    body: bytes


def part_for(entry: Entry, method: str, asked: Mapping[str, str]) -> Part:
    """Answer from an entry. `asked` are the viewer's headers by lower-case name."""
    whole = Part(entry.status, entry.reason, entry.headers, entry.body)
    if entry.status != 200 or method not in ("GET", "HEAD"):
        return whole
    kept = {key.lower(): value for key, value in entry.headers}
    if _has_it_already(asked, kept):
        return Part(304, "Not Modified", tuple(h for h in entry.headers if h[0].lower() not in _NOT_IN_304), b"")
    if method == "GET" and "range" in asked and _is_same(asked.get("if-range"), kept):
        return _ranges(whole, asked["range"], kept.get("content-type", ""))
    return whole


def _has_it_already(asked: Mapping[str, str], kept: Mapping[str, str]) -> bool:
    """If-None-Match counts before If-Modified-Since."""
    if "if-none-match" in asked:
        tags = {tag.strip().removeprefix("W/") for tag in asked["if-none-match"].split(",")}
        return "*" in tags or ("etag" in kept and kept["etag"].removeprefix("W/") in tags)
    if "if-modified-since" not in asked or "last-modified" not in kept:
        return False
    try:
        return parsedate_to_datetime(kept["last-modified"]) <= parsedate_to_datetime(asked["if-modified-since"])
    except (ValueError, TypeError):
        return False


def _is_same(if_range: str | None, kept: Mapping[str, str]) -> bool:
    """Whether a viewer's other parts are of this very object; without If-Range it does not ask."""
    return if_range is None or if_range.strip() in (kept.get("etag", ""), kept.get("last-modified", ""))


def _ranges(whole: Part, header: str, content_type: str) -> Part:
    size = len(whole.body)
    ranges = _parsed(header, size)
    if ranges is None:
        return whole
    if not ranges:
        kept = tuple(each for each in whole.headers if each[0].lower() != "content-length")
        return Part(416, "Requested Range Not Satisfiable", (*kept, ("Content-Range", f"bytes */{size}")), b"")
    headers = tuple(each for each in whole.headers if each[0].lower() not in ("content-length", "content-range"))
    if len(ranges) == 1:
        first, last = ranges[0]
        about = ("Content-Range", f"bytes {first}-{last}/{size}")
        return Part(206, "Partial Content", (*headers, about), whole.body[first : last + 1])
    boundary = os.urandom(12).hex()
    body = b"".join(
        f"--{boundary}\r\nContent-Type: {content_type}\r\nContent-Range: bytes {first}-{last}/{size}\r\n\r\n".encode()
        + whole.body[first : last + 1]
        + b"\r\n"
        for first, last in ranges
    )
    headers = tuple(each for each in headers if each[0].lower() != "content-type")
    about = ("Content-Type", f"multipart/byteranges; boundary={boundary}")
    return Part(206, "Partial Content", (*headers, about), body + f"--{boundary}--\r\n".encode())


def _parsed(header: str, size: int) -> list[tuple[int, int]] | None:
    """First and last byte of each range that is there; None where CloudFront answers with the whole object.

    That is so for ranges that are malformed, not ascending or overlapping (developer guide, "range GETs").
    """
    unit, _, text = header.partition("=")
    matches = [_RANGE.fullmatch(part.strip()) for part in text.split(",")]
    if unit.strip().lower() != "bytes" or len(matches) > RANGES_LIMIT:
        return None
    ranges: list[tuple[int, int]] = []
    for match in matches:
        if match is None or match[1] == match[2] == "":
            return None
        if match[1]:
            first, last = int(match[1]), min(int(match[2] or size), size - 1)
            if match[2] and int(match[2]) < first:
                return None
        else:
            first, last = max(0, size - int(match[2])), size - 1
        if ranges and first <= ranges[-1][1]:
            return None
        if first <= last:
            ranges.append((first, last))
    return ranges

"""The edge's cache: keeps only what the origin marks as cacheable.

So does the managed policy UseOriginCacheControlHeaders: its default TTL is 0, and a response
without Cache-Control and Expires is not kept. What
it does not do yet: revalidation, stale answers, ranges of kept objects, and the ten seconds for which CloudFront
keeps errors. Time is an argument, in seconds of the wall clock, because Expires is a date.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from origin_router.emulator.cache_key import Key
from origin_router.emulator.header_rules import joined

CAPACITY_BYTES = 67_108_864
"""All entries together: 64 MB, ample for a test site."""
ENTRY_LIMIT_BYTES = 8_388_608
"""Larger bodies are passed on and not kept."""
ENTRY_OVERHEAD_BYTES = 1_024
"""Counted for every entry besides its body, so that many small ones are bounded too."""

CACHEABLE_STATUSES = frozenset({200, 203, 204, 300, 301, 302, 303, 307, 308, 404, 405, 410, 414})
"""5xx answers are kept by CloudFront for an error TTL only; that belongs to error handling."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A kept response."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    stored_at: float
    fresh_until_at: float

    def age_s(self, now: float) -> int:
        """Whole seconds since it was stored; never negative, should the clock be set back."""
        return max(0, int(now - self.stored_at))


def freshness_s(headers: Iterable[tuple[str, str]], now: float) -> float:
    """How long the origin allows a response to be kept; 0: not at all."""
    lowered = joined(headers)
    directives = _directives(lowered.get("cache-control", ""))
    if directives.keys() & {"no-store", "private", "no-cache"} or lowered.get("vary", "").strip() == "*":
        return 0.0
    for name in ("s-maxage", "max-age"):
        if name in directives:
            return float(directives[name]) if directives[name].isdigit() else 0.0
    return _until_expires(lowered, now)


def _directives(text: str) -> Mapping[str, str]:
    parts = (part.strip().partition("=") for part in text.split(","))
    return {name.strip().lower(): value.strip().strip('"') for name, _, value in parts if name.strip()}


def _until_expires(headers: Mapping[str, str], now: float) -> float:
    try:
        return max(0.0, parsedate_to_datetime(headers["expires"]).timestamp() - now)
    except (KeyError, ValueError, OverflowError):
        return 0.0


class Cache:
    """Kept responses, the least recently used forgotten first."""

    def __init__(self, capacity_bytes: int = CAPACITY_BYTES) -> None:
        self._capacity_bytes = capacity_bytes
        self._entries: OrderedDict[Key, Entry] = OrderedDict()
        self._bytes = 0

    def find(self, key: Key, now: float) -> Entry | None:
        """Return a fresh entry. HEAD is answered from GET's entry as well."""
        for candidate in (("GET", *key[1:]), key) if key[0] == "HEAD" else (key,):
            entry = self._entries.get(candidate)
            if entry is None:
                continue
            if entry.fresh_until_at > now:
                self._entries.move_to_end(candidate)
                return entry
            self._forget(candidate)
        return None

    def may_keep(self, status: int, headers: Iterable[tuple[str, str]], now: float) -> bool:
        """Whether a response is worth collecting while it is streamed."""
        return status in CACHEABLE_STATUSES and freshness_s(headers, now) > 0

    def keep(
        self, key: Key, status: int, reason: str, headers: Iterable[tuple[str, str]], body: bytes, now: float
    ) -> None:
        """Keep a complete response if the origin allows it."""
        kept = tuple(headers)
        if len(body) > ENTRY_LIMIT_BYTES or not self.may_keep(status, kept, now):
            return
        self._forget(key)
        self._entries[key] = Entry(status, reason, kept, body, now, now + freshness_s(kept, now))
        self._bytes += len(body) + ENTRY_OVERHEAD_BYTES
        while self._bytes > self._capacity_bytes:
            self._forget(next(iter(self._entries)))

    def _forget(self, key: Key) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._bytes -= len(entry.body) + ENTRY_OVERHEAD_BYTES

"""The edge's cache: objects with their lifetimes, bounded in size. What may be kept is decided in `freshness`.

What has expired stays until room is needed:
it can still be confirmed by its origin, or stand in for one that fails.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from origin_router.emulator.cache_key import Key
from origin_router.emulator.freshness import Lifetime

CAPACITY_BYTES = 67_108_864
"""All entries together: 64 MB, ample for a test site."""
ENTRY_LIMIT_BYTES = 8_388_608
"""Larger bodies are passed on and not kept."""
ENTRY_OVERHEAD_BYTES = 1_024
"""Counted for every entry besides its body, so that many small ones are bounded too."""

HeaderLines = tuple[tuple[str, str], ...]


@dataclass(slots=True, kw_only=True)
class Entry:
    """A kept object. Instants are of the wall clock."""

    status: int
    reason: str
    headers: HeaderLines
    body: bytes
    stored_at: float
    lifetime: Lifetime
    held_until_at: float = 0.0
    """Served as if it were fresh until then, because its origin has failed just now."""
    error: str = ""
    detail: str = ""
    """For CloudFront's own error pages, which are written anew for every viewer."""

    def age_s(self, now: float) -> int:
        """Whole seconds since it was stored; never negative, should the clock be set back."""
        return max(0, int(now - self.stored_at))

    def is_fresh(self, now: float) -> bool:
        """Whether it answers without anybody being asked."""
        return now < max(self.stored_at + self.lifetime.fresh_s, self.held_until_at)

    def may_revalidate_behind(self, now: float) -> bool:
        """Whether it answers although it has expired, while its origin is asked in the background."""
        return now < self.stored_at + self.lifetime.stale_while_revalidate_s

    def may_replace_error(self, now: float) -> bool:
        """Whether it answers although it has expired, because its origin fails."""
        return self.status < 400 and now < self.stored_at + self.lifetime.stale_if_error_s

    @property
    def size(self) -> int:
        """What counts against the cache's capacity."""
        return len(self.body) + ENTRY_OVERHEAD_BYTES


class Cache:
    """Kept objects, the least recently used forgotten first."""

    def __init__(self, capacity_bytes: int = CAPACITY_BYTES, now: Callable[[], float] = time.time) -> None:
        self.now = now
        """The wall clock."""
        self._capacity_bytes = capacity_bytes
        self._entries: OrderedDict[Key, Entry] = OrderedDict()
        self._bytes = 0

    def find(self, key: Key) -> Entry | None:
        """Return what is kept, a fresh one rather than an expired one. HEAD is answered from GET's entry as well."""
        candidates = (("GET", *key[1:]), key) if key[0] == "HEAD" else (key,)
        found = [each for each in candidates if each in self._entries]
        if not found:
            return None
        now = self.now()
        best = next((each for each in found if self._entries[each].is_fresh(now)), found[-1])
        self._entries.move_to_end(best)
        return self._entries[best]

    def keep(self, key: Key, entry: Entry) -> None:
        """Keep an entry, in place of what had its key, if it is not too large."""
        self.forget(key)
        if len(entry.body) > ENTRY_LIMIT_BYTES:
            return
        self._entries[key] = entry
        self._bytes += entry.size
        while self._bytes > self._capacity_bytes:
            self.forget(next(iter(self._entries)))

    def forget(self, key: Key) -> None:
        """Give an entry up, if there is one."""
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._bytes -= entry.size

"""Many sources, one order: what was seen already, and what may be shown now. Pure."""

from __future__ import annotations

import heapq
from collections.abc import Iterable

from origin_router.aws.log_events import LogEvent, Order


class Seen:
    """Remembers the events of one source, because successive reads overlap."""

    def __init__(self) -> None:
        self._at_ms: dict[str, int] = {}

    def new(self, events: Iterable[LogEvent]) -> list[LogEvent]:
        """Return those that were not seen before, and remember them."""
        found = []
        for event in events:
            if event.id not in self._at_ms:
                self._at_ms[event.id] = event.at_ms
                found.append(event)
        return found

    def forget(self, before_ms: int) -> None:
        """Forget what no later read can return."""
        self._at_ms = {each: at_ms for each, at_ms in self._at_ms.items() if at_ms >= before_ms}

    def __len__(self) -> int:
        return len(self._at_ms)


class Reorder:
    """Holds events back until other sources had the time to deliver older ones."""

    def __init__(self) -> None:
        self._heap: list[tuple[Order, LogEvent]] = []

    def add(self, events: Iterable[LogEvent]) -> None:
        """Take events in, in any order."""
        for event in events:
            heapq.heappush(self._heap, (event.order, event))

    def take(self, before_ms: float) -> list[LogEvent]:
        """Return what is older, in order. One that comes later than it should is returned late, not lost."""
        taken = []
        while self._heap and self._heap[0][1].at_ms < before_ms:
            taken.append(heapq.heappop(self._heap)[1])
        return taken

"""A JSON document that is altered by changes only, so that a copy elsewhere can follow it.

The live page holds such a copy: it begins with the whole document and then applies the very
same changes (`applyChange` in page/document.js does what `apply` does here).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

SERIES_S = 300.0
"""How far back a list of `[at, ...]` entries reaches."""
SERIES_POINTS = 1_000
"""Bound for a list all the same: 300 s at one probe a second, for three environments."""

LIMITS = {"series_s": SERIES_S, "series_points": SERIES_POINTS}
"""Told to copies, which forget as `apply` does."""

Path = tuple[str, ...]


class Put(NamedTuple):
    """Set the value at a path; maps on the way are made as needed."""

    path: Path
    value: Any


class Append(NamedTuple):
    """Add an `[at, ...]` entry to the list at a path, and forget those `SERIES_S` older than it."""

    path: Path
    value: list[Any]


class Remove(NamedTuple):
    """Forget what is at a path; nothing there is no mistake."""

    path: Path


Change = Put | Append | Remove


def apply(document: dict[str, Any], change: Change) -> None:
    """Carry out one change."""
    *way, last = change.path
    place = document
    for key in way:
        place = place.setdefault(key, {})
    match change:
        case Put():
            place[last] = change.value
        case Append():
            entries = place.setdefault(last, [])
            entries.append(change.value)
            del entries[: _expired(entries, change.value[0])]
        case Remove():
            place.pop(last, None)


def look(document: Mapping[str, Any], path: Iterable[str]) -> Any:
    """Return what is at a path, or None."""
    place: Any = document
    for key in path:
        place = place.get(key) if isinstance(place, Mapping) else None
    return place


def wire(change: Change) -> list[Any]:
    """The change as JSON for the page: its name, its path and, but for `remove`, its value."""
    return [type(change).__name__.lower(), *change]


class Backlog:
    """Changes that a copy has not heard of yet; of two at the same path only the later is kept."""

    def __init__(self) -> None:
        self._changes: dict[Path | tuple[Path, int], Change] = {}
        self._appended = 0

    def __len__(self) -> int:
        return len(self._changes)

    def add(self, changes: Iterable[Change]) -> None:
        """Remember changes in their order."""
        for change in changes:
            if isinstance(change, Append):
                self._appended += 1
                self._changes[change.path, self._appended] = change
            else:
                self._changes.pop(change.path, None)  # so that the later one also comes later
                self._changes[change.path] = change

    def take(self) -> list[Change]:
        """Return what has gathered, and forget it."""
        taken = list(self._changes.values())
        self._changes.clear()
        return taken


def _expired(entries: list[list[Any]], now: float) -> int:
    """Number of entries at the beginning that are too old or too many."""
    too_many = max(0, len(entries) - SERIES_POINTS)
    too_old = next((index for index, entry in enumerate(entries) if entry[0] >= now - SERIES_S), len(entries))
    return max(too_many, too_old)

"""How the document came to be what it is: its changes, second by second, within a bound of bytes.

An export holds the oldest document that is still known and the frames since, so that a page can
show any moment in between. A frame is kept as it will be written, compressed. When the bound
is reached the oldest frame is merged into the document that the history begins with.
"""

from __future__ import annotations

import json
import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from origin_router.emulator.changes import Append, Backlog, Change, Path, Put, Remove, apply, wire
from origin_router.emulator.view import empty_document

FRAME_S = 1.0
"""Changes within a second are one frame; of several values at one place only the last is kept."""
HISTORY_BYTES = 16_000_000
"""Bound for the frames as they are exported: 57 minutes of the demo, which take 5 MB of memory."""
COMPRESSION_LEVEL = 1
"""Fast: what is left to gain by more is small."""

_KINDS = {kind.__name__.lower(): kind for kind in (Put, Append, Remove)}


class Frame(NamedTuple):
    """What changed within a second, as compressed JSON `[at, changes]`."""

    data: bytes
    size_bytes: int
    """Not compressed."""

    @property
    def text(self) -> bytes:
        return zlib.decompress(self.data)


class History:
    """Follows a document by its changes."""

    def __init__(self, limit_bytes: int = HISTORY_BYTES) -> None:
        self._start = empty_document()
        self._limit_bytes = limit_bytes
        self._frames: deque[Frame] = deque()
        self._size_bytes = 0
        self._backlog = Backlog()
        self._began_at: float | None = None
        self._rows: set[Path] = set()

    def add(self, at: float, changes: Iterable[Change]) -> None:
        """Take in changes that an event of this time (epoch seconds) made."""
        if self._began_at is None or at < self._began_at:  # the second: the wall clock was set back
            self._began_at = at
        elif at >= self._began_at + FRAME_S:
            self._close_frame(self._began_at + FRAME_S)
            self._began_at = at
        self._backlog.add(changes)

    def until(self, at: float) -> tuple[dict[str, Any], Iterator[bytes]]:
        """Return the document at the beginning, and the frames up to now in order, each as JSON `[at, changes]`."""
        self._close_frame(at)
        self._began_at = None
        return self._start, (frame.text for frame in tuple(self._frames))

    def _close_frame(self, at: float) -> None:
        changes = [change for change in self._backlog.take() if self._is_news(change)]
        if not changes:
            return
        text = json.dumps([at, [wire(change) for change in changes]], separators=(",", ":")).encode()
        self._frames.append(Frame(zlib.compress(text, COMPRESSION_LEVEL), len(text)))
        self._size_bytes += len(text)
        while self._size_bytes > self._limit_bytes:
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        frame = self._frames.popleft()
        self._size_bytes -= frame.size_bytes
        for change in _changes_of(frame):
            apply(self._start, change)

    def _is_news(self, change: Change) -> bool:
        """Under load most rows of requests come and go within a frame: that they went is worth nothing."""
        if change.path[2:3] != ("requests",):
            return True
        if isinstance(change, Remove):
            is_known = change.path in self._rows
            self._rows.discard(change.path)
            return is_known
        self._rows.add(change.path)
        return True


def _changes_of(frame: Frame) -> Iterator[Change]:
    _, changes = json.loads(frame.text)
    for kind, path, *value in changes:
        yield _change(kind, tuple(path), *value)


def _change(kind: str, path: Path, *value: Any) -> Change:
    change: Change = _KINDS[kind](path, *value)
    return change

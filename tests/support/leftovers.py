"""What this process holds: to be compared before and after, so that nothing is left over unseen."""

from __future__ import annotations

import contextlib
import os
import threading
from pathlib import Path
from typing import NamedTuple


class Held(NamedTuple):
    """Counts of a moment."""

    files: int
    processes: int
    threads: int

    def beyond(self, other: Held) -> list[str]:
        """What there is more of than there was."""
        names = zip(self._fields, self, other, strict=True)
        return [f"{name}: {now} after {then}" for name, now, then in names if now > then]


def look() -> Held:
    """Count now."""
    return Held(_open_files(), _children(), threading.active_count())


def memory_mb() -> float:
    """Resident memory of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024**2


def _open_files() -> int:
    """Without what comes and goes with looking."""
    found = 0
    for entry in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            found += "/proc/" not in str(entry.readlink())
    return found


def _children() -> int:
    return len(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())

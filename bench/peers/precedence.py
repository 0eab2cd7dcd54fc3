"""Keeps other work on the machine from being measured, as far as that is allowed.

Linux shares processors among sessions before it looks at priorities (its "autogroup"), so
that of this session is raised, and put back in the end. Within it, the viewers and the origins
come before whom they measure, so that a busy peer cannot make its own clock slow.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

AUTOGROUP = Path("/proc/self/autogroup")
HIGHEST = -20
INSTRUMENTS = -10
"""Of viewers and origins."""
MEASURED = 0


@contextmanager
def precedence() -> Iterator[str]:
    """Take precedence for this process, its session and what it starts; say what was allowed."""
    session = _session_priority()
    own = os.getpriority(os.PRIO_PROCESS, 0)
    got = []
    try:
        if session is not None and _set_session(HIGHEST):
            got.append("session")
        with suppress(PermissionError):
            os.setpriority(os.PRIO_PROCESS, 0, INSTRUMENTS)
            got.append("instruments")
        yield f"high priority ({' and '.join(got)})" if got else "ordinary"
    finally:
        if session is not None:
            _set_session(session)
        with suppress(PermissionError):
            os.setpriority(os.PRIO_PROCESS, 0, own)


def give_way(pid: int) -> None:
    """Put a peer that was just started behind the instruments."""
    with suppress(PermissionError, ProcessLookupError):
        os.setpriority(os.PRIO_PROCESS, pid, MEASURED)


def _session_priority() -> int | None:
    try:
        return int(AUTOGROUP.read_text().rpartition(" ")[2])
    except (OSError, ValueError):
        return None


def _set_session(priority: int) -> bool:
    try:
        AUTOGROUP.write_text(str(priority))
    except OSError:
        return False
    return True

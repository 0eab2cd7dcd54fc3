"""Keeps other work on the machine from being measured, as far as that is allowed.

Where real-time scheduling may be had (as root), viewers and origins come first, so that a busy
peer cannot make its own clock slow; then whom they measure; then the functions of a local
edge, which in CloudFront run on machines of their own: a cold start there does not slow the
edge. Only within `precedence` is anybody ranked: who uses the same origins and peers for something
else, as a test does, shares the machine with others. Linux shares processors among sessions before
it looks at priorities (its "autogroup"), so that of this session is raised for those functions, and
put back in the end.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

AUTOGROUP = Path("/proc/self/autogroup")
HIGHEST = -20
INSTRUMENT, MEASURED = 2, 1
"""Real-time priorities."""


@contextmanager
def precedence() -> Iterator[str]:
    """Take precedence for this process and what it starts; say what was allowed."""
    session = _session_priority()
    got = []
    try:
        if _set_real_time(0, INSTRUMENT, children_too=False):
            got.append("real-time")
        if session is not None and _set_session(HIGHEST):
            got.append("session first")
        yield " and ".join(got) or "ordinary"
    finally:
        if session is not None:
            _set_session(session)
        with suppress(PermissionError):
            os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


def rank_origins(pid: int) -> None:
    """Put the origins' process, just started, beside the viewers."""
    if _has_precedence():
        _set_real_time(pid, INSTRUMENT, children_too=False)


def rank_peer(pid: int, *, has_functions: bool) -> None:
    """Put a peer that was just started behind both; `has_functions`: its children are Lambda's, not its own."""
    if _has_precedence():
        _set_real_time(pid, MEASURED, children_too=not has_functions)


def _has_precedence() -> bool:
    """Whether this process is real-time itself; the kernel knows best."""
    return os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK == os.SCHED_RR


def _set_real_time(pid: int, priority: int, *, children_too: bool) -> bool:
    policy = os.SCHED_RR if children_too else os.SCHED_RR | os.SCHED_RESET_ON_FORK
    try:
        os.sched_setscheduler(pid, policy, os.sched_param(priority))
    except (PermissionError, ProcessLookupError):
        return False
    return True


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

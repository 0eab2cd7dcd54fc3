"""Which local edges of this user run, for commands that speak to one.

Each leaves a small file in the user's runtime directory, and removes it at its end. One that was killed leaves it
behind: such a file is recognised by its process, which is gone or began at another time, and removed by whoever looks.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

STARTED_FIELD = 19
"""Place of `starttime` in /proc/PID/stat, counted from after the process's name (proc(5))."""


class RunningEdge(NamedTuple):
    """A local edge that runs."""

    pid: int
    admin: str
    """URL of its admin address."""


def directory() -> Path:
    """Where the files are: XDG_RUNTIME_DIR where there is one, else a directory of our own for temporary files."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if runtime and Path(runtime).is_dir():
        return Path(runtime) / "origin-router"
    return Path(tempfile.gettempdir()) / f"origin-router-{os.getuid()}"


@contextlib.contextmanager
def registered(admin: str) -> Iterator[None]:
    """Let this process's local edge be found meanwhile. Where that is impossible, it is not, and nothing else fails."""
    place = directory()
    file = place / f"edge-{os.getpid()}.json"
    with contextlib.suppress(OSError):
        place.mkdir(mode=0o700, exist_ok=True)
        if _is_ours(place):
            new = file.with_suffix(".new")
            new.write_text(json.dumps({"admin": admin, "started": _started(os.getpid())}), encoding="utf-8")
            new.replace(file)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            file.unlink()
            place.rmdir()  # unless another one is in it


def running_edges() -> list[RunningEdge]:
    """The local edges of this user, the oldest first."""
    place = directory()
    found = []
    with contextlib.suppress(OSError):
        for file in sorted(place.glob("edge-*.json"), key=lambda each: each.stat().st_mtime) if _is_ours(place) else ():
            edge = _read(file)
            if edge is None:
                file.unlink(missing_ok=True)
            else:
                found.append(edge)
    return found


def _read(file: Path) -> RunningEdge | None:
    """What a file says; None if it is stale."""
    try:
        pid = int(file.stem.removeprefix("edge-"))
        content = json.loads(file.read_text(encoding="utf-8"))
        return RunningEdge(pid, str(content["admin"])) if content["started"] == _started(pid) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _started(pid: int) -> str:
    """When a process began, in the kernel's ticks: tells it from a later one of the same id."""
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[STARTED_FIELD]


def _is_ours(place: Path) -> bool:
    """Whether nobody else could have put something there."""
    about = place.stat()
    return about.st_uid == os.getuid() and not about.st_mode & (stat.S_IWGRP | stat.S_IWOTH)

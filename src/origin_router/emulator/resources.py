"""Memory limit and CPU share of an environment, as Lambda gives them by memory size, by control groups.

Both need write access to the kernel's control groups, which usually means root. `find_resources`
says what can be enforced here and, for the rest, why not. Version 1 and version 2 of the
interface are understood.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")

VCPU_MB = 1_769
"""Memory size that comes with one whole vCPU (Lambda guide)."""
PERIOD_US = 20_000
"""Interval over which the CPU share is shared out: short, so that a small share is a slow CPU and no stutter."""
LEAST_QUOTA_US = 1_000
"""The kernel takes no smaller quota."""

REMOVAL_TRIES = 50
"""A group can be removed when its last process is gone, which takes the kernel a moment."""


def cpu_quota_us(memory_mb: int) -> int:
    """Microseconds of CPU in each period for a memory size."""
    return max(LEAST_QUOTA_US, PERIOD_US * memory_mb // VCPU_MB)


@dataclass(frozen=True, slots=True)
class Resources:
    """What can be enforced, and what cannot."""

    cpu: Path | None
    """Directory in which groups for the CPU share are made."""
    memory: Path | None
    """The same for memory; equal to `cpu` under version 2."""
    missing: tuple[str, ...] = ()
    """What is not enforced, with the reason."""
    is_v2: bool = False

    def make_cage(self, memory_mb: int) -> Cage:
        """Make the groups for one environment."""
        return Cage(self, memory_mb)


class Cage:
    """The groups of one environment."""

    _made = 0

    def __init__(self, resources: Resources, memory_mb: int) -> None:
        Cage._made += 1
        name = f"origin-router-{os.getpid()}-{Cage._made}"
        self._groups: list[Path] = []
        limit = str(memory_mb * 1024 * 1024)
        quota = cpu_quota_us(memory_mb)
        if resources.is_v2 and resources.cpu is not None:
            group = self._make(resources.cpu / name)
            _write(group / "cpu.max", f"{quota} {PERIOD_US}")
            _write(group / "memory.max", limit)
            _write(group / "memory.swap.max", "0")
            return
        if resources.cpu is not None:
            group = self._make(resources.cpu / name)
            _write(group / "cpu.cfs_period_us", str(PERIOD_US))
            _write(group / "cpu.cfs_quota_us", str(quota))
        if resources.memory is not None:
            group = self._make(resources.memory / name)
            _write(group / "memory.limit_in_bytes", limit)
            _write(group / "memory.memsw.limit_in_bytes", limit)

    def add(self, pid: int) -> None:
        """Put a process in; what it starts is in as well."""
        for group in self._groups:
            _write(group / "cgroup.procs", str(pid))

    async def close(self) -> None:
        """Remove the groups, which are empty by now or in a moment."""
        for group in self._groups:
            for _ in range(REMOVAL_TRIES):
                try:
                    group.rmdir()
                    break
                except FileNotFoundError:
                    break
                except OSError:
                    await asyncio.sleep(0.01)

    def _make(self, group: Path) -> Path:
        with contextlib.suppress(OSError):
            group.mkdir()
            self._groups.append(group)
        return group


def find_resources(root: Path = ROOT) -> Resources:
    """See what this machine allows."""
    if (root / "cgroup.controllers").is_file():
        return _version_2(root)
    cpu = _usable(root / "cpu", "cpu.cfs_quota_us")
    memory = _usable(root / "memory", "memory.limit_in_bytes")
    missing = [
        f"{what}: {found}" for what, found in (("CPU share", cpu), ("memory limit", memory)) if isinstance(found, str)
    ]
    return Resources(
        cpu=None if isinstance(cpu, str) else cpu,
        memory=None if isinstance(memory, str) else memory,
        missing=tuple(missing),
    )


def _version_2(root: Path) -> Resources:
    try:
        controllers = set((root / "cgroup.subtree_control").read_text().split())
    except OSError as error:
        controllers = set()
        reason = str(error)
    else:
        reason = f"{root}/cgroup.subtree_control does not list them"
    lacking = {"cpu", "memory"} - controllers
    if lacking:
        return Resources(None, None, (f"CPU share and memory limit: no controller {_names(lacking)}: {reason}",), True)
    found = _usable(root, "cgroup.procs")
    if isinstance(found, str):
        return Resources(None, None, (f"CPU share and memory limit: {found}",), True)
    return Resources(found, found, (), True)


def _usable(directory: Path, file: str) -> Path | str:
    """The directory if groups can be made in it, else why not."""
    if not (directory / file).exists():
        return f"there is no {directory / file}"
    probe = directory / f"origin-router-{os.getpid()}-probe"
    try:
        probe.mkdir()
        probe.rmdir()
    except OSError as error:
        return f"{directory} is not writable ({error.strerror})"
    return directory


def _names(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def _write(file: Path, value: str) -> None:
    """A setting that this kernel does not have, such as one for swap, is left out."""
    with contextlib.suppress(OSError):
        file.write_text(value)

"""What other work on the machine does to a measurement, and what can be done about it.

The kernel counts how long each thread was ready to run and had to wait for a processor.
That time says something about the machine and nothing about the router, so it is taken off
where single milliseconds count; the raw times are reported beside. Work that a thread waits
for otherwise (the network, a lock, another thread of its process) is not taken off.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HIGHEST_PRIORITY = -20


@contextmanager
def precedence() -> Iterator[str]:
    """Put this process and what it starts meanwhile before all ordinary work, as far as allowed; say how.

    It ends with the context: whoever goes on in this process (a test of the command, for instance)
    must not keep what is nearly all of the machine.
    """
    policy, parameters = os.sched_getscheduler(0), os.sched_getparam(0)
    nice = os.getpriority(os.PRIO_PROCESS, 0)
    how = _take_precedence()
    try:
        yield how
    finally:
        if how == "real-time":
            os.sched_setscheduler(0, policy, parameters)
        elif how == "high priority":
            os.setpriority(os.PRIO_PROCESS, 0, nice)


def _take_precedence() -> str:
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(os.sched_get_priority_min(os.SCHED_RR)))
        return "real-time"
    except PermissionError:
        pass
    try:
        os.setpriority(os.PRIO_PROCESS, 0, HIGHEST_PRIORITY)
        return "high priority"
    except PermissionError:
        return "ordinary"


class ProcessorWait:
    """How long some threads have waited for a processor."""

    def __init__(self, *pids: int, of_all_threads: bool = False) -> None:
        """The main threads of these processes, or all that they have now."""
        paths = [Path(f"/proc/{pid}/schedstat") for pid in pids]
        if of_all_threads:
            paths = [path for pid in pids for path in Path(f"/proc/{pid}/task").glob("*/schedstat")]
        self._files = [os.open(path, os.O_RDONLY) for path in paths]

    def so_far_ms(self) -> float:
        """The sum of all their waits until now."""
        return sum(map(_read_wait_ms, self._files))

    def close(self) -> None:
        """Close the kernel's files."""
        for file in self._files:
            os.close(file)


def _read_wait_ms(file: int) -> float:
    try:
        return waited_ms(os.pread(file, 128, 0))
    except ProcessLookupError:
        return 0.0  # the thread has ended


def waited_ms(schedstat: bytes) -> float:
    """Read the second field of `/proc/PID/schedstat`: nanoseconds of waiting on a run queue."""
    return int(schedstat.split()[1]) / 1e6

"""What holds for all tests."""

from __future__ import annotations

import os


def pytest_configure() -> None:
    """Give up real-time scheduling that was inherited, for instance from a benchmark's shell.

    Tests start hundreds of processes, browsers among them: before all other work, they freeze a small machine.
    """
    if os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK in (os.SCHED_RR, os.SCHED_FIFO):
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))

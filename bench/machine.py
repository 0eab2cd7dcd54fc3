"""Facts about the machine that a reader needs to judge a run."""

from __future__ import annotations

import os
import platform
import socket
import ssl
import sys
import time
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from origin_router.edge.tcp_info import read_kernel_times

WATCHED_S = 0.25
"""How long the kernel's stamps are watched to see their steps: 25 of the coarsest jiffies."""


@dataclass(frozen=True, slots=True)
class Machine:
    """Where a run was made."""

    cores: int
    load_1min: float
    """Load average before the run: other work on the machine shows here."""
    python: str
    openssl: str
    kernel: str
    jiffy_ms: float
    """Resolution of TCP_INFO's times, as measured."""
    measured_at: str

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def look_at_machine() -> Machine:
    """Collect the facts."""
    return Machine(
        cores=len(os.sched_getaffinity(0)),
        load_1min=round(os.getloadavg()[0], 2),
        python=f"{platform.python_implementation()} {platform.python_version()}",
        openssl=ssl.OPENSSL_VERSION,
        kernel=f"{platform.system()} {platform.release()}",
        jiffy_ms=measure_jiffy_ms(),
        measured_at=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    )


def measure_jiffy_ms() -> float:
    """Return the smallest step in which `tcpi_last_data_sent` grows."""
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname()) as client,
    ):
        client.send(b"x")
        ages: set[int] = set()
        until = time.monotonic() + WATCHED_S
        while time.monotonic() < until:
            kernel = read_kernel_times(client)
            if kernel is None:
                raise SystemExit(f"{sys.argv[0]}: this system has no TCP_INFO: the benchmark needs Linux")
            ages.add(round(kernel.since_sent_s * 1000))
    ordered = sorted(ages)
    return float(min(later - earlier for earlier, later in pairwise(ordered)))

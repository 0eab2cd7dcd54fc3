"""The resolution of the kernel's stamps on this machine."""

from __future__ import annotations

import socket
import time
from functools import cache
from itertools import pairwise

from origin_router.edge.tcp_info import read_kernel_times

WATCHED_S = 0.06
"""Six of the coarsest jiffies."""


@cache
def jiffy_s() -> float:
    """The smallest step in which the age of a stamp grows."""
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname()) as client,
    ):
        client.send(b"x")
        ages: set[float] = set()
        stop_at = time.monotonic() + WATCHED_S
        while time.monotonic() < stop_at:
            kernel = read_kernel_times(client)
            assert kernel is not None, "this system has no TCP_INFO"
            ages.add(kernel.since_sent_s)
    return min(later - earlier for earlier, later in pairwise(sorted(ages)))

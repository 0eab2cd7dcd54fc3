"""What the kernel knows about a TCP connection, also of the time in which the process was stopped."""

from __future__ import annotations

import socket

from origin_router.routing.named import NamedTuple

TCP_INFO = 11
"""Linux' number; named by `socket` on Linux only."""

_LAST_DATA_SENT = slice(44, 48)
_LAST_DATA_RECEIVED = slice(52, 56)
_RTT = slice(68, 72)
_TOTAL_RETRANSMITS = slice(100, 104)
_LENGTH = 104
"""`struct tcp_info` of include/uapi/linux/tcp.h: u32 fields in the machine's byte order (Lambda@Edge is x86_64)."""


class KernelTimes(NamedTuple):
    """Ages and times in seconds. The ages have the resolution of one jiffy (1 to 10 ms)."""

    since_sent_s: float
    since_received_s: float
    rtt_s: float
    """Smoothed round trip; right after connecting, the round trip of the handshake."""
    retransmits: int
    """Segments sent again since the connection was opened."""


def read_kernel_times(sock: socket.socket) -> KernelTimes | None:
    """Return the kernel's times of a connection, or None where the system does not tell."""
    try:
        info = sock.getsockopt(socket.IPPROTO_TCP, TCP_INFO, _LENGTH)
    except OSError:
        return None
    if len(info) < _LENGTH:
        return None
    sent, received, rtt, retransmits = (
        int.from_bytes(info[part], "little")
        for part in (_LAST_DATA_SENT, _LAST_DATA_RECEIVED, _RTT, _TOTAL_RETRANSMITS)
    )
    return KernelTimes(sent / 1e3, received / 1e3, rtt / 1e6, retransmits)

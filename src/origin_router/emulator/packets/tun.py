"""Makes a TUN device and gives it its addresses, by the ioctls of netdevice(7) and of the kernel's tuntap page.

A device exists as long as its descriptor is open: the kernel removes it with its routes when the
process ends, however that happens.
"""

from __future__ import annotations

import fcntl
import os
import socket
import struct
from ipaddress import IPv4Address

DEVICE = "/dev/net/tun"

TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000
"""Packets of the network layer, without a header of the driver's own (linux/if_tun.h)."""

SIOCGIFFLAGS, SIOCSIFFLAGS = 0x8913, 0x8914
SIOCSIFADDR, SIOCSIFDSTADDR, SIOCSIFNETMASK = 0x8916, 0x8918, 0x891C
IFF_UP = 0x1
"""From linux/sockios.h and linux/if.h."""

LONGEST_PACKET_BYTES = 65_535


def open_tun(name: str) -> int:
    """Make a device in the network namespace of this thread; returns its descriptor, which does not block."""
    descriptor = os.open(DEVICE, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        fcntl.ioctl(descriptor, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def configure(
    name: str, address: IPv4Address, *, netmask: IPv4Address | None = None, peer: IPv4Address | None = None
) -> None:
    """Give a device its address and bring it up.

    With a netmask the kernel routes the addresses around it to the device, or takes all of them for
    its own where the device is the loopback one; with a peer it routes only that one.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        _set(control, SIOCSIFADDR, name, _sockaddr(address))
        if netmask is not None:
            _set(control, SIOCSIFNETMASK, name, _sockaddr(netmask))
        if peer is not None:
            _set(control, SIOCSIFDSTADDR, name, _sockaddr(peer))
        answer = fcntl.ioctl(control, SIOCGIFFLAGS, struct.pack("16s24x", name.encode()))
        (flags,) = struct.unpack_from("H", answer, 16)
        _set(control, SIOCSIFFLAGS, name, struct.pack("H", flags | IFF_UP))


def _set(control: socket.socket, request: int, name: str, value: bytes) -> None:
    fcntl.ioctl(control, request, struct.pack("16s24s", name.encode(), value))


def _sockaddr(address: IPv4Address) -> bytes:
    """A struct sockaddr_in without a port."""
    return struct.pack("HH4s8x", socket.AF_INET, 0, address.packed)

"""Addresses of the links: a piece of 198.18.0.0/15 that this machine does not route anywhere yet.

The range is set aside for tests of network devices (RFC 2544) and occurs nowhere on the internet.
Each run takes a piece of its own, so several runs on one machine do not meet.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

RANGE = IPv4Network("198.18.0.0/15")
PIECE_PREFIX = 20
"""32 pieces of 4,096 addresses. The upper half of a piece are links: 2,046 of them, where
13 Regions and a hundred origins make 1,300."""

DEFAULT_ROUTE_PREFIX = 8
"""Routes wider than this lead to everywhere (as `0.0.0.0/0`, or the two halves that VPNs
set in its place). A narrower one means these addresses."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Addresses of one run."""

    network: IPv4Network

    @property
    def near(self) -> IPv4Address:
        """This machine's address, from which connections over links come."""
        return self.network[1]

    @property
    def far(self) -> IPv4Address:
        """The address of the far device, from which nothing comes."""
        return self.network[2]

    @property
    def links(self) -> IPv4Network:
        """One address for each link, from its second on."""
        return list(self.network.subnets(1))[1]


def pieces() -> list[Piece]:
    """All pieces there are."""
    return [Piece(network) for network in RANGE.subnets(new_prefix=PIECE_PREFIX)]


def routes(table: str) -> Iterator[tuple[str, IPv4Network]]:
    """Device and destination of each route in the text of /proc/net/route, default routes aside."""
    for line in table.splitlines()[1:]:
        device, destination, *_ = fields = line.split()
        mask = _address(fields[7])
        network = IPv4Network((int(_address(destination)), int(mask).bit_count()))
        if network.prefixlen >= DEFAULT_ROUTE_PREFIX:
            yield device, network


def obstacle(piece: Piece, table: str, *, ours: str = "") -> str:
    """Say which route leads to addresses of this piece already, except over our own device; empty if none does."""
    for device, network in routes(table):
        if device != ours and network.overlaps(piece.network):
            return f"{network} over {device}"
    return ""


def _address(hexadecimal: str) -> IPv4Address:
    """The kernel prints the four bytes as a number of this machine."""
    return IPv4Address(int(hexadecimal, 16).to_bytes(4, sys.byteorder))

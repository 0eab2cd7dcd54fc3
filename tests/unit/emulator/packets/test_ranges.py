"""Which addresses a run may take, from the kernel's table of routes."""

from __future__ import annotations

import sys
from ipaddress import IPv4Network

import pytest

from origin_router.emulator.packets.ranges import RANGE, Piece, obstacle, pieces

HEADING = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"


def table(*entries: str) -> str:
    """The text of /proc/net/route with routes like `198.18.0.0/16 tun0`."""
    lines = []
    for entry in entries:
        network, device = IPv4Network(entry.split()[0]), entry.split()[1]
        words = [
            f"{int.from_bytes(each.packed, sys.byteorder):08X}" for each in (network.network_address, network.netmask)
        ]
        lines.append(f"{device}\t{words[0]}\t00000000\t0001\t0\t0\t0\t{words[1]}\t0\t0\t0\n")
    return HEADING + "".join(lines)


def test_pieces_divide_the_range_for_tests_of_network_devices() -> None:
    """They fill it without overlapping, and in each the two devices' addresses are no links."""
    assert sum(piece.network.num_addresses for piece in pieces()) == RANGE.num_addresses
    assert all(piece.network.subnet_of(RANGE) for piece in pieces())
    assert not any(end in piece.links for piece in pieces() for end in (piece.near, piece.far))
    assert all(piece.links.subnet_of(piece.network) and piece.links.num_addresses == 2_048 for piece in pieces())


@pytest.mark.parametrize(
    ("routes", "expected"),
    [
        ([], ""),
        (["0.0.0.0/0 eth0", "192.0.2.0/24 eth0"], ""),
        (["0.0.0.0/1 vpn", "128.0.0.0/1 vpn"], ""),  # a VPN that takes the place of the default route
        (["198.18.0.0/15 utun"], "198.18.0.0/15 over utun"),
        (["198.18.17.9/32 lab"], "198.18.17.9/32 over lab"),
        (["198.0.0.0/8 wide"], "198.0.0.0/8 over wide"),
        (["198.18.32.0/20 next"], ""),
        (["198.18.16.0/20 edge1"], ""),  # our own
    ],
)
def test_a_route_that_is_there_already_is_in_the_way(routes: list[str], expected: str) -> None:
    """Taking over addresses that somebody uses would break their network."""
    assert obstacle(Piece(IPv4Network("198.18.16.0/20")), table(*routes), ours="edge1") == expected


def test_a_run_that_started_at_the_same_time_is_in_the_way() -> None:
    """Both see two routes of the same width after they have made theirs, and both try another piece."""
    seen = table("198.18.16.0/20 edge1", "198.18.16.0/20 edge2")

    assert obstacle(Piece(IPv4Network("198.18.16.0/20")), seen, ours="edge1") == "198.18.16.0/20 over edge2"

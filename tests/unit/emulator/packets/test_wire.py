"""When packets arrive, on a clock that the tests hold in their hands."""

from __future__ import annotations

from random import Random

import pytest

from origin_router.emulator.links import CALM, LinkCondition
from origin_router.emulator.packets.wire import QUEUE_LIMIT_BYTES, Wire

NEAR, LINK, OTHER = b"\xc6\x12\x00\x01", b"\xc6\x12\x08\x02", b"\xc6\x12\x08\x03"
NEAR_FD, FAR_FD = 3, 4


def packet(source: bytes, destination: bytes, payload: bytes = b"", *, version: int = 4) -> bytes:
    """An IP packet as far as the wire looks at it."""
    return bytes([version << 4 | 5]) + bytes(11) + source + destination + payload


def connected(condition: LinkCondition, link: bytes = LINK, wire: Wire | None = None, now_s: float = 0) -> Wire:
    """A wire with one link, in both directions."""
    wire = wire or Wire(Random(1))
    wire.connect(NEAR, link, FAR_FD, condition, now_s)
    wire.connect(link, NEAR, NEAR_FD, condition, now_s)
    return wire


def arrivals(wire: Wire, until_s: float) -> list[tuple[float, int, bytes]]:
    """When each packet comes out, where, and its payload: the clock goes from one to the next."""
    now_s, seen = 0.0, []
    while (wait_s := wire.wait_s(now_s)) is not None and now_s + wait_s <= until_s:
        now_s += wait_s
        seen += [(now_s, exit_fd, carried[20:]) for exit_fd, carried in wire.due(now_s)]
    return seen


def test_half_a_round_trip_passes_in_each_direction() -> None:
    """What leaves at 1 s arrives at 1.04 s, on the other side."""
    wire = connected(LinkCondition(round_trip_ms=80))
    wire.take(packet(NEAR, LINK, b"there"), 1.0)
    wire.take(packet(LINK, NEAR, b"back"), 1.01)

    assert wire.wait_s(1.01) == pytest.approx(0.03)
    assert list(wire.due(1.039)) == []
    assert list(wire.due(1.041)) == [(FAR_FD, packet(NEAR, LINK, b"there"))]
    assert list(wire.due(1.051)) == [(NEAR_FD, packet(LINK, NEAR, b"back"))]
    assert wire.wait_s(1.051) is None


def test_links_do_not_share_their_conditions() -> None:
    """A slow and a fast link: who starts later may arrive earlier."""
    wire = connected(LinkCondition(round_trip_ms=100))
    connected(LinkCondition(round_trip_ms=10), OTHER, wire)
    wire.take(packet(NEAR, LINK, b"slow"), 0.0)
    wire.take(packet(NEAR, OTHER, b"fast"), 0.02)

    assert [payload for _, _, payload in arrivals(wire, 1)] == [b"fast", b"slow"]


@pytest.mark.parametrize(
    "stray",
    [
        packet(NEAR, OTHER),
        packet(OTHER, LINK),
        packet(NEAR, LINK, version=6),
        packet(NEAR, LINK)[:19],
        b"",
    ],
    ids=["no link", "not from here", "IPv6", "cut off", "empty"],
)
def test_what_belongs_to_no_link_is_dropped(stray: bytes) -> None:
    """The device is the machine's: anyone may send anything into it."""
    wire = connected(CALM)
    wire.take(stray, 0.0)

    assert wire.wait_s(0.0) is None


def test_jitter_varies_both_ways_and_keeps_the_order() -> None:
    """Each way 50 ms plus or minus 10; a packet never overtakes the one before."""
    wire = connected(LinkCondition(round_trip_ms=100, jitter_ms=20))
    for number in range(200):
        wire.take(packet(NEAR, LINK, bytes([number])), number / 1_000)
    seen = arrivals(wire, 10)
    delays_s = [at - payload[0] / 1_000 for at, _, payload in seen]

    assert [payload[0] for _, _, payload in seen] == list(range(200))
    assert 0.04 <= min(delays_s) < 0.05 < max(delays_s) <= 0.06 + 1e-9


def test_jitter_wider_than_the_round_trip_never_delivers_into_the_past() -> None:
    """A packet takes no time at least."""
    wire = connected(LinkCondition(round_trip_ms=2, jitter_ms=100))
    for number in range(50):
        wire.take(packet(NEAR, LINK), number)

    assert all(at >= number for number, (at, _, _) in enumerate(arrivals(wire, 100)))


@pytest.mark.parametrize("loss_pct", [0, 10, 50, 100])
def test_the_share_that_is_lost(loss_pct: float) -> None:
    """Of 2,000 packets as many as configured, within four standard deviations."""
    wire = connected(LinkCondition(loss_pct=loss_pct))
    for _ in range(2_000):
        wire.take(packet(LINK, NEAR), 0.0)
    lost = 2_000 - len(arrivals(wire, 1))
    expected = 20 * loss_pct
    deviation = (expected * (1 - loss_pct / 100)) ** 0.5

    assert abs(lost - expected) <= 4 * deviation


def test_a_blackhole_swallows_what_is_under_way_and_what_comes() -> None:
    """A cut cable; the other links go on. Once mended, new packets pass."""
    wire = connected(LinkCondition(round_trip_ms=100))
    connected(CALM, OTHER, wire)
    wire.take(packet(NEAR, LINK, b"under way"), 0.0)
    connected(LinkCondition(round_trip_ms=100, is_blackholed=True), wire=wire, now_s=0.01)
    wire.take(packet(NEAR, LINK, b"later"), 0.02)
    wire.take(packet(NEAR, OTHER, b"elsewhere"), 0.03)
    connected(CALM, wire=wire, now_s=0.04)
    wire.take(packet(NEAR, LINK, b"mended"), 0.05)

    assert [payload for _, _, payload in arrivals(wire, 1)] == [b"elsewhere", b"mended"]


def test_a_shorter_round_trip_brings_forward_what_is_under_way() -> None:
    """Otherwise a second of latency would go on for a second after its end. The order stays."""
    wire = connected(LinkCondition(round_trip_ms=2_000))
    wire.take(packet(NEAR, LINK, b"first"), 0.0)
    wire.take(packet(NEAR, LINK, b"second"), 0.05)
    connected(LinkCondition(round_trip_ms=20), wire=wire, now_s=0.1)
    wire.take(packet(NEAR, LINK, b"third"), 0.1)

    seen = arrivals(wire, 1)

    assert [at for at, _, _ in seen] == [pytest.approx(0.11)] * 3
    assert [payload for _, _, payload in seen] == [b"first", b"second", b"third"]


def test_a_longer_round_trip_leaves_what_is_under_way_alone() -> None:
    """It has left already."""
    wire = connected(LinkCondition(round_trip_ms=20))
    wire.take(packet(NEAR, LINK, b"before"), 0.0)
    connected(LinkCondition(round_trip_ms=200), wire=wire, now_s=0.001)
    wire.take(packet(NEAR, LINK, b"after"), 0.001)

    assert [at for at, _, _ in arrivals(wire, 1)] == [pytest.approx(0.01), pytest.approx(0.101)]


def test_a_full_link_drops_and_takes_again_when_something_has_left() -> None:
    """Memory is bounded however slow a link and however fast a sender is; each direction has its queue."""
    wire = connected(LinkCondition(round_trip_ms=2_000))
    large = packet(NEAR, LINK, bytes(65_000))
    fitting = QUEUE_LIMIT_BYTES // len(large)
    for _ in range(fitting + 5):
        wire.take(large, 0.0)
    wire.take(packet(LINK, NEAR, b"back"), 0.0)
    first = list(wire.due(1.0))
    wire.take(large, 1.0)

    assert fitting + 1 == len(first)
    assert [exit_fd for exit_fd, _ in wire.due(2.0)] == [FAR_FD]

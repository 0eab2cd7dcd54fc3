"""When a packet that enters a link comes out of it, if at all. Knows no clock and no device."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from origin_router.emulator.links import LinkCondition

QUEUE_LIMIT_BYTES = 16_777_216
"""What one direction of a link holds before it drops, as a full router does: more than 1 Gbit/s
puts on its way during 100 ms, 12.5 MB."""

IPV4 = 4
ADDRESSES = slice(12, 20)
"""Where source and destination stand in an IPv4 header (RFC 791)."""


@dataclass(slots=True, eq=False)
class _Lane:
    """One direction of a link."""

    exit_fd: int
    condition: LinkCondition
    last_due_s: float = 0.0
    queued_bytes: int = 0


class Wire:
    """All links. Times are those of one monotonic clock, in seconds."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._lanes: dict[bytes, _Lane] = {}
        self._under_way: list[tuple[float, int, _Lane, bytes]] = []
        """A heap. The sequence number keeps packets in order that are due at the same time."""
        self._sequence = 0

    def connect(self, source: bytes, destination: bytes, exit_fd: int, condition: LinkCondition, now_s: float) -> None:
        """Carry packets from one address to another, or treat them differently from now on.

        What is under way arrives no later than if it were sent now, and not at all if nothing does.
        """
        lane = self._lanes.setdefault(source + destination, _Lane(exit_fd, condition))
        lane.condition = condition
        if lane.queued_bytes:
            self._hurry(lane, now_s + (condition.round_trip_ms + condition.jitter_ms) / 2_000)

    def _hurry(self, lane: _Lane, latest_s: float) -> None:
        is_lost = lane.condition.is_blackholed
        self._under_way = [
            (min(due_s, latest_s) if of is lane else due_s, sequence, of, packet)
            for due_s, sequence, of, packet in self._under_way
            if of is not lane or not is_lost
        ]
        heapq.heapify(self._under_way)
        lane.last_due_s = min(lane.last_due_s, latest_s)
        if is_lost:
            lane.queued_bytes = 0

    def take(self, packet: bytes, now_s: float) -> None:
        """Accept a packet. What belongs to no link is dropped: it is none of our business."""
        if not packet or packet[0] >> 4 != IPV4:
            return
        lane = self._lanes.get(packet[ADDRESSES])
        if lane is None or self._is_lost(lane.condition) or lane.queued_bytes + len(packet) > QUEUE_LIMIT_BYTES:
            return
        lane.last_due_s = max(lane.last_due_s, now_s + self._one_way_s(lane.condition))
        lane.queued_bytes += len(packet)
        self._sequence += 1
        heapq.heappush(self._under_way, (lane.last_due_s, self._sequence, lane, packet))

    def wait_s(self, now_s: float) -> float | None:
        """How long until the next packet is due; None if none is under way."""
        return max(0.0, self._under_way[0][0] - now_s) if self._under_way else None

    def due(self, now_s: float) -> Iterator[tuple[int, bytes]]:
        """Yield each packet that has arrived, and the descriptor through which it leaves."""
        while self._under_way and self._under_way[0][0] <= now_s:
            _, _, lane, packet = heapq.heappop(self._under_way)
            lane.queued_bytes -= len(packet)
            yield lane.exit_fd, packet

    def _is_lost(self, condition: LinkCondition) -> bool:
        return condition.is_blackholed or self._random.random() * 100 < condition.loss_pct

    def _one_way_s(self, condition: LinkCondition) -> float:
        jitter_ms = (self._random.random() - 0.5) * condition.jitter_ms
        return max(0.0, condition.round_trip_ms / 2 + jitter_ms) / 1_000

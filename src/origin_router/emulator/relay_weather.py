"""How late a relayed piece of data arrives: delay, jitter, and what loss costs.

A relay sees bytes, not packets, so nothing that it loses would be sent again. It imitates what a sender's kernel makes
of loss: data that was lost arrives when it has been sent again, and everything behind it waits. Where enough follows
to tell the sender (three duplicate acknowledgements, RFC 5681), that is one round trip later; else when its
retransmission timer runs out, which doubles each time. Congestion control is not imitated, and connecting neither
takes time nor fails: this machine's kernel accepts at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

SEGMENT_BYTES = 1_460
"""Payload of a TCP segment in an Ethernet frame."""

FAST_RETRANSMIT_SEGMENTS = 4
"""The lost segment and three behind it (RFC 5681)."""

LEAST_TIMER_S = 0.2
"""Linux adds no less to the round trip for its retransmission timer (TCP_RTO_MIN)."""

LONGEST_TIMER_S = 120.0
"""Where doubling ends (TCP_RTO_MAX)."""

MOST_LOSSES = 15
"""A sender gives up then (tcp_retries2); the data comes all the same, ten minutes late."""


@dataclass(frozen=True, slots=True)
class Weather:
    """What one direction does to data."""

    delay_s: float = 0.0
    jitter_s: float = 0.0
    """The delay is longer or shorter by up to so much."""
    loss: float = 0.0
    """Share of segments that are lost, 0 to 1."""


FAIR = Weather()


def lateness_s(size_bytes: int, weather: Weather, chance: Callable[[], float]) -> float:
    """How long a piece of data takes. `chance` yields numbers from 0 to below 1."""
    late_s = weather.delay_s
    if weather.jitter_s:
        late_s += weather.jitter_s * (2 * chance() - 1)
    if weather.loss:
        late_s += _repair_s(ceil(size_bytes / SEGMENT_BYTES), weather, chance)
    return max(0.0, late_s)


def _repair_s(segments: int, weather: Weather, chance: Callable[[], float]) -> float:
    round_trip_s = 2 * weather.delay_s
    if chance() >= 1 - (1 - weather.loss) ** segments:
        return 0.0
    if segments >= FAST_RETRANSMIT_SEGMENTS:
        return round_trip_s
    late_s, timer_s = 0.0, round_trip_s + LEAST_TIMER_S
    for _ in range(MOST_LOSSES):
        late_s += timer_s
        timer_s = min(2 * timer_s, LONGEST_TIMER_S)
        if chance() >= weather.loss:  # what was sent again has arrived
            break
    return late_s

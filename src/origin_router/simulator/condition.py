"""What an origin is like, seen from one Region, for some time."""

from __future__ import annotations

from math import cos, exp, log, pi, sin, sqrt
from random import Random
from typing import NamedTuple

RETRANSMIT_S = 0.2
"""Linux's shortest retransmission timeout (RTO_MIN): what a lost packet costs at least."""

TWO_PI = 2.0 * pi

ERROR_COSTS_S = 10.0
"""What an oracle would wait rather than get an error: so that it avoids faults above all."""


BAD_SHARE = 0.2
"""An origin that fails at least this share of requests has failed, for the times to leave and to return."""


class Condition(NamedTuple):
    """Of one origin. `fault`: none, or how nothing at all works (blackhole, refused, silent)."""

    rtt_s: float
    server_s: float
    """Median of the server's times, which are lognormal."""
    sigma: float = 0.4
    tail_share: float = 0.002
    """Share of requests that take `tail_factor` times as long."""
    tail_factor: float = 10.0
    jitter: float = 0.03
    """Round trips are stretched by the absolute value of a normal deviate of this size."""
    loss: float = 0.0
    """Share of exchanges that lose a packet."""
    error_share: float = 0.0
    """Share of requests answered with a 5xx."""
    fault: str = ""

    @property
    def is_sound(self) -> bool:
        """Whether requests cannot fail."""
        return not self.fault and self.error_share == 0

    @property
    def has_failed(self) -> bool:
        """Whether the origin should be left."""
        return bool(self.fault) or self.error_share >= BAD_SHARE

    @property
    def expected_s(self) -> float:
        """Mean time of a request on a standing connection, errors counted as time."""
        server_s = self.server_s * exp(self.sigma**2 / 2) * (1 + self.tail_share * (self.tail_factor - 1))
        rtt_s = self.rtt_s * (1 + 0.8 * self.jitter)
        error = 1.0 if self.fault else self.error_share
        return rtt_s + server_s + self.loss * max(RETRANSMIT_S, 2 * rtt_s) + error * ERROR_COSTS_S


class Luck(NamedTuple):
    """What one request meets, whichever origin it goes to: comparisons use the same luck for both."""

    network: float
    server: float
    tail: float
    loss: float
    error: float


def draw(rng: Random) -> Luck:
    """Draw one request's luck: two normal deviates (the Box-Muller transform), three even shares.

    Written out, because half of a run's time is spent here.
    """
    random = rng.random
    angle, radius = random() * TWO_PI, sqrt(-2.0 * log(1.0 - random()))
    return Luck(abs(cos(angle) * radius), sin(angle) * radius, random(), random(), random())


def exchange_s(condition: Condition, luck: Luck, server_share: float = 1.0) -> float:
    """Return the time from request sent to response received, on a standing connection."""
    server_s = condition.server_s * server_share * exp(condition.sigma * luck.server)
    if luck.tail < condition.tail_share:
        server_s *= condition.tail_factor
    rtt_s = condition.rtt_s * (1 + condition.jitter * luck.network)
    if luck.loss < condition.loss:
        server_s += max(RETRANSMIT_S, 2 * rtt_s)
    return rtt_s + server_s

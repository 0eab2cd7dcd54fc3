"""Whether an origin's responses stay away: an early hint, long before CloudFront gives a request up.

Where responses are heard, requests that bring none are noticed by counting: how many were sent
since the last response came. How often one request follows another without a response in between
depends on the traffic, and on how Lambda spreads the invocations of both triggers over environments,
which is not documented; so that share is learned. A run of requests that it makes unlikely proves
nothing, and costs one probe.
"""

from __future__ import annotations

from math import inf, log

LEARNED = 8
"""Responses heard until a run is known to be unlikely."""

MEMORY = 16
"""Requests over which the share is averaged."""

UNLIKELY = 0.01
"""A run that is less likely than this is remarked upon. Where responses come to whichever of many environments, so that
each event is a request or a response by a coin's toss (share 0.5), the eighth request without a response is; where
the environment used last is used next, so that nearly every request is followed by its response, the third."""

LEAST_SHARE = 1 / 16
"""Of a share that is nearly 0 no more than this is believed: two requests at once are nothing remarkable."""


class Silence:
    """Requests to one origin, and the responses heard of it, in one environment."""

    __slots__ = ("_counted", "_heard", "_limit", "_run", "_share")

    def __init__(self) -> None:
        self._run = 0
        """Requests since the last response."""
        self._heard = 0
        self._counted = 1
        self._share = 0.5
        """Of requests that follow another one without a response in between."""
        self._limit = inf
        """Longest run that is not remarked upon."""

    @property
    def is_at_limit(self) -> bool:
        """Whether another request makes the silence unusual."""
        return self._run + 1 > self._limit

    def sent(self) -> bool:
        """Count a request; return whether it makes the silence unusual: once, then each time it is twice as long."""
        is_unusual = self.is_at_limit
        self._counted = min(self._counted + 1, MEMORY)
        self._share += ((self._run > 0) - self._share) / self._counted
        self._run += 1
        if is_unusual:
            self._limit = 2.0 * self._run
        return is_unusual

    def heard(self) -> None:
        """A response came."""
        self._run = 0
        self._heard += 1
        if self._heard >= LEARNED:
            self._limit = 1.0 + log(UNLIKELY) / log(min(0.95, max(LEAST_SHARE, self._share)))

"""The viewers: requests at a constant rate, sent when they are due whatever became of those before.

A generator that waits for answers slows down with whom it measures and so hides the worst
("coordinated omission"). Here each request has a time at which it is intended, and its
latency counts from then.
"""

from __future__ import annotations

import asyncio
import math
import time
from dataclasses import dataclass

import aiohttp

from bench.peers.faults import VIEWER_TIMEOUT_S
from bench.peers.origin import VIEWER_PATH


@dataclass(frozen=True, slots=True)
class Sample:
    """One viewer's request, in monotonic seconds."""

    intended_at: float
    sent_at: float
    done_at: float
    status: int
    """0: no answer."""
    origin: str
    """Which origin answered; empty if none did."""
    problem: str = ""

    @property
    def has_failed(self) -> bool:
        """A 5xx, a reset, an answer that is not an origin's, or none within `VIEWER_TIMEOUT_S`."""
        return self.status != 200 or not self.origin

    @property
    def latency_s(self) -> float:
        """From the intended time to the whole answer; failures count as the longest that a viewer waits."""
        return VIEWER_TIMEOUT_S if self.has_failed else self.done_at - self.intended_at


PEAK = 1.6
"""The warm-up's highest rate, as a multiple of the one that follows. Viewers come at random: of 300 seconds, as long as
an idle environment of Lambda is seen to live, the busiest has about 40 of them where the average one has 25."""

RAMP_SHARE, PEAK_SHARE = 0.6, 0.2
"""Of the warm-up: the rate grows to its peak, stays there, and for the rest it is what it is from then on."""


def due_s(number: int, rate_per_s: float, warm_up_s: float) -> float:
    """Return when a request is due, counted from the beginning."""
    peak_per_s, ramp_s, peak_s = PEAK * rate_per_s, RAMP_SHARE * warm_up_s, PEAK_SHARE * warm_up_s
    in_ramp, in_peak = peak_per_s * ramp_s / 2, peak_per_s * peak_s
    if number < in_ramp:
        return math.sqrt(2 * number * ramp_s / peak_per_s)
    if number < in_ramp + in_peak:
        return ramp_s + (number - in_ramp) / peak_per_s
    return ramp_s + peak_s + (number - in_ramp - in_peak) / rate_per_s


class Load:
    """An asynchronous context manager: sends requests from its beginning until `stop`.

    The rate grows from nothing, because a machine of two cores cannot start the environments
    for all of it at once, and beyond what it is after `warm_up_s`: whoever keeps connections,
    threads or environments has as many as the last minutes' busiest second asked for.
    """

    def __init__(self, url: str, rate_per_s: float, *, warm_up_s: float) -> None:
        self.samples: list[Sample] = []
        self._url = url
        self._rate_per_s = rate_per_s
        self._warm_up_s = warm_up_s
        self.under_way: set[asyncio.Task[None]] = set()
        """Requests that were sent and have come to nothing yet."""
        self._sending: asyncio.Task[None] | None = None
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Load:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            timeout=aiohttp.ClientTimeout(total=VIEWER_TIMEOUT_S),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        self._sending = asyncio.create_task(self._send_all())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._session is not None
        for task in [self._sending, *self.under_way]:
            if task is not None:
                task.cancel()
        await asyncio.gather(*filter(None, [self._sending, *self.under_way]), return_exceptions=True)
        await self._session.close()

    async def stop(self) -> None:
        """Send no more, and wait for what is under way: no longer than `VIEWER_TIMEOUT_S`."""
        assert self._sending is not None
        self._sending.cancel()
        await asyncio.gather(self._sending, *self.under_way, return_exceptions=True)

    async def _send_all(self) -> None:
        began = time.monotonic()
        number = 0
        while True:
            intended_at = began + due_s(number, self._rate_per_s, self._warm_up_s)
            await asyncio.sleep(max(0.0, intended_at - time.monotonic()))
            task = asyncio.create_task(self._ask(number, intended_at))
            self.under_way.add(task)
            task.add_done_callback(self.under_way.discard)
            number += 1

    async def _ask(self, number: int, intended_at: float) -> None:
        assert self._session is not None
        sent_at = time.monotonic()
        status, origin, problem = 0, "", ""
        try:
            async with self._session.get(f"{self._url}{VIEWER_PATH}{number}") as response:
                body = await response.read()
                status, origin = response.status, response.headers.get("X-Origin", "")
                if status != 200 or body.decode(errors="replace") != origin:
                    problem = f"{status} {response.headers.get('X-Cache', '')}".strip()
        except (aiohttp.ClientError, OSError) as error:
            problem = type(error).__name__
        self.samples.append(Sample(intended_at, sent_at, time.monotonic(), status, origin, problem))

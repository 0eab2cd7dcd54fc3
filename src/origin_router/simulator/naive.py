"""The seed's recipe: a race of HEAD requests inside the request, and a cached choice.

Source: the note of 2019 that the router grew from (dalvik.sh/note/cloudfront-origin-router):
one thread per server sends `HEAD /` with a timeout of 0.8 s, a watchdog publishes a default
after 0.9 s, the first result is taken whatever its status, the choice is cached. It does not
say for how long; here it is as long as the router keeps measurements, so that both ask as
often. The note reports 800 ms and more for a renewed choice; here it waits only for the
first answer, in its favour.
"""

from __future__ import annotations

from math import inf
from random import Random

from origin_router.simulator.condition import Condition, draw, exchange_s
from origin_router.simulator.environment import HANDLER_S
from origin_router.simulator.probes import PROBE_SERVER_SHARE
from origin_router.simulator.scenario import EdgeConfig
from origin_router.simulator.viewer import TIGHT, Chooser, Viewers

TIMEOUT_S = 0.8
WATCHDOG_S = 0.9
CACHED_FOR_S = 10.0


class NaiveEnvironment:
    """Serves requests by the recipe."""

    learns_from_failures = False

    def __init__(self, edge: EdgeConfig, viewers: Viewers, rng: Random) -> None:
        self.chooser = Chooser(viewers.view, viewers.tally)
        self._viewers = viewers
        self._tally = viewers.tally
        self._rng = rng
        self._init_s = edge.init_ms / 1000
        self._expires_s = -inf

    def cold_start(self, at_s: float) -> float:
        """The race happens in the first request, after the start."""
        self._tally.cold_starts += 1
        self._tally.billed_s += self._init_s
        return self._serve(at_s + self._init_s, self._init_s)

    def invoke(self, at_s: float) -> float:
        """Serve one request."""
        return self._serve(at_s, 0.0)

    def hear(self, at_s: float) -> float:
        """It hears of nothing."""
        return at_s

    def quiet_until(self, at_s: float) -> float:
        """The cached choice stands until it expires."""
        del at_s
        return self._expires_s

    def pass_by(self, at_s: float, count: int, weight: float) -> None:
        """Serve requests from the cached choice."""
        for _ in range(count):
            self._viewers.serve(at_s, self.chooser.current or 0, None, TIGHT, weight=weight)
        self._tally.invocations += count * weight
        self._tally.billed_s += count * weight * HANDLER_S

    def end(self, at_s: float) -> None:
        """Nothing to give back."""

    def _serve(self, at_s: float, delay_s: float) -> float:
        waited_s = 0.0
        if at_s >= self._expires_s:
            waited_s, winner = self._race(at_s)
            self._tally.waits += 1
            self._expires_s = at_s + waited_s + CACHED_FOR_S
            self.chooser.chose(at_s + waited_s, winner)
        origin = self.chooser.current or 0
        self._viewers.serve(at_s + waited_s, origin, None, TIGHT, delay_s=delay_s + waited_s)
        self._tally.invocations += 1
        self._tally.billed_s += waited_s + HANDLER_S
        return at_s + waited_s + HANDLER_S

    def _race(self, at_s: float) -> tuple[float, int]:
        conditions = self._viewers.view.at(at_s).conditions
        self._tally.probes += len(conditions)
        times = [self._answer_s(each) for each in conditions]
        first_s = min(times)
        return (first_s, times.index(first_s)) if first_s <= TIMEOUT_S else (WATCHDOG_S, 0)

    def _answer_s(self, condition: Condition) -> float:
        """A new connection each time, without TLS as in the note: two round trips."""
        luck = draw(self._rng)
        if condition.fault:
            return inf
        return condition.rtt_s + exchange_s(condition, luck, PROBE_SERVER_SHARE)

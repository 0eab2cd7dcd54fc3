"""Drives a prober as invocations do: one step, what is due, and then nothing until the next one.

Not calling anything is all that a process freeze does to a prober, so real sockets and a
pause make one. Time can also be skipped, where the kernel's stamps do not matter.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

from origin_router.edge.prober import Prober, Report
from origin_router.edge.wakefulness import Clocks, Wakefulness
from origin_router.routing.model import OriginRef
from tests.support.edge import LIMIT_S


class SkippingClock:
    """The monotonic clock, which a test may move on."""

    def __init__(self) -> None:
        self._skipped_s = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self._skipped_s

    def skip(self, seconds: float) -> None:
        """Let time pass at once."""
        self._skipped_s += seconds

    def both(self) -> Clocks:
        """Both clocks, skipped alike."""
        return Clocks(self(), time.time() + self._skipped_s)


class Invocations:
    """The invocations of one environment that has only a prober."""

    def __init__(self, clock: SkippingClock) -> None:
        self.clock = clock
        self.awake = Wakefulness(clock.both())
        self.awake.sleep(clock.both())

    def invoke(self, prober: Prober, launch: Iterable[OriginRef] = ()) -> list[Report]:
        """One invocation: take in what came back, send what is due."""
        self.awake.wake(self.clock.both())
        reports = prober.step()
        prober.launch(launch, budget_s=LIMIT_S)
        self.awake.sleep(self.clock.both())
        return reports

    def invoke_until_reported(
        self, prober: Prober, *, away_s: float, skip_s: float = 0.0, at_most: int = 50
    ) -> list[Report]:
        """Invoke after pauses of `away_s` (and skipped time) until something is reported."""
        for _ in range(at_most):
            time.sleep(away_s)
            self.clock.skip(skip_s)
            reports = self.invoke(prober)
            if reports:
                return reports
        raise AssertionError(f"nothing was reported in {at_most} invocations")

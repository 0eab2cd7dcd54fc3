"""Which way of measuring is in use: the cheapest that yields latencies where we run.

    frozen ─── latencies of an origin withheld STRIKES times in a row ──> after_answer, or
                                                                        before_answer without an extension
    any other ─── RETRY_S later ──> frozen

Which ways work depends on undocumented behaviour of Lambda@Edge and on the traffic (an
environment that is never away for longer than an answer takes learns nothing while
frozen), so it is found out, not configured, and tried again from time to time.
"""

from __future__ import annotations

from enum import StrEnum

from origin_router.routing.model import OriginRef
from origin_router.routing.named import NamedTuple

STRIKES = 3
"""One withheld latency may be chance, three in a row of the same origin are not."""

RETRY_S = 600.0
"""How long a dearer way is kept before the cheapest is tried again."""


class Moment(StrEnum):
    """When measurements are made."""

    RACE = "race"
    FROZEN = "frozen"
    AFTER_ANSWER = "after_answer"
    BEFORE_ANSWER = "before_answer"


class Change(NamedTuple):
    """From now on measurements are made at another moment."""

    moment: Moment
    why: str


class Moments:
    """Chooses the moment from what became of the latencies."""

    __slots__ = ("_can_stay_awake", "_credit", "_retry_at", "_strikes", "_wait_share", "current")

    def __init__(self, *, can_stay_awake: bool, wait_share: float) -> None:
        """`can_stay_awake`: an extension is registered. `wait_share`: of requests that may wait, 0 to 1."""
        self.current = Moment.FROZEN
        self._can_stay_awake = can_stay_awake
        self._wait_share = wait_share
        self._credit = 0.0
        self._retry_at = 0.0
        self._strikes: dict[OriginRef, int] = {}

    def note(self, ref: OriginRef, withheld: str | None, now: float) -> Change | None:
        """Take in what became of a latency that spans a freeze; return the change it leads to."""
        if withheld is None:
            self._strikes.pop(ref, None)
            return None
        strikes = self._strikes[ref] = self._strikes.get(ref, 0) + 1
        if self.current is not Moment.FROZEN or strikes < STRIKES:
            return None
        self._retry_at = now + RETRY_S
        self.current = Moment.AFTER_ANSWER if self._can_stay_awake else Moment.BEFORE_ANSWER
        return Change(self.current, f"latencies measured while frozen were withheld: {withheld}")

    def retry(self, now: float) -> Change | None:
        """Go back to the cheapest moment when it is time to try it again."""
        if self.current is Moment.FROZEN or now < self._retry_at:
            return None
        self._strikes.clear()
        self.current = Moment.FROZEN
        return Change(self.current, f"tried again after {RETRY_S:.0f} s")

    def may_wait(self) -> bool:
        """Whether this request, which finds measurements due, may wait for them. Called once per request."""
        if self.current is not Moment.BEFORE_ANSWER or self._credit < 1.0:
            return False
        self._credit -= 1.0
        return True

    def count_request(self) -> None:
        """Every request earns its share of a wait; no more than one wait is saved up."""
        self._credit = min(1.0, self._credit + self._wait_share)

"""Which way of measuring an environment uses: the rules of `edge/moments.py`, which ships and is not imported here.

A test holds the two against each other.
"""

from __future__ import annotations

from origin_router.routing.model import OriginRef

STRIKES = 3
RETRY_S = 600.0
FROZEN, AFTER_ANSWER, BEFORE_ANSWER = "frozen", "after_answer", "before_answer"


class Moments:
    """Frozen as long as that yields latencies; then after the answer, or before it."""

    __slots__ = ("_can_stay_awake", "_credit", "_retry_at", "_strikes", "_wait_share", "current")

    def __init__(self, *, can_stay_awake: bool, wait_share: float) -> None:
        self.current = FROZEN
        self._can_stay_awake = can_stay_awake
        self._wait_share = wait_share
        self._credit = 0.0
        self._retry_at = 0.0
        self._strikes: dict[OriginRef, int] = {}

    def note(self, ref: OriginRef, withheld: str | None, now: float) -> None:
        """Take in what became of a latency that spans a freeze."""
        if withheld is None:
            self._strikes.pop(ref, None)
            return
        strikes = self._strikes[ref] = self._strikes.get(ref, 0) + 1
        if self.current == FROZEN and strikes >= STRIKES:
            self._retry_at = now + RETRY_S
            self.current = AFTER_ANSWER if self._can_stay_awake else BEFORE_ANSWER

    def request(self, now: float) -> None:
        """A request comes: try the cheapest way again when it is time; earn a share of a wait."""
        if self.current != FROZEN and now >= self._retry_at:
            self._strikes.clear()
            self.current = FROZEN
        if self.current != FROZEN:
            self._credit = min(1.0, self._credit + self._wait_share)

    def may_wait(self) -> bool:
        """Whether this request, which finds measurements due, may wait for them."""
        if self.current != BEFORE_ANSWER or self._credit < 1.0:
            return False
        self._credit -= 1.0
        return True

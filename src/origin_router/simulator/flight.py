"""A probe under way, and the freezes that it spans."""

from __future__ import annotations

from origin_router.routing.model import OriginRef, Outcome

NO_FREEZE_S = 0.005
"""Away for less than this counts as awake: see `edge/wakefulness.py`."""

AWAKE_GRACE_S = 0.05
"""What is overdue at a thaw is still listened to for so long, awake: see `edge/patience.py`."""


class Wakefulness:
    """When the environment slept; counts as the edge's own record does."""

    __slots__ = ("asleep_since_s", "epoch", "slept_s", "woken_at_s")

    def __init__(self, at_s: float) -> None:
        self.epoch = 0
        self.asleep_since_s = self.woken_at_s = at_s
        self.slept_s = 0.0

    def wake(self, at_s: float) -> None:
        """An invocation begins. Away for a moment only, nothing was held back: that counts as awake."""
        if at_s - self.asleep_since_s < NO_FREEZE_S:
            return
        self.epoch += 1
        self.woken_at_s = at_s
        self.slept_s = at_s - self.asleep_since_s


class Flight:
    """A probe under way."""

    __slots__ = (
        "arrives_at_s",
        "epoch",
        "index",
        "is_resent",
        "is_spare",
        "limit_at_s",
        "outcome",
        "overdue_in",
        "overdue_since_s",
        "overdue_thaws",
        "ref",
        "sent_at_s",
        "stages",
    )

    def __init__(self, ref: OriginRef, index: int, stages: int, *, is_spare: bool = False) -> None:
        self.ref = ref
        self.index = index
        self.is_spare = is_spare
        """Only a connection, in place of one that the origin has ended."""
        self.stages = stages
        """Left, this one included."""
        self.epoch = -1
        self.sent_at_s = self.arrives_at_s = self.limit_at_s = 0.0
        self.outcome = Outcome.OK
        self.is_resent = False
        self.begin_waiting()

    def begin_waiting(self) -> None:
        """A new stage: there is patience with it again."""
        self.overdue_in = -1
        """The latest epoch that found it overdue..."""
        self.overdue_since_s = 0.0
        """...and when in it."""
        self.overdue_thaws = 0

    def look_at_s(self, awake: Wakefulness) -> float:
        """When there is something to see, while awake: an arrival, or the end of a limit."""
        is_known = self.overdue_in == awake.epoch != self.epoch
        return min(self.arrives_at_s, self.overdue_since_s + AWAKE_GRACE_S if is_known else self.limit_at_s)

    def is_over(self, at_s: float, awake: Wakefulness, most_thaws: int) -> bool:
        """Whether what has not arrived has failed: `_is_overtime` and `Patience` of the edge."""
        if at_s < self.limit_at_s:
            return False
        if self.epoch == awake.epoch:
            return True
        if self.overdue_in != awake.epoch:
            self.overdue_in, self.overdue_since_s = awake.epoch, at_s
            self.overdue_thaws += 1
        return at_s >= self.overdue_since_s + AWAKE_GRACE_S or self.overdue_thaws >= most_thaws

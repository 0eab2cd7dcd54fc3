"""How long the phases of one connection took, and when the present one is overdue.

Times of phases that span a freeze are None. A freeze is an excuse for being overdue, but not
for ever: what was held back for a stopped machine may be delivered a moment after the thaw,
so a phase that is overdue when the environment wakes up is listened to a little longer, or
looked at again at the next thaw.
"""

from __future__ import annotations

from collections.abc import Callable

from origin_router.edge.exchange import Phase
from origin_router.edge.wakefulness import Sent, Wakefulness

AWAKE_GRACE_S = 0.05
"""How long a connection that was overdue at a thaw is still listened to while we stay awake: what a stopped
machine held back arrives in this time."""

OVERDUE_THAWS = {Phase.RESOLVING: 4, Phase.HANDSHAKING: 4, Phase.CONNECTING: 2, Phase.AWAITING: 2}
"""At so many thaws it must have been overdue before that counts as a failure. Look-ups and handshakes get more:
they go on only while we are awake, which may be for less than a millisecond at a time."""


class Patience:
    """What is left of it for one phase of one connection."""

    __slots__ = ("_epoch", "_since_at", "_thaws")

    def __init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        """A new phase begins."""
        self._thaws = 0
        self._epoch = -1
        """The latest epoch that found the phase overdue..."""
        self._since_at = 0.0
        """...and when in it."""

    def is_over(self, phase: Phase, began_in: int, epoch: int, now: float) -> bool:
        """Whether a phase that is overdue has failed. `began_in` and `epoch` count the times of waking up."""
        if epoch == began_in:
            return True
        if self._epoch != epoch:
            self._epoch, self._since_at = epoch, now
            self._thaws += 1
        return now - self._since_at >= AWAKE_GRACE_S or self._thaws >= OVERDUE_THAWS[phase]


class Timing:
    """The phases of a connection, timed as they come."""

    __slots__ = ("_awake", "_clock", "_patience", "limit_from_at", "sent", "times")

    def __init__(self, awake: Wakefulness, clock: Callable[[], float]) -> None:
        self._awake = awake
        self._clock = clock
        self._patience = Patience()
        self.times: dict[str, float | None] = {}
        """By name of the phase, in seconds."""
        self.begin()

    @property
    def is_awake(self) -> bool:
        """Whether there was no freeze since the present phase began."""
        return self.sent.epoch == self._awake.epoch

    def begin(self, retransmits: int = 0, *, shares_limit: bool = False) -> None:
        """A phase begins. With `shares_limit` its limit is that of the one before, unless that met a freeze.

        `retransmits` is what the kernel has counted so far.
        """
        now = self._clock()
        if not (shares_limit and self.is_awake):
            self.limit_from_at = now
        self._patience.renew()
        self.sent = Sent(now, self._awake.epoch, retransmits)

    def note(self, name: str, ended_at: float | None = None) -> None:
        """The present phase ended, just now unless another time is given: record how long it took."""
        took_s = (self._clock() if ended_at is None else ended_at) - self.sent.at
        self.times[name] = max(0.0, took_s) if self.is_awake else None

    def awake_s(self) -> float | None:
        """How long the present phase has taken without a freeze in between, or None if there was one."""
        return self._clock() - self.sent.at if self.is_awake else None

    def is_overdue(self, phase: Phase, deadline_at: float) -> bool:
        """Whether the present phase took too long, and a freeze is no excuse."""
        now = self._clock()
        return now >= deadline_at and self._patience.is_over(phase, self.sent.epoch, self._awake.epoch, now)

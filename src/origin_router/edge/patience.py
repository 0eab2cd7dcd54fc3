"""How long an overdue phase is still given: a freeze is an excuse, but not for ever.

What was held back for a stopped machine may be delivered a moment after the thaw, so a
phase that is overdue when the environment wakes up is listened to a little longer, or
looked at again at the next thaw.
"""

from __future__ import annotations

from origin_router.edge.exchange import Phase

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

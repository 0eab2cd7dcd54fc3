"""Whether an origin takes part in steering: a state machine fed by observations.

    unknown ──success──> serving ──`fall` failures in a row──> ejected
       └────`fall` failures────────────────────────────────────> ejected
    ejected ──ejection time over, next observation──> probation
    probation ──`rise` successes in a row──> serving
    probation ──failure──> ejected, for twice as long

Time is an argument. States change only by looking at an observation, never by a timer:
a frozen environment runs none.
"""

from __future__ import annotations

from origin_router.routing.config import HealthConfig
from origin_router.routing.model import Outcome, State

EJECTION_BASE_S = 5.0
"""First ejection: Finagle's failure accrual starts its backoff at 5 s too."""

EJECTION_MAX_S = 300.0
"""Longest ejection: the ceiling that Envoy and Finagle use."""

EJECTION_MAX_DOUBLINGS = 6
"""After so many the ceiling is reached; doubling on would leave the range of a float one day."""

FORGIVEN_AFTER_S = 300.0
"""After this long in service an origin's next ejection starts at the base again."""


class Health:
    """Health of one origin."""

    __slots__ = (
        "_config",
        "_ejections",
        "_failures",
        "_recovered_at",
        "_successes",
        "ejected_until_at",
        "has_answered",
        "is_suspect",
        "state",
    )

    def __init__(self, config: HealthConfig) -> None:
        self._config = config
        self._failures = 0
        self._successes = 0
        self._ejections = 0
        self._recovered_at = 0.0
        self.is_suspect = False
        """It failed, and has not yet shown `rise` successes in a row since."""
        self.has_answered = False
        """It answered once, outside of an ejection."""
        self.state = State.UNKNOWN
        self.ejected_until_at = 0.0
        """End of the present ejection; meaningful while ejected."""

    @property
    def is_eligible(self) -> bool:
        """Whether steering may choose it outside panic."""
        return self.state is State.SERVING or self.state is State.UNKNOWN

    def observe(self, outcome: Outcome, now: float, jitter: float) -> tuple[State, State] | None:
        """Take in one outcome; return (before, after) if it changed the state.

        `jitter` in [0, 1) spreads the ends of ejections, so that environments that
        ejected an origin together do not all try it again together.
        """
        before = self.state
        if before is State.EJECTED:
            if now < self.ejected_until_at:
                return None  # a straggler from before the ejection proves nothing
            self.state = State.PROBATION
            self._successes = 0
        if outcome is Outcome.OK:
            self._succeeded(now)
        else:
            self._failed(now, jitter)
        return None if self.state is before else (before, self.state)

    def _succeeded(self, now: float) -> None:
        self.has_answered = True
        self._failures = 0
        self._successes += 1
        if self._successes >= self._config.rise:
            self.is_suspect = False
        if self.state is State.UNKNOWN:
            self.state = State.SERVING
        elif self.state is State.PROBATION and self._successes >= self._config.rise:
            self.state = State.SERVING
            self._recovered_at = now

    def _failed(self, now: float, jitter: float) -> None:
        self.is_suspect = True
        self._successes = 0
        self._failures += 1
        if self.state is State.PROBATION or self._failures >= self._config.fall:
            self._eject(now, jitter)

    def _eject(self, now: float, jitter: float) -> None:
        if self.state is not State.PROBATION and now - self._recovered_at > FORGIVEN_AFTER_S:
            self._ejections = 0
        length_s = min(EJECTION_MAX_S, EJECTION_BASE_S * 2 ** min(self._ejections, EJECTION_MAX_DOUBLINGS))
        self._ejections += 1
        self.ejected_until_at = now + length_s * (1.0 + 0.2 * jitter)
        self.state = State.EJECTED

"""Whether an origin takes part in steering: a state machine fed by observations.

    unknown ──success──> serving ──`fall` failures in a row, or their share──> ejected
       └────`fall` failures──────────────────────────────────────────────────> ejected
    ejected ──ejection time over, next probe; or no origin left, next answered probe──> probation
    probation ──`rise` successes in a row──> serving
    probation ──failure──> ejected, for twice as long

Whoever raised a suspicion has to lift it: where real traffic did, an answered probe ends an
ejection's time, but the successes must be those of real requests (see `doubt`).

Time is an argument. States change only by looking at an observation, never by a timer:
a frozen environment runs none. Failures weigh differently, see `weight_of`.
"""

from __future__ import annotations

from collections.abc import Iterator

from origin_router.routing.config import HealthConfig
from origin_router.routing.doubt import MAX_DOUBLINGS, SUSPICION, Doubt
from origin_router.routing.model import Outcome, Source, State
from origin_router.routing.window import Window

FORGIVEN_AFTER_S = 300.0
"""After this long in service an origin's next ejection starts at the base again: Envoy's and Finagle's longest
ejection, and longer than ours by default, so that one who was ejected that long has served longer."""

EJECTION_JITTER = 0.2
"""Ejections are stretched by up to this share, so that environments do not all come back at once."""

HEARSAY = 0.6
"""A failure that was most likely this origin's, and may have been another's: two make it suspect, none ejects it."""

HARD_FAILURE = 1.5
"""No connection at all: two in a row are enough where `fall` is 3."""

TRAFFIC_FAILURE = 0.6
"""A 5xx of real traffic may be one bad URL: five in a row where `fall` is 3, Envoy's consecutive_5xx."""

CLOUDFRONT_ANSWER_S = 30.0
"""CloudFront's default response timeout."""

_HARD = frozenset(
    {
        Outcome.DNS,
        Outcome.REFUSED,
        Outcome.UNREACHABLE,
        Outcome.CONNECT_TIMEOUT,
        Outcome.TLS,
        Outcome.FAILED_OVER,
    }
)


def weight_of(outcome: Outcome, source: Source) -> float:
    """Return how much a failure counts towards `fall`."""
    if outcome is Outcome.OVERLOADED:
        return 0.0  # the origin is alive and asks for less: only a large share of these takes it out
    if outcome in _HARD:
        return HARD_FAILURE
    return TRAFFIC_FAILURE if source is Source.TRAFFIC else 1.0


class Health:
    """Health of one origin."""

    __slots__ = (
        "_config",
        "_ejections",
        "_failures",
        "_hearsay",
        "_successes",
        "_window",
        "doubt",
        "ejected_until_at",
        "has_answered",
        "is_accused",
        "is_condemned",
        "is_suspect",
        "serving_since_at",
        "state",
    )

    def __init__(self, config: HealthConfig, answer_s: float = CLOUDFRONT_ANSWER_S) -> None:
        """`answer_s` is how long CloudFront waits for the origin's answers."""
        self._config = config
        self._failures = 0.0
        """Failures of probes in a row, weighed."""
        self._successes = 0
        self._hearsay = 0.0
        """Failures heard of that may have been this origin's, weighed; since it last answered."""
        self.is_accused = False
        """It is suspect by those alone: its next probe decides."""
        self._ejections = 0
        self._window = Window(config.window_s)
        """All outcomes."""
        self.doubt = Doubt(config.window_s, answer_s)
        """What real traffic has against it."""
        self.is_condemned = False
        """Ejected, or it would be but for the cap on ejected origins; and no answer since."""
        self.is_suspect = False
        """It failed, and has not yet shown `rise` successes in a row since. One 5xx of real traffic is not enough."""
        self.has_answered = False
        """It answered once, outside of an ejection."""
        self.state = State.UNKNOWN
        self.ejected_until_at = 0.0
        """End of the present ejection; meaningful while ejected."""
        self.serving_since_at: float | None = None
        """End of the last probation; None if it never was ejected."""

    @property
    def is_eligible(self) -> bool:
        """Whether steering may choose it outside panic."""
        return self.state is State.SERVING or self.state is State.UNKNOWN

    @property
    def is_sound(self) -> bool:
        """Whether nothing is held against it."""
        return self.is_eligible and not self.is_suspect

    @property
    def is_undecided(self) -> bool:
        """Whether its next probes decide: on the way to an ejection, or back from one."""
        return self.is_suspect and self._row < self._config.fall and not self.doubt.needs_trial

    @property
    def needs_trial(self) -> bool:
        """Whether only a real request can show that it is well again, and may be spent on that."""
        return self.doubt.needs_trial and self.state is not State.EJECTED

    def observe(
        self,
        outcome: Outcome,
        now: float,
        jitter: float,
        *,
        source: Source = Source.PROBE,
        may_eject: bool = True,
        is_panic: bool = False,
        hears_answers: bool = True,
    ) -> tuple[State, State] | None:
        """Take in one outcome; return (before, after) if it changed the state.

        `jitter` in [0, 1) spreads the ends of ejections. `may_eject` is False while the
        pool's cap on ejected origins is reached: the failure is remembered all the same.
        `is_panic`: no other origin is left, so an answered probe at any time brings an ejected one on trial. Real
        requests do not: they go on all the time, and the state would change with each good and each bad one.
        `hears_answers` is False where real requests are heard of only when they fail.
        """
        before = self.state
        if before is State.EJECTED:
            may_be_early = is_panic and outcome is Outcome.OK
            if source is Source.TRAFFIC or (now < self.ejected_until_at and not may_be_early):
                return None  # a straggler from before the ejection proves nothing
            self.state = State.PROBATION
            self._successes = 0
        if outcome is Outcome.OK:
            self._succeeded(source, now, hears_answers)
        else:
            self._failed(outcome, source, now, jitter, may_eject)
        return None if self.state is before else (before, self.state)

    def hear(self, weight: float = HEARSAY) -> None:
        """Take in that it most likely failed somebody.

        Once that makes it suspect, an answered probe refutes it, or a real answer that is one of `rise` in a row.
        """
        if self.is_suspect or not self.is_eligible:
            return
        self._hearsay += weight
        self.is_suspect = self.is_accused = self._hearsay >= SUSPICION

    def pardon(self, now: float) -> None:
        """End an ejection before its time: the next probe decides."""
        if self.state is State.EJECTED and now < self.ejected_until_at:
            self.ejected_until_at = now
            if self.doubt.is_open:
                self.doubt.ejected(now)

    def warm_share(self, now: float) -> float:
        """Return the share of its requests that a recovered origin gets, growing to 1 over `slow_start_s`."""
        if self.serving_since_at is None or self._config.slow_start_s == 0:
            return 1.0
        return min(1.0, max(0.1, (now - self.serving_since_at) / self._config.slow_start_s))

    @property
    def _row(self) -> float:
        return self._failures + self.doubt.failures

    def _succeeded(self, source: Source, now: float, hears_answers: bool) -> None:
        self._window.add(is_failure=False, now=now)
        self.has_answered = True
        self.is_condemned = False
        self._failures = self._hearsay = 0.0
        if self.is_accused and source is Source.PROBE:
            self.is_suspect = self.is_accused = False
        if self.state is State.UNKNOWN:
            self.state = State.SERVING
        if source is Source.TRAFFIC:
            self.doubt.succeeded(now)
        elif self.doubt.is_open:
            self.doubt.is_probed = True
            if not self.doubt.has_faded(now, hears_answers=hears_answers):
                return
            self.doubt.lift()
        self._successes += 1
        if self._successes >= self._config.rise:
            self._risen(now)

    def _risen(self, now: float) -> None:
        self.is_suspect = self.is_accused = False
        self.doubt.lift()
        if self.state is State.PROBATION:
            self.state = State.SERVING
            self.serving_since_at = now
            self._window.clear()
            self.doubt.window.clear()

    def _failed(self, outcome: Outcome, source: Source, now: float, jitter: float, may_eject: bool) -> None:
        self._window.add(is_failure=True, now=now)
        weight = weight_of(outcome, source)
        if source is Source.TRAFFIC:
            self.doubt.failed(weight, now)
        else:
            self._failures = round(self._failures + weight, 1)
            self.doubt.is_probed = False
        if weight > 0:
            self._successes = 0
            self.is_accused = False
            self.is_suspect = self.is_suspect or self._row >= SUSPICION
        is_out = self._row >= self._config.fall or any(self._is_share_reached(now))
        self.is_condemned = self.is_condemned or is_out
        if self.state is State.PROBATION or (is_out and may_eject):
            self._eject(source, now, jitter)

    def _is_share_reached(self, now: float) -> Iterator[bool]:
        """Of all outcomes, or of those of real traffic alone."""
        config = self._config
        for window in (self._window, self.doubt.window):
            samples, failures = window.counts(now)
            yield 0 < config.failure_pct * samples <= 100 * failures and samples >= config.min_samples

    def _eject(self, source: Source, now: float, jitter: float) -> None:
        since_at = self.serving_since_at
        if self.state is not State.PROBATION and since_at is not None and now - since_at > FORGIVEN_AFTER_S:
            self._ejections = 0
        length_s = min(self._config.ejection_max_s, self._config.ejection_s * 2.0**self._ejections)
        self._ejections = min(self._ejections + 1, MAX_DOUBLINGS)
        self.ejected_until_at = now + length_s * (1.0 + EJECTION_JITTER * jitter)
        self.state = State.EJECTED
        self.is_suspect = self.is_condemned = True
        if source is Source.TRAFFIC:
            self.doubt.raise_(now)
        if self.doubt.is_open:
            self.doubt.ejected(self.ejected_until_at)

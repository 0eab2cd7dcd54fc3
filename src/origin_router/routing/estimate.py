"""How fast an origin is believed to be: a peak-sensitive moving average.

A sample above the estimate is believed at once, one below it pulls the estimate down
over `DECAY_S` of wall time: getting slow is noticed soon, getting fast again is believed
only when it lasts. A sample far above the estimate may be one lost packet: it waits for a
second one, soon, and the lower of the two counts. Nothing ages by itself: an environment
may be frozen between two samples, so ageing is arithmetic on the samples' times.
"""

from __future__ import annotations

from math import exp, inf

DECAY_S = 10.0
"""Time constant of the decay, as in Finagle's and linkerd2-proxy's peak EWMA balancers."""


SPIKE_FACTOR = 1.5
"""A sample this many times the estimate (and the pool's band beyond) waits for its confirmation. Measured with
lognormal jitter of 20 % and 1 % spikes of 10x: it removes nearly all detours that single spikes cause, at a cost
of 5 % more probes, and a lasting change is followed half a second later in the median."""


QUESTIONED_TIMES = 4
"""Answers whose time is not known until a question is dropped: after three of them an environment measures at another
moment if it can (see `moments`), and the fourth has a time then. Where it cannot, none ever would."""


class Estimate:
    """Latency estimate of one origin in seconds; `value_s` is None until something was measured."""

    __slots__ = ("_is_unfinished", "_measured_s", "_times_left", "_untimed", "measured_at", "unconfirmed_s", "value_s")

    def __init__(self) -> None:
        self.value_s: float | None = None
        self.measured_at: float | None = None
        self.unconfirmed_s: float | None = None
        """A sample far above the estimate, which another one has to confirm."""
        self._is_unfinished = False
        """`unconfirmed_s` is only what the measurement under way has taken so far."""
        self._times_left = 0
        """Of a question: how many more answers without a time it outlasts."""
        self._untimed = 0
        """Answers without a time."""
        self._measured_s: float | None = None
        """Where `value_s` is only a bound: what it was before."""

    @property
    def is_wanted(self) -> bool:
        """Whether it answers, and how fast is not known yet: to be found out soon, but not for ever."""
        return self.value_s is None and 0 < self._untimed <= QUESTIONED_TIMES

    def begin(self) -> None:
        """A measurement begins: what it brings can confirm what an earlier one brought."""
        self._is_unfinished = False

    def observe(self, latency_s: float, now: float, slack_s: float = 0.0) -> None:
        """Take in one measured latency; up to `slack_s` above `SPIKE_FACTOR` it needs no confirmation."""
        if self._is_unfinished:
            self._is_unfinished, self.unconfirmed_s = False, None  # the rest of the same sample confirms nothing
        self._times_left = 0
        if self.unconfirmed_s is not None:
            latency_s, self.unconfirmed_s = min(latency_s, self.unconfirmed_s), None
        elif self.value_s is not None and latency_s > SPIKE_FACTOR * self.value_s + slack_s:
            self.unconfirmed_s = latency_s
            return
        self._measured_s = None
        if self.value_s is None or self.measured_at is None or latency_s >= self.value_s:
            self.value_s = latency_s
        else:
            kept = exp(-max(0.0, now - self.measured_at) / DECAY_S)
            self.value_s = latency_s + (self.value_s - latency_s) * kept
        self.measured_at = now

    def question(self, latency_s: float) -> None:
        """Take in word, not of a probe, that it has become this slow (inf: does not answer): the next sample decides.

        The lower of the two counts, so that what is believed is never more than was measured.
        """
        if self.unconfirmed_s is None or self._is_unfinished:
            self._is_unfinished, self.unconfirmed_s = False, latency_s
            self._times_left = QUESTIONED_TIMES

    def answered(self) -> None:
        """Take in an answer whose time is not known: it answers, and a question is not asked for ever."""
        self._untimed += 1
        self._times_left -= 1
        if self.unconfirmed_s == inf or self._times_left == 0:
            self.unconfirmed_s = None

    def observe_at_least(self, bound_s: float, now: float, slack_s: float = 0.0) -> bool:
        """Take in that an answer took longer than `bound_s`; return whether that raised what is believed."""
        if self.value_s is None or bound_s <= self.value_s:
            return False
        before_s, measured_s = self.value_s, self._measured_s
        self.observe(bound_s, now, slack_s)
        self._is_unfinished = self.unconfirmed_s is not None
        if self.value_s == before_s:
            return False
        self._measured_s = before_s if measured_s is None else measured_s
        return True

    def forget_bound(self) -> None:
        """What did not answer has come back: it is as fast as it was last measured, until it is measured again."""
        if self._measured_s is not None:
            self.value_s, self._measured_s = self._measured_s, None

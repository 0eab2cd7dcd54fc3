"""What real traffic has against an origin, and the trials that may lift it.

A probe asks for one path. It may be answered while everything else fails, so what real
requests found is counted apart, and only real requests can take it back: one at a time is
sent as a trial, each after a longer pause than the one before, until some go well. No
viewer is sent to an origin that does not even answer a probe.

Probes are believed again where traffic has no more to say. An environment that hears of
failed attempts only (no response trigger) takes it for a good sign if a trial is not heard
to have failed by the time CloudFront would have given it up. And what no request has tried
for `MEMORY_S`, such as a standby that nobody needs, is forgotten.
"""

from __future__ import annotations

from math import inf

from origin_router.routing.window import Window

SUSPICION = 1.0
"""Failures in a row, weighed, that make an origin suspect: one failed probe, or two 5xx of real traffic."""

TRIAL_S = 1.0
"""Pause before a first trial; each further one is twice as long until one goes well."""

TRIAL_MAX_S = 60.0
"""Longest pause between two trials."""

MEMORY_S = 300.0
"""What happened earlier says little about now."""

MAX_DOUBLINGS = 32
"""The longest pause is reached long before."""


class Doubt:
    """The doubt about one origin."""

    __slots__ = (
        "_answer_s",
        "_since_at",
        "_tried_at",
        "_tries",
        "failures",
        "is_open",
        "is_probed",
        "trial_due_at",
        "window",
    )

    def __init__(self, window_s: float, answer_s: float) -> None:
        """`answer_s` is how long CloudFront waits for an answer: a trial has failed, or not, by then."""
        self.window = Window(window_s)
        """Outcomes of real traffic alone: a probe's success does not dilute their share."""
        self.failures = 0.0
        """Failures of real traffic in a row, weighed."""
        self.is_open = False
        """Real traffic made the origin suspect, and only real traffic can lift that."""
        self.is_probed = False
        """The last probe was answered, and not before traffic last failed: what fails is not the connection."""
        self.trial_due_at = inf
        self._answer_s = answer_s
        self._since_at = -inf
        """When traffic last failed, or when the ejection that followed ends."""
        self._tried_at: float | None = None
        """When the first trial was sent of which nothing was heard yet."""
        self._tries = 0

    @property
    def needs_trial(self) -> bool:
        """Whether only a real request can tell more: probes are answered."""
        return self.is_open and self.is_probed

    def raise_(self, now: float) -> None:
        """Begin to doubt."""
        if not self.is_open:
            self.is_open = True
            self._tries = 0
            self.trial_due_at = now + TRIAL_S

    def failed(self, weight: float, now: float) -> None:
        """A real request failed."""
        self.window.add(is_failure=True, now=now)
        self.failures = round(self.failures + weight, 1)  # ten times 0.6 is 6
        self._since_at = now
        self._tried_at = None
        self.is_probed = False
        if self.failures >= SUSPICION:
            self.raise_(now)

    def succeeded(self, now: float) -> None:
        """A real request went well."""
        self.window.add(is_failure=False, now=now)
        self.failures = 0.0
        self._tried_at = None
        self._tries = 0
        self.trial_due_at = min(self.trial_due_at, now + TRIAL_S)

    def ejected(self, until_at: float) -> None:
        """The origin is out until then; its first trial is due as soon as it may be tried at all."""
        self._since_at = max(self._since_at, until_at)
        self._tried_at = None
        self._tries = 0
        self.trial_due_at = until_at

    def tried(self, now: float) -> None:
        """A trial is sent."""
        self._tried_at = now if self._tried_at is None else self._tried_at
        self.trial_due_at = now + min(TRIAL_MAX_S, TRIAL_S * 2.0 ** min(self._tries, MAX_DOUBLINGS))
        self._tries += 1

    def has_faded(self, now: float, *, hears_answers: bool) -> bool:
        """Whether an answered probe counts again. `hears_answers`: good answers of real traffic are heard here."""
        if self._tried_at is not None and not hears_answers:
            return now - self._tried_at >= self._answer_s
        return now - self._since_at >= MEMORY_S

    def lift(self) -> None:
        """The origin has proven itself."""
        self.failures = 0.0
        self.is_open = False
        self.trial_due_at = inf

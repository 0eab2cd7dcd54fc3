"""What environments tell each other: which origin has just failed one of them, or come back.

They share nothing but the traffic: where responses are heard, each carries word from the environment
that sent its request there to the one that its response passes. Word is no proof, since whoever sends
it may be ill itself: it has an origin probed soon, and passed over until that probe is answered. Nobody passes on what
it has only heard, so word dies out with what caused it.
"""

from __future__ import annotations

from math import inf
from typing import NamedTuple

from origin_router.routing.doubt import SUSPICION
from origin_router.routing.model import Observation, OriginRef, Outcome, Source, State, Transition
from origin_router.routing.records import OriginRecord, PoolRecord

FRESH_S = 5.0
"""Word is passed on for so long: at the 5 responses/s that an environment can hear (10 invocations/s, two
per request) it has heard all the others by then, or who heard of them."""


class News(NamedTuple):
    """Word about an origin, first-hand. `at`: when it was learned."""

    origin: OriginRef
    is_good: bool
    at: float


def news_of(observation: Observation, change: Transition | None) -> News | None:
    """Return what others ought to know of an observation, if anything: 5xx they hear of themselves."""
    if observation.outcome is Outcome.OK:
        has_returned = change is not None and change.after is State.SERVING and change.before is State.PROBATION
        return News(observation.origin, True, observation.at) if has_returned else None
    if observation.source is Source.TRAFFIC and observation.outcome is not Outcome.FAILED_OVER:
        return None
    return News(observation.origin, False, observation.at)


class Bulletin:
    """The latest that an environment has to tell."""

    __slots__ = ("_latest",)

    def __init__(self) -> None:
        self._latest: News | None = None

    def keep(self, record: OriginRecord, news: News | None) -> None:
        """Take in what others ought to know of a record's origin, if anything."""
        if news is not None:
            self._latest = news
            if not news.is_good:
                record.blamed_at = news.at

    def at(self, now: float) -> News | None:
        """Return what to tell now, if anything."""
        if self._latest is not None and now - self._latest.at > FRESH_S:
            self._latest = None
        return self._latest


def take(news: News, pool: PoolRecord, now: float) -> None:
    """Hear word about an origin of a pool: what we have seen ourselves since then is better.

    Until its next answer it is passed over, except by viewers who have an origin of their own.
    """
    record = pool.origins[news.origin.origin]
    if news.is_good:
        if max(record.failed_at, record.blamed_at) < news.at:
            record.health.pardon(now)
    elif record.health.is_sound and record.answered_at < news.at:
        record.blamed_at = news.at
        record.estimate.question(inf)
        if not pool.is_per_viewer:
            record.health.hear(SUSPICION)

"""What environments tell each other: which origin has just failed one of them, or come back.

They share nothing but the traffic: where responses are heard, each carries word from the environment
that sent its request there to the one that its response passes. Word is no proof, since whoever sends
it may be ill itself: it has an origin probed soon, and passed over until that probe is answered. Nobody passes on what
it has only heard, so word dies out with what caused it.
"""

from __future__ import annotations

from math import inf

from origin_router.routing.doubt import SUSPICION
from origin_router.routing.model import Observation, OriginRef, Outcome, Source, State, Transition
from origin_router.routing.named import NamedTuple
from origin_router.routing.pace import beaten_at_s
from origin_router.routing.records import OriginRecord, PoolRecord

FRESH_S = 60.0
"""Word is passed on for so long at most. The busy ones have heard it within a second or two (an environment takes
10 invocations/s, half of them responses); it is for those that were idle, and believe what was right before. To hear
it again costs nothing. As long as `ejection_max_s` by default: by then its origin has been asked again."""


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

    __slots__ = ("_is_slowness", "_latest")

    def __init__(self) -> None:
        self._latest: News | None = None
        self._is_slowness = False
        """It is of an origin that takes too long, which an answer alone does not refute."""

    def keep(self, record: OriginRecord, news: News, *, is_slowness: bool = False) -> None:
        """Take in what others ought to know of a record's origin."""
        self._latest, self._is_slowness = news, is_slowness
        if not news.is_good:
            record.blamed_at = news.at

    def hear(self, pool: PoolRecord, record: OriginRecord, heard: Observation, change: Transition | None) -> None:
        """Take in an observation: it is news, or puts an end to bad news, or neither."""
        news = news_of(heard, change)
        if news is not None:
            self.keep(record, news)
        elif heard.source is Source.PROBE and self._is_refuted(pool, record, heard):
            self._latest = None

    def _is_refuted(self, pool: PoolRecord, record: OriginRecord, answer: Observation) -> bool:
        if self._latest is None or self._latest.is_good or self._latest.origin != record.ref:
            return False
        return not self._is_slowness or not _is_slow(pool, record, answer)

    def at(self, now: float) -> News | None:
        """Return what to tell now, if anything."""
        if self._latest is not None and now - self._latest.at > FRESH_S:
            self._latest = None
        return self._latest


def _is_slow(pool: PoolRecord, record: OriginRecord, answer: Observation) -> bool:
    """Whether a good answer may have taken so long that another origin is clearly better."""
    worst_s = beaten_at_s(pool, record, answer.at)
    return worst_s is not None and (answer.latency_s is None or answer.latency_s > worst_s)


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

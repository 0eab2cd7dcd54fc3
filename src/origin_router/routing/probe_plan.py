"""Which origins are due for a probe: `schedule` for all records, planned anew where there is news.

News of one origin concerns its whole pool, because it changes who is a clear loser. A batch
of news is planned once, when somebody asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf

from origin_router.routing.budget import Budget
from origin_router.routing.model import Observation, OriginRef, Outcome, Source
from origin_router.routing.records import OriginRecord, PoolRecord
from origin_router.routing.schedule import MAX_CALM, SURPRISE_FACTOR, is_surprise, next_probe_at
from origin_router.routing.second_attempt import is_sound

BUDGET_FACTOR = 2.0
"""An environment may send this many times the probes that its refresh intervals ask for: room for
rechecks after failures, and a bound on them."""


class ProbePlan:
    """The probes of all pools."""

    __slots__ = ("_budget", "_due_at", "_pools", "_records", "_unplanned")

    def __init__(self, pools: Mapping[str, PoolRecord]) -> None:
        self._pools = pools
        self._records = [record for pool in pools.values() for record in pool.origins.values()]
        self._due_at = -inf
        self._unplanned: dict[str, float] = {}
        """Pools with news since their probes were planned, and its time."""
        burst = BUDGET_FACTOR * len(self._records)
        self._budget = Budget(burst / min(pool.config.refresh_s for pool in pools.values()), burst)

    @property
    def due_at(self) -> float:
        """Earliest time at which any origin is due: nothing to launch before."""
        if self._unplanned:
            self._renew()
        return self._due_at

    def worth_waiting_s(self, now: float) -> float:
        """Return how long an answer has to be missing until another origin is clearly better than one said to be slow.

        0 where of none it is said. One that fails is not waited for: it is left by the failures themselves.
        """
        said = [each for each in self._records if _is_said_slow(each)]
        return max((_beaten_at_s(self._pools[each.ref.pool], each, now) or 0.0 for each in said), default=0.0)

    def note(self, pool: PoolRecord, now: float) -> None:
        """There is news in a pool."""
        self._unplanned[pool.name] = now

    def due(self, now: float) -> list[OriginRef]:
        """Return the origins whose measurement is due, the most overdue first, as far as the budget goes."""
        if now < self.due_at:
            return []
        records = sorted(
            (each for each in self._records if each.probe_due_at <= now), key=lambda each: each.probe_due_at
        )
        return [each.ref for each in records[: self._budget.left(now)]]

    def launched(self, pool: PoolRecord, record: OriginRecord, now: float, jitter: float) -> None:
        """Take note that a probe was sent, so that no other is before it is due again."""
        record.launched_at = now
        record.jitter = jitter
        record.estimate.begin()
        self._budget.spend(1)
        self.note(pool, now)

    def _renew(self) -> None:
        while self._unplanned:
            name, now = self._unplanned.popitem()
            pool = self._pools[name]
            best_s, has_panicked = pool.best_s(Source.PROBE, now), pool.is_panic(now)
            for each in pool.origins.values():
                is_pinned = pool.control.is_pinned(each.ref, now)  # requests go there, however slow or ill it is
                each.probe_due_at = next_probe_at(
                    pool.config,
                    each.health,
                    each.estimate,
                    None if is_pinned else best_s,
                    max(each.launched_at, each.failed_at),
                    each.jitter,
                    0 if is_pinned else pool.calm_of(each, now),
                    is_panic=has_panicked or is_pinned,
                )
        self._due_at = min(each.probe_due_at for each in self._records)


def _is_said_slow(record: OriginRecord) -> bool:
    unconfirmed_s = record.estimate.unconfirmed_s
    return unconfirmed_s is not None and unconfirmed_s < inf


def _beaten_at_s(pool: PoolRecord, record: OriginRecord, now: float) -> float | None:
    """Return the latency from which on another origin is clearly better; None where latencies decide nothing."""
    known = [
        latency_s
        for each in pool.undrained(now)
        if each is not record and is_sound(each) and (latency_s := each.latency_s(Source.PROBE)) is not None
    ]
    if pool.config.policy != "fastest" or not known:
        return None
    return SURPRISE_FACTOR * min(known) + pool.config.band_ms / 1000


def pace(
    pool: PoolRecord,
    record: OriginRecord,
    news: Observation,
    basis: Source,
    known_s: float | None,
    *,
    was_suspect: bool,
) -> None:
    """Count what was heard as no news, or measure often again: the whole pool where its choice is in question.

    `known_s` and `was_suspect` are what was thought of the origin before.
    """
    value_s, slack_s = record.estimate_of(news.source).value_s, pool.config.band_ms / 1000
    if news.source is Source.TRAFFIC and value_s is not None:
        _question(pool, record, news.at, known_s, value_s)
    elif news.source is Source.PROBE and news.outcome is Outcome.OK and news.latency_s is None:
        record.estimate.answered()
    if was_suspect or record.health.is_suspect:
        record.calm = 0
        if not was_suspect and record.ref.origin == pool.current:
            pool.alert()
    elif known_s is not None and value_s is not None and is_surprise(known_s, value_s, slack_s):
        record.calm = 0
    elif news.source is Source.PROBE and news.outcome is Outcome.OK:
        is_measured = known_s is not None and news.latency_s is not None
        if is_measured or basis is Source.TRAFFIC:
            record.calm = min(MAX_CALM, record.calm + 1)


def _question(pool: PoolRecord, record: OriginRecord, now: float, known_s: float | None, value_s: float) -> None:
    """Have a probe find out whether it is the origin that real requests take longer at, or what they ask for.

    Only if the difference would make another origin clearly better. The first that is heard of
    real requests can be compared with nothing but the probes.
    """
    probed_s, slack_s = record.estimate.value_s, pool.config.band_ms / 1000
    before_s = probed_s if known_s is None else known_s
    if probed_s is None or before_s is None or value_s <= before_s or not is_surprise(before_s, value_s, slack_s):
        return
    beaten_at_s, said_s = _beaten_at_s(pool, record, now), probed_s + value_s - before_s
    if beaten_at_s is not None and said_s > beaten_at_s:
        record.estimate.question(said_s)

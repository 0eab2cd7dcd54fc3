"""Which request is spent on an origin that real traffic found failing.

Its probes may well be answered: only a real request can tell whether it is well again. So
now and then one is sent there, of a method that CloudFront can fail over, and no more than
a share of all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from origin_router.routing.exploring import SAFE_METHODS
from origin_router.routing.model import OriginRef, Request, Source
from origin_router.routing.records import OriginRecord, PoolRecord

TRIAL_SHARE = 0.1
"""Of the requests while there is a doubt: one a second at the 10 requests/s that an environment can serve."""


class Trials:
    """Hands out trials, no more than a share of requests."""

    __slots__ = ("_credit", "doubted")

    def __init__(self) -> None:
        self.doubted: set[OriginRef] = set()
        """Origins that only real requests can show to be well again."""
        self._credit = 1.0

    def note(self, record: OriginRecord) -> None:
        """Something is news about an origin."""
        if record.health.doubt.is_open:
            self.doubted.add(record.ref)
        else:
            self.doubted.discard(record.ref)

    def choose(
        self, request: Request, pools: Iterable[PoolRecord], chosen: OriginRef, basis: Source, now: float
    ) -> OriginRecord | None:
        """Return the origin to try with this request in place of the chosen one, the longest due first.

        Called once per request while there is a doubt.
        """
        self._credit = min(1.0, self._credit + TRIAL_SHARE)
        if self._credit < 1.0 or request.method not in SAFE_METHODS:
            return None
        due = [record for pool in pools for record in self._due(pool, request, chosen, basis, now)]
        if not due:
            return None
        self._credit -= 1.0
        record = min(due, key=lambda each: each.health.doubt.trial_due_at)
        record.health.doubt.tried(now)
        return record

    def _due(
        self, pool: PoolRecord, request: Request, chosen: OriginRef, basis: Source, now: float
    ) -> Iterator[OriginRecord]:
        """The doubted origins whose trial is due, and that the request might go to, were they trusted."""
        for record in pool.undrained(now):
            is_due = record.health.needs_trial and record.health.doubt.trial_due_at <= now
            if is_due and record.ref != chosen and _may_take(pool, record, request, chosen, basis, now):
                yield record


def _may_take(
    pool: PoolRecord, record: OriginRecord, request: Request, chosen: OriginRef, basis: Source, now: float
) -> bool:
    if not pool.is_per_viewer:
        return chosen.pool != pool.name or record.config.priority <= pool.origins[chosen.origin].config.priority
    candidates = [
        each._replace(is_eligible=True, is_suspect=False) if each.origin == record.ref.origin else each
        for each in pool.candidates(basis, now)
    ]
    return pool.pick(candidates, request).origin == record.ref.origin

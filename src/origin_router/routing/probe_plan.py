"""Which origins are due for a probe: `schedule` for all records, planned anew where there is news.

News of one origin concerns its whole pool, because it changes who is a clear loser. A batch
of news is planned once, when somebody asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf

from origin_router.routing.budget import Budget
from origin_router.routing.model import OriginRef, Source
from origin_router.routing.pace import beaten_at_s
from origin_router.routing.records import OriginRecord, PoolRecord
from origin_router.routing.schedule import next_probe_at

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
        """Return how long an answer has to be missing until another origin is clearly better than a questioned one.

        0 where none is questioned. One that is known to fail is not waited for: it is left already.
        """
        return max(self._worth_s(each, now) for each in self._records)

    def is_worth_waiting(self, ref: OriginRef, now: float) -> bool:
        """Whether a probe's answer is worth staying awake for."""
        return self._worth_s(self._pools[ref.pool].origins[ref.origin], now) > 0

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

    def _worth_s(self, record: OriginRecord, now: float) -> float:
        health = record.health
        if record.estimate.unconfirmed_s is None or not (health.is_sound or health.is_accused):
            return 0.0
        return beaten_at_s(self._pools[record.ref.pool], record, now) or 0.0

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
                    pool.calm_of(each, now),
                    is_panic=has_panicked or is_pinned,
                )
        self._due_at = min(each.probe_due_at for each in self._records)

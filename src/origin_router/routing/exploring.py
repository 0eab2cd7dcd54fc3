"""Which origin a request may try out, where only real requests can measure.

An estimate that rests on traffic grows old for every origin that is not chosen. A small,
bounded share of requests is sent to one whose estimate has aged: only to origins that are
serving and that probes reach, and the more seldom the slower they last were.
"""

from __future__ import annotations

from collections.abc import Iterable

from origin_router.routing.model import Outcome, State
from origin_router.routing.records import OriginRecord

SAFE_METHODS = frozenset({"GET", "HEAD"})
"""CloudFront can fail these over if the trial goes wrong."""

MAX_STRETCH = 100.0
"""The slowest origin is still tried once in this many intervals."""


class Explorer:
    """Hands out trials: no more than a share of requests."""

    __slots__ = ("_credit", "_interval_s", "_share")

    def __init__(self, share: float, interval_s: float) -> None:
        """`share` of requests, 0 to 1; `interval_s` is the age at which an estimate is worth a trial."""
        self._share = share
        self._interval_s = interval_s
        self._credit = 0.0

    def choose(
        self, method: str, origins: Iterable[OriginRecord], best_s: float | None, now: float
    ) -> OriginRecord | None:
        """Return the origin to try with this request, most overdue first, or None. Called once per request."""
        self._credit = min(1.0, self._credit + self._share)
        if self._credit < 1.0 or method not in SAFE_METHODS or best_s is None:
            return None
        overdue = [(self._overdue(each, best_s, now), each) for each in origins if _is_reachable(each)]
        most, record = max(overdue, key=lambda pair: pair[0], default=(0.0, None))
        if most <= 1.0 or record is None:
            return None
        self._credit -= 1.0
        return record

    def _overdue(self, record: OriginRecord, best_s: float, now: float) -> float:
        """Age of an estimate in units of its own interval: over 1 it is due."""
        measured_at = record.traffic.measured_at
        if measured_at is None:
            return MAX_STRETCH
        behind = (record.traffic.value_s or best_s) / max(best_s, 0.001)
        return (now - measured_at) / (self._interval_s * min(MAX_STRETCH, max(1.0, behind * behind)))


def _is_reachable(record: OriginRecord) -> bool:
    health = record.health
    return health.state is State.SERVING and not health.is_suspect and record.last_outcome is Outcome.OK

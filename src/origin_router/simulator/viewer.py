"""What viewers meet: how a request fares at an origin, and what that is beside the oracle's choice."""

from __future__ import annotations

from random import Random
from typing import NamedTuple

from origin_router.simulator.condition import Condition, Luck, draw, exchange_s
from origin_router.simulator.tally import Tally, bucket_of
from origin_router.simulator.world import Span, View


class Limits(NamedTuple):
    """CloudFront's patience with an origin."""

    connect_timeout_s: float = 10.0
    attempts: int = 3
    response_timeout_s: float = 30.0


CLOUDFRONT_DEFAULTS = Limits()
"""10 s, three attempts, 30 s: developer guide, DownloadDistValuesOrigin."""

TIGHT = Limits(1.0, 1, 30.0)
"""Shortest connection timeout, one attempt; the response timeout left as it is."""

TIGHTEST = Limits(1.0, 1, 1.0)
"""The smallest values that CloudFront takes."""


class Fate(NamedTuple):
    """How a request fared."""

    is_get: bool
    first_s: float
    """How long the first attempt took."""
    is_first_ok: bool
    is_first_answered: bool
    """The origin answered in time, be it with an error."""
    second_s: float | None
    """How long the second attempt took; None: there was none."""
    is_second_answered: bool
    is_ok: bool
    """How it ended for the viewer."""


class Viewers:
    """Serves the requests of one Region and tallies them."""

    def __init__(self, view: View, tally: Tally, rng: Random, get_share: float) -> None:
        self.view = view
        self.tally = tally
        self._rng = rng
        self.get_share = get_share

    def serve(
        self,
        at_s: float,
        first: int,
        backup: int | None,
        limits: Limits,
        *,
        weight: float = 1.0,
        delay_s: float = 0.0,
        is_failed_over_on_connect_only: bool = False,
    ) -> Fate:
        """Let `weight` like requests come; GETs have a second attempt if there is a backup."""
        rng = self._rng
        span = self.view.at(at_s)
        luck = draw(rng)
        is_get = rng.random() < self.get_share
        condition = span.conditions[first]
        time_s, is_ok = attempt(condition, luck, limits)
        oracle = (time_s, is_ok) if first == span.best else attempt(span.conditions[span.best], luck, limits)
        fate = Fate(is_get, time_s, is_ok, _is_answered(condition, time_s, limits), None, False, is_ok)
        may_retry = not is_failed_over_on_connect_only or condition.fault in ("blackhole", "refused")
        if not is_ok and is_get and backup is not None and may_retry:
            other = span.conditions[backup]
            again_s, is_ok = attempt(other, luck._replace(error=rng.random()), limits)
            is_answered = _is_answered(other, again_s, limits)
            fate = fate._replace(second_s=again_s, is_second_answered=is_answered, is_ok=is_ok)
            time_s += again_s
        self._count(at_s, span, first, weight, is_get, is_ok, time_s + delay_s, oracle)
        return fate

    def _count(
        self,
        at_s: float,
        span: Span,
        first: int,
        weight: float,
        is_get: bool,
        is_ok: bool,
        time_s: float,
        oracle: tuple[float, bool],
    ) -> None:
        tally = self.tally
        oracle_s, is_oracle_ok = oracle
        row = tally.minute(at_s)
        tally.requests += weight
        row[0] += weight
        if is_get:
            tally.gets += weight
            tally.oracle_failed_gets += 0 if is_oracle_ok else weight
        if not is_ok:
            tally.failed += weight
            row[1] += weight
            tally.failed_gets += weight if is_get else 0
        tally.regret_s += weight * (span.expected_s[first] - span.expected_s[span.best])
        if is_ok and is_oracle_ok:
            index = bucket_of(time_s)
            tally.time.add_to(index, time_s, weight)
            if time_s == oracle_s:  # nearly always: the logarithms of the others would be wasted
                tally.oracle.add_to(index, oracle_s, weight)
                tally.added.add_to(0, 0.0, weight)
            else:
                tally.oracle.add(oracle_s, weight)
                tally.added.add(max(0.0, time_s - oracle_s), weight)
            row[2] += weight * time_s
            row[3] += weight * oracle_s
            row[4] += weight


def attempt(condition: Condition, luck: Luck, limits: Limits) -> tuple[float, bool]:
    """Return how long CloudFront's attempts at an origin take, and whether they succeed."""
    if condition.fault == "blackhole":
        return limits.connect_timeout_s * limits.attempts, False
    if condition.fault == "refused":
        return condition.rtt_s * limits.attempts, False
    if condition.fault == "silent":
        return limits.response_timeout_s * limits.attempts, False
    took_s = exchange_s(condition, luck)
    if took_s > limits.response_timeout_s:
        return limits.response_timeout_s * limits.attempts, False
    return took_s, luck.error >= condition.error_share


def _is_answered(condition: Condition, time_s: float, limits: Limits) -> bool:
    return not condition.fault and time_s < limits.response_timeout_s


class Chooser:
    """Follows the choices of one environment, or of a central policy for one Region."""

    def __init__(self, view: View, tally: Tally) -> None:
        self.current: int | None = None
        self._since_s = 0.0
        self._view = view
        self._tally = tally
        self._left: set[int] = set()

    def chose(self, at_s: float, origin: int) -> None:
        """Take note of a choice."""
        before = self.current
        if origin == before:
            return
        if before is not None:
            self._tally.switches += 1
            span = self._view.at(at_s)
            if span.is_bad[before]:
                self._tally.leaving.add(at_s - max(self._since_s, self._changed_at(at_s, before)))
                self._left.add(before)
            if origin in self._left and origin == span.best and not span.is_bad[origin]:
                self._tally.returning.add(at_s - self._changed_at(at_s, origin))
                self._left.discard(origin)
        self.current, self._since_s = origin, at_s

    def _changed_at(self, at_s: float, origin: int) -> float:
        """Since when the origin has failed, or has not."""
        view = self._view
        span = view.at(at_s)
        is_bad = span.is_bad[origin]
        while span.from_s > 0:
            earlier = view.at(span.from_s - 1e-6)
            if earlier.is_bad[origin] is not is_bad:
                break
            span = earlier
        return span.from_s

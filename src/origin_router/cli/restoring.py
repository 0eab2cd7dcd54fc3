"""Puts a router into a state that was written down, so that it decides as it would have then."""

from __future__ import annotations

from origin_router.cli.state_file import OriginState, States
from origin_router.routing.model import Outcome, State
from origin_router.routing.records import OriginRecord
from origin_router.routing.router import Router

_FAILING = (State.EJECTED, State.PROBATION)


def restore(router: Router, states: States, now: float) -> None:
    """Let the router believe what the states say."""
    for name, state in states.items():
        pool = router.pools[name]
        pool.current = state.current
        pool.choice = None
        for origin, known in state.origins.items():
            _restore(pool.origins[origin], known, now)


def _restore(record: OriginRecord, known: OriginState, now: float) -> None:
    health = record.health
    health.state = known.state
    record.last_outcome = known.outcome
    if known.outcome is None and known.state is State.SERVING:
        record.last_outcome = Outcome.OK
    has_failed = known.outcome not in (None, Outcome.OK)
    health.is_suspect = known.state in _FAILING or has_failed
    health.is_condemned = known.state is State.EJECTED
    health.has_answered = known.state is State.SERVING or known.estimate_ms is not None
    if known.estimate_ms is not None:
        record.estimate.value_s = known.estimate_ms / 1000
        record.estimate.measured_at = None if known.age_s is None else now - known.age_s

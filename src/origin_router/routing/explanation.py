"""A decision laid open: every candidate with what is known about it."""

from __future__ import annotations

from dataclasses import dataclass

from origin_router.routing.config import RuleConfig
from origin_router.routing.model import Decision, Outcome, Reason, Request, State
from origin_router.routing.records import OriginRecord, PoolRecord
from origin_router.routing.router import Router

_BY_ORDER = frozenset({Reason.PRIORITY, Reason.WEIGHTED, Reason.STICKY, Reason.MOVED})
"""Reasons in which latency plays no part."""


@dataclass(frozen=True, slots=True)
class ExplainedCandidate:
    """One origin of the pool. `estimate_ms` and `age_s` are None while unmeasured."""

    origin: str
    state: State
    estimate_ms: float | None
    age_s: float | None
    priority: int
    weight: float
    is_eligible: bool
    why: str
    """Why it was chosen, or why not."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a request goes where it goes."""

    pool: str
    """The pool that decided: a nested fallback pool where the request's own had nothing left."""
    rule: int | None
    rule_text: str
    band_ms: float
    candidates: tuple[ExplainedCandidate, ...]
    decision: Decision
    is_down: bool
    """No origin of the pool can be expected to answer."""


def explain(router: Router, request: Request, now: float) -> Explanation:
    """Decide for a request and say why, candidate by candidate."""
    asked, rule = router.rules.match(request)
    decision = router.decide(request, now)
    pool = router.pools[decision.origin.pool]
    text = "no rule matches: the default pool" if rule is None else _rule_text(router.config.rules[rule])
    if asked != pool.name:
        text += f"; no origin of pool {asked} is healthy: its fallback pool {pool.name}"
    return Explanation(
        pool=pool.name,
        rule=rule,
        rule_text=text,
        band_ms=pool.config.band_ms,
        candidates=tuple(_candidate(router, pool, each, decision, now) for each in pool.origins.values()),
        decision=decision,
        is_down=pool.is_down(now),
    )


def _rule_text(rule: RuleConfig) -> str:
    methods = " or ".join(rule.methods) or "any method"
    conditions = [f"host {' or '.join(rule.hosts)}"] if rule.hosts else []
    conditions += [f"header {name}: {pattern}" for name, pattern in rule.headers.items()]
    conditions += [f"cookie {name}={pattern}" for name, pattern in rule.cookies.items()]
    conditions += [f"query {name}={pattern}" for name, pattern in rule.query.items()]
    conditions += [f"country {' or '.join(rule.countries)}"] if rule.countries else []
    conditions += [f"Region {' or '.join(rule.regions)}"] if rule.regions else []
    return f"{', '.join([f'{methods} on {rule.path}', *conditions])} goes to pool {rule.pool}"


def _candidate(
    router: Router, pool: PoolRecord, record: OriginRecord, decision: Decision, now: float
) -> ExplainedCandidate:
    latency_s = record.latency_s(router.basis)
    measured_at = record.estimate_of(router.basis).measured_at
    return ExplainedCandidate(
        origin=record.ref.origin,
        state=record.health.state,
        estimate_ms=None if latency_s is None else round(latency_s * 1000, 1),
        age_s=None if measured_at is None else round(now - measured_at, 1),
        priority=record.config.priority,
        weight=router.control.weight(record.ref, record.config.weight, now),
        is_eligible=record.health.is_eligible,
        why=_why(router, pool, record, decision, now),
    )


def _why(router: Router, pool: PoolRecord, record: OriginRecord, decision: Decision, now: float) -> str:
    if record.ref == decision.origin:
        return f"chosen: {decision.reason.value}"
    if router.control.is_drained(record.ref, now):
        return "drained by the control document"
    if decision.reason is Reason.PINNED:
        return "another one is pinned by the control document"
    if not record.health.is_eligible:
        return f"{record.health.state.value} after {_last_heard(record)}"
    if record.health.doubt.is_open:
        return "real requests failed there, and none has gone well since"
    if record.health.is_suspect:
        return f"it failed and has not recovered (last outcome: {_last_heard(record)})"
    if not pool.is_per_viewer and not record.is_warm(now):
        return "recovered a short while ago: slow start"
    return _behind(router, pool, record, decision)


def _last_heard(record: OriginRecord) -> str:
    """What speaks against an origin: its last probe, or real traffic where that has nothing to say against it."""
    last = record.last_outcome
    if last is None or (last is Outcome.OK and record.health.state is State.EJECTED):
        return "failures of real traffic"
    return last.value


def _behind(router: Router, pool: PoolRecord, record: OriginRecord, decision: Decision) -> str:
    """Why a trusted origin comes after the chosen one."""
    is_by_order = decision.reason in _BY_ORDER
    latency_s = record.latency_s(router.basis)
    if not is_by_order and latency_s is None:
        return "not measured yet"
    if decision.reason is Reason.PRIORITY and not record.health.has_answered:
        return "not measured yet"
    chosen = pool.origins[decision.origin.origin]
    if chosen.config.priority < record.config.priority:
        return f"priority {record.config.priority}, the chosen one has {chosen.config.priority}"
    chosen_s = chosen.latency_s(router.basis)
    if is_by_order or latency_s is None or chosen_s is None:
        return "not the first in order"
    behind_ms = (latency_s - chosen_s) * 1000
    if behind_ms < 0:
        return f"{-behind_ms:.1f} ms faster, which is not enough to leave the current choice"
    return f"{behind_ms:.1f} ms slower"

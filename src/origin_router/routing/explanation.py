"""A decision laid open: every candidate with what is known about it."""

from __future__ import annotations

from dataclasses import dataclass

from origin_router.routing.config import RuleConfig
from origin_router.routing.model import Decision, Reason, Request, State
from origin_router.routing.router import OriginRecord, PoolRecord, Router


@dataclass(frozen=True, slots=True)
class ExplainedCandidate:
    """One origin of the pool. `estimate_ms` and `age_s` are None while unmeasured."""

    origin: str
    state: State
    estimate_ms: float | None
    age_s: float | None
    priority: int
    weight: int
    is_eligible: bool
    why: str
    """Why it was chosen, or why not."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a request goes where it goes."""

    pool: str
    rule: int | None
    rule_text: str
    candidates: tuple[ExplainedCandidate, ...]
    decision: Decision


def explain(router: Router, request: Request, now: float) -> Explanation:
    """Decide for a request and say why, candidate by candidate."""
    pool_name, rule = router.rules.match(request)
    decision = router.decide(request, now)
    pool = router.pools[pool_name]
    return Explanation(
        pool=pool_name,
        rule=rule,
        rule_text="no rule matches: the default pool" if rule is None else _rule_text(router.config.rules[rule]),
        candidates=tuple(_candidate(pool, each, decision, now) for each in pool.origins.values()),
        decision=decision,
    )


def _rule_text(rule: RuleConfig) -> str:
    methods = " or ".join(rule.methods) or "any method"
    return f"{methods} on {rule.path} goes to pool {rule.pool}"


def _candidate(pool: PoolRecord, record: OriginRecord, decision: Decision, now: float) -> ExplainedCandidate:
    estimate = record.estimate
    return ExplainedCandidate(
        origin=record.ref.origin,
        state=record.health.state,
        estimate_ms=None if estimate.value_s is None else round(estimate.value_s * 1000, 1),
        age_s=None if estimate.measured_at is None else round(now - estimate.measured_at, 1),
        priority=record.config.priority,
        weight=record.config.weight,
        is_eligible=record.health.is_eligible,
        why=_why(pool, record, decision),
    )


def _why(pool: PoolRecord, record: OriginRecord, decision: Decision) -> str:
    if record.ref == decision.origin:
        return f"chosen: {decision.reason.value}"
    if not record.health.is_eligible:
        return f"{record.health.state.value} after {record.last_outcome.value if record.last_outcome else 'failures'}"
    if record.health.is_suspect and record.last_outcome is not None:
        return f"it failed and has not recovered (last outcome: {record.last_outcome.value})"
    is_by_order = decision.reason is Reason.PRIORITY
    if not record.health.has_answered or (record.estimate.value_s is None and not is_by_order):
        return "not measured yet"
    chosen = pool.origins[decision.origin.origin]
    if chosen.config.priority < record.config.priority:
        return f"priority {record.config.priority}, the chosen one has {chosen.config.priority}"
    if is_by_order or record.estimate.value_s is None or chosen.estimate.value_s is None:
        return "not the first in order"
    behind_ms = (record.estimate.value_s - chosen.estimate.value_s) * 1000
    if behind_ms < 0:
        return f"{-behind_ms:.1f} ms faster, within the band of {pool.config.band_ms:g} ms: the current choice stays"
    return f"{behind_ms:.1f} ms slower"

"""Preflight: what CloudFront's flat-rate pricing plans leave out."""

from __future__ import annotations

from collections.abc import Iterator

from origin_router.aws.findings import Finding, blocking, note
from origin_router.aws.model import Desired, Observed

FULL_TIER = "PREMIUM"
"""The only tier with origin failover (CloudFront Developer Guide, flat-rate pricing plans)."""


def plan_allows_failover(desired: Desired, observed: Observed) -> Iterator[Finding]:
    """An origin group is refused in the smaller plans."""
    tier, where = observed.plan_tier, f"distribution {observed.distribution.id}"
    if tier is None:
        return
    if desired.settings.is_failover and tier != FULL_TIER:
        yield blocking(
            where,
            f"is on the flat-rate plan {tier}, which has no origin failover",
            f"Deploy with --no-failover, or change to the plan {FULL_TIER}",
        )
    yield note(where, f"is on the flat-rate plan {tier}: edge functions are billed on top of it")


def plan_allows_canary(observed: Observed) -> Iterator[Finding]:
    """None of the plans has continuous deployment."""
    if observed.plan_tier is not None:
        yield blocking(
            f"distribution {observed.distribution.id}",
            f"is on the flat-rate plan {observed.plan_tier}, which excludes a canary",
            "Deploy without --canary",
        )

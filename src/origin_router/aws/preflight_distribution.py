"""Preflight: the distribution as a whole, and its origins."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from origin_router.aws.attachment import TRIGGERS, association_arn, attached, patterns, target_of
from origin_router.aws.document import items
from origin_router.aws.findings import Finding, blocking, note, warning
from origin_router.aws.model import Desired, Observed
from origin_router.aws.placeholders import origins_of

MAX_ORIGINS = 100
MAX_GROUPS = 10
MAX_ASSOCIATIONS = 100
"""CloudFront's default quotas per distribution."""


def partition_has_edge_functions(desired: Desired, observed: Observed) -> Iterator[Finding]:
    """Lambda@Edge exists in the commercial partition only, and functions for it in us-east-1 only."""
    del desired
    if not observed.distribution.arn.startswith("arn:aws:"):
        yield blocking(
            f"distribution {observed.distribution.id}",
            f"is in partition {observed.distribution.arn.split(':')[1]}, which has no Lambda@Edge",
            "Use a distribution of the commercial partition",
        )


def can_be_changed(desired: Desired, observed: Observed) -> Iterator[Finding]:
    """Staging distributions are the business of a canary; a disabled one serves nobody."""
    del desired
    state, where = observed.distribution, f"distribution {observed.distribution.id}"
    if state.is_staging:
        yield blocking(
            where,
            "is a staging distribution",
            "Give the primary distribution, with --canary to have a staging one made",
        )
    if not state.config.get("Enabled", True):
        yield warning(where, "is disabled: it serves no requests", "Enable it when you are ready")
    if not state.is_deployed:
        yield note(where, "CloudFront is still deploying an earlier change", "The new one is queued behind it")
    if state.config.get("ConnectionMode") == "tenant-only":
        yield note(
            where,
            "is a multi-tenant distribution: the router works for all tenants alike",
            "A canary is not possible with it",
        )


def no_canary_runs(desired: Desired, observed: Observed) -> Iterator[Finding]:
    """While a canary runs, a change of the primary would be undone by its promotion."""
    del desired
    canary, where = observed.canary, f"distribution {observed.distribution.id}"
    if canary.staging is not None:
        yield blocking(where, "a canary is under way", "End it first: origin-router promote, or abort")
    elif canary.is_attached:
        yield warning(
            where,
            "has a continuous deployment policy that is not ours",
            "What it sends to its staging distribution is not routed; promoting that removes the router",
        )


def quotas_hold(desired: Desired, observed: Observed) -> Iterator[Finding]:
    """Count what there would be, before CloudFront does."""
    config, where = observed.distribution.config, f"distribution {observed.distribution.id}"
    origins = {each["Id"] for each in items(config["Origins"])} | {each["Id"] for each in desired.origins}
    groups = {each["Id"] for each in items(config.get("OriginGroups"))}
    if desired.group is not None:
        groups.add(desired.group["Id"])
    foreign = sum(
        association_arn(config, pattern, trigger) is not None
        for pattern in patterns(config)
        for trigger in ("viewer-request", "viewer-response", *TRIGGERS)
    ) - len(attached(config, desired.names))
    ours = len(desired.settings.behaviors) * (2 if desired.settings.has_feedback else 1)
    for what, count, limit in (
        ("origins", len(origins), MAX_ORIGINS),
        ("origin groups", len(groups), MAX_GROUPS),
        ("edge functions", foreign + ours, MAX_ASSOCIATIONS),
    ):
        if count > limit:
            yield blocking(
                where,
                f"would have {count} {what}; CloudFront's default quota is {limit}",
                "Remove some, or attach the router to fewer behaviors",
            )


def origins_are_usable(desired: Desired, observed: Observed) -> Iterator[Finding]:
    """Some kinds of origins cannot be reached by a function that redirects requests."""
    config = observed.distribution.config
    hosts = {each.host for pool in desired.config.pools.values() for each in pool.origins}
    targeted = {
        origin["Id"]
        for pattern in patterns(config)
        if pattern in desired.settings.behaviors
        for origin in origins_of(config, target_of(config, pattern))
    }
    for origin in items(config["Origins"]):
        kind = unusable_kind(origin)
        if kind is None:
            continue
        where = f"origin {origin['Id']}"
        if origin["DomainName"] in hosts:
            yield blocking(
                where,
                f"is {kind}, which CloudFront cannot reach when a function chooses the origin",
                f"Take {origin['DomainName']} out of the pools, or make it reachable without (for a bucket: public, or"
                " an origin access identity)",
            )
        elif origin["Id"] in targeted:
            yield warning(
                where,
                f"is {kind}: the router cannot send requests there, and the behavior will no longer do it either",
                "Attach the router to other behaviors if this origin is still needed",
            )


def identities_are_known(desired: Desired, observed: Observed) -> Iterator[Finding]:
    """A function can keep an origin access identity, but not add one."""
    known = {
        each["DomainName"]
        for each in items(observed.distribution.config["Origins"])
        if each.get("S3OriginConfig", {}).get("OriginAccessIdentity")
    }
    for name, pool in desired.config.pools.items():
        for origin in pool.origins:
            if origin.auth_method == "origin-access-identity" and origin.host not in known:
                yield blocking(
                    f"pools.{name} origin {origin.id}",
                    f"wants an origin access identity, but the distribution has no origin {origin.host} with one",
                    "Add the bucket to the distribution with its identity, or make auth_method none",
                )


def failover_has_two(desired: Desired, observed: Observed) -> Iterator[Finding]:
    """An origin group has exactly two members."""
    del observed
    if desired.settings.is_failover and len(desired.origins) < 2:
        yield blocking(
            "--failover",
            f"pool {desired.config.pool} has a single origin, and an origin group needs two",
            "Add an origin to the pool, or deploy with --no-failover",
        )


def unusable_kind(origin: dict[str, Any]) -> str | None:
    """Say why a function cannot send requests to an origin of this kind; None if it can."""
    if origin.get("VpcOriginConfig"):
        return "a VPC origin"
    if origin.get("CustomOriginConfig", {}).get("OriginMtlsConfig"):
        return "an origin with mutual TLS"
    if origin.get("OriginAccessControlId"):
        return "an origin with origin access control"
    return None

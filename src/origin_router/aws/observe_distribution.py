"""Reads a distribution, the policies of its behaviors, and what there is of a canary."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from typing import Any, cast

from origin_router.aws.document import get, items
from origin_router.aws.errors import AwsError, Kind, if_there, translated
from origin_router.aws.model import JSON, CanaryState, DistributionState, PolicyState, behavior_path
from origin_router.aws.naming import Names
from origin_router.aws.session import Aws

Resolve = Callable[[str, int], object]
"""`socket.getaddrinfo` as far as we need it: raises OSError for a host without an address."""


def observe_distribution(aws: Aws, distribution: str) -> DistributionState:
    """Read a distribution."""
    try:
        with translated(f"reading distribution {distribution}"):
            answer = aws.cloudfront.get_distribution(Id=distribution)
    except AwsError as error:
        if error.kind is not Kind.MISSING:
            raise
        raise AwsError(
            error.where,
            f"account {aws.account} has no such distribution",
            "Check the id, and that the credentials are those of the distribution's account",
            kind=error.kind,
            code=error.code,
        ) from error
    found = answer["Distribution"]
    return DistributionState(
        id=found["Id"],
        arn=found["ARN"],
        domain=found["DomainName"],
        etag=answer["ETag"],
        is_deployed=found["Status"] == "Deployed",
        config=cast(JSON, found["DistributionConfig"]),
    )


def observe_policies(aws: Aws, config: JSON, behaviors: Iterable[str]) -> dict[str, JSON]:
    """Read the cache policies and origin request policies of behaviors."""
    policies: dict[str, JSON] = {}
    for pattern in behaviors:
        behavior = get(config, behavior_path(pattern)) or {}
        cache, forward = behavior.get("CachePolicyId"), behavior.get("OriginRequestPolicyId")
        if cache and cache not in policies:
            with translated(f"reading the cache policy of behavior {pattern}"):
                answer = aws.cloudfront.get_cache_policy(Id=cache)
            policies[cache] = cast(JSON, answer["CachePolicy"]["CachePolicyConfig"])
        if forward and forward not in policies:
            with translated(f"reading the origin request policy of behavior {pattern}"):
                request = aws.cloudfront.get_origin_request_policy(Id=forward)
            policies[forward] = cast(JSON, request["OriginRequestPolicy"]["OriginRequestPolicyConfig"])
    return policies


def observe_plan_tier(aws: Aws, arn: str) -> str | None:
    """Return the tier of the flat-rate pricing plan that a distribution is on. Most are on none, and not everybody may
    ask: then there is nothing to say."""
    request: dict[str, str] = {}
    try:
        with translated("looking for flat-rate pricing plans"):
            while True:
                answer: JSON = aws.pricing_plans.list_subscriptions(**request)
                for each in answer["subscriptionSummaries"]:
                    if arn in each["resourceArns"]:
                        return str(each["planTier"])
                if not answer.get("nextToken"):
                    return None
                request = {"nextToken": answer["nextToken"]}
    except AwsError as error:
        if error.kind in (Kind.CREDENTIALS, Kind.THROTTLED):
            raise
        return None


def list_distributions(aws: Aws) -> list[dict[str, Any]]:
    """List the account's distributions: CloudFront cannot be asked which of them use a function."""
    with translated("listing the distributions"):
        pages = aws.cloudfront.get_paginator("list_distributions").paginate()
        return [cast(JSON, each) for page in pages for each in page["DistributionList"].get("Items", ())]


def observe_canary(aws: Aws, names: Names, primary: DistributionState, count: int) -> CanaryState:
    """Find what there is of a canary of ours; `count`: how many were made so far."""
    attached = primary.config.get("ContinuousDeploymentPolicyId", "")
    if not count:
        return CanaryState(policy=_policy(aws, attached), is_attached=bool(attached)) if attached else CanaryState()
    staging = _find_staging(aws, {names.caller_reference(primary.id, number + 1) for number in range(count)})
    if attached:
        return CanaryState(staging=staging, policy=_policy(aws, attached), is_attached=True)
    return CanaryState(staging=staging, policy=_find_policy(aws, staging.domain) if staging else None)


def unresolved(hosts: Iterable[str], resolve: Resolve = socket.getaddrinfo) -> tuple[str, ...]:
    """Return the hosts that have no address, as seen from here."""
    missing = []
    for host in dict.fromkeys(hosts):
        try:
            resolve(host, 443)
        except OSError:
            missing.append(host)
    return tuple(missing)


def _find_staging(aws: Aws, references: set[str]) -> DistributionState | None:
    for summary in list_distributions(aws):
        if summary.get("Staging"):
            staging = observe_distribution(aws, summary["Id"])
            if staging.config["CallerReference"] in references:
                return staging
    return None


def _find_policy(aws: Aws, staging_domain: str) -> PolicyState | None:
    """Look for a policy that was made but not attached."""
    with translated("listing the continuous deployment policies"):
        listed = aws.cloudfront.list_continuous_deployment_policies()["ContinuousDeploymentPolicyList"]
    for each in items(cast(JSON, listed)):
        policy = each["ContinuousDeploymentPolicy"]
        domains = items(policy["ContinuousDeploymentPolicyConfig"]["StagingDistributionDnsNames"])
        if staging_domain in domains:
            return _policy(aws, policy["Id"])
    return None


def _policy(aws: Aws, id_: str) -> PolicyState | None:
    where = f"reading continuous deployment policy {id_}"
    answer = if_there(where, lambda: aws.cloudfront.get_continuous_deployment_policy(Id=id_))
    if answer is None:
        return None
    config = cast(JSON, answer["ContinuousDeploymentPolicy"]["ContinuousDeploymentPolicyConfig"])
    return PolicyState(
        id=id_,
        etag=answer["ETag"],
        is_enabled=config["Enabled"],
        traffic=config.get("TrafficConfig", {}),
    )

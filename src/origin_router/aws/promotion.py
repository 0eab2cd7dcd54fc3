"""What a promotion would undo: it overwrites the primary distribution with the staging one's configuration. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from origin_router.aws.attachment import TRIGGERS, association_arn, target_of
from origin_router.aws.document import Path, differences, show_path
from origin_router.aws.findings import Finding, blocking
from origin_router.aws.model import DEFAULT_BEHAVIOR, DistributionState, Observed

POLICY_PATH = ("ContinuousDeploymentPolicyId",)

KEPT = {("Aliases",), POLICY_PATH, ("Staging",), ("CallerReference",), ("Comment",)}
"""A promotion leaves these as they are on the primary."""


def lost_by_promotion(observed: Observed, staging: DistributionState) -> Iterator[Finding]:
    """What somebody changed on the primary since the copy would be lost."""
    config = observed.distribution.config
    lost = [
        path
        for path in differences(config, staging.config)
        if path[:1] not in KEPT and not _is_ours(observed, staging, path)
    ]
    if lost:
        yield blocking(
            f"distribution {observed.distribution.id}",
            f"was changed since the canary was made: {', '.join(show_path(each) for each in lost)}; the promotion would"
            " undo that",
            "Run origin-router abort, then deploy --canary again from the present state",
        )


def _is_ours(observed: Observed, staging: DistributionState, path: Path) -> bool:
    """Whether a difference is one that the canary is about: from nothing or ours to ours, or from ours back."""
    names = observed.names
    ours = {("Origins", names.placeholder_id(attempt)) for attempt in (1, 2)} | {("OriginGroups", names.group_id)}
    if path[:2] in ours:
        return True
    pattern, rest = _in_behavior(path)
    if rest == ("TargetOriginId",):
        return _is_our_target(observed, staging, pattern)
    if rest[:1] == ("LambdaFunctionAssociations",) and rest[1:2] and rest[1] in TRIGGERS:
        return _is_our_function(observed, staging, pattern, rest[1])
    return False


def _in_behavior(path: Path) -> tuple[str, Path]:
    """Split a path into the behavior's name and the way within it."""
    if path[:1] == ("DefaultCacheBehavior",):
        return DEFAULT_BEHAVIOR, path[1:]
    return (path[1], path[2:]) if path[:1] == ("CacheBehaviors",) and len(path) > 2 else ("", ())


def _is_our_target(observed: Observed, staging: DistributionState, pattern: str) -> bool:
    names, record = observed.names, observed.record
    target = target_of(observed.distribution.config, pattern)
    if names.is_ours(target):
        return True
    before: Mapping[str, Any] = record.targets_before if record else {}
    return names.is_ours(target_of(staging.config, pattern)) and before.get(pattern) == target


def _is_our_function(observed: Observed, staging: DistributionState, pattern: str, trigger: str) -> bool:
    here, there = (association_arn(each.config, pattern, trigger) for each in (observed.distribution, staging))
    return all(arn is None or observed.names.version_of(arn) is not None for arn in (here, there))

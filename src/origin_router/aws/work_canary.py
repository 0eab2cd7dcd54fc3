"""Carries out what concerns a canary: the staging distribution and the policy that sends requests to it."""

from __future__ import annotations

from typing import Any, cast

from origin_router.aws.errors import if_there, translated
from origin_router.aws.model import JSON
from origin_router.aws.observe_distribution import observe_distribution
from origin_router.aws.session import Aws
from origin_router.aws.steps import (
    NEW_POLICY,
    NEW_STAGING,
    NEW_STAGING_DOMAIN,
    CanaryStep,
    CopyDistribution,
    CreatePolicy,
    DeleteDistribution,
    DeletePolicy,
    PromoteStaging,
    UpdatePolicy,
)


class CanaryWork:
    """The canary's executor."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws
        self._cloudfront = aws.cloudfront

    def do(self, step: CanaryStep) -> dict[str, str]:
        """Carry out one step; return what later steps need to know of it."""
        match step:
            case CopyDistribution():
                return self._copy(step)
            case CreatePolicy(domain, traffic):
                with translated("creating the continuous deployment policy"):
                    answer = self._cloudfront.create_continuous_deployment_policy(
                        ContinuousDeploymentPolicyConfig=policy_config(domain, traffic)
                    )
                return {NEW_POLICY: answer["ContinuousDeploymentPolicy"]["Id"]}
            case UpdatePolicy():
                with translated(f"changing continuous deployment policy {step.policy}"):
                    self._cloudfront.update_continuous_deployment_policy(
                        Id=step.policy,
                        IfMatch=step.etag,
                        ContinuousDeploymentPolicyConfig=policy_config(step.staging_domain, step.traffic),
                    )
            case PromoteStaging():
                with translated(f"copying staging distribution {step.staging} to {step.primary}"):
                    self._cloudfront.update_distribution_with_staging_config(
                        Id=step.primary,
                        StagingDistributionId=step.staging,
                        IfMatch=f"{step.primary_etag}, {step.staging_etag}",
                    )
            case DeletePolicy(policy):
                if_there(f"deleting continuous deployment policy {policy}", lambda: self._delete_policy(policy))
            case DeleteDistribution(distribution):
                state = observe_distribution(self._aws, distribution)
                with translated(f"deleting staging distribution {distribution}"):
                    self._cloudfront.delete_distribution(Id=distribution, IfMatch=state.etag)
        return {}

    def _copy(self, step: CopyDistribution) -> dict[str, str]:
        with translated(f"copying distribution {step.primary} to a staging distribution"):
            answer = self._cloudfront.copy_distribution(
                PrimaryDistributionId=step.primary,
                Staging=True,
                IfMatch=step.etag,
                CallerReference=step.caller_reference,
            )
        made = answer["Distribution"]
        return {NEW_STAGING: made["Id"], NEW_STAGING_DOMAIN: made["DomainName"]}

    def _delete_policy(self, policy: str) -> None:
        answer = self._cloudfront.get_continuous_deployment_policy(Id=policy)
        self._cloudfront.delete_continuous_deployment_policy(Id=policy, IfMatch=answer["ETag"])


def policy_config(domain: str, traffic: JSON) -> Any:
    """Return the policy as the API writes it."""
    return cast(
        Any,
        {
            "StagingDistributionDnsNames": {"Quantity": 1, "Items": [domain]},
            "Enabled": True,
            "TrafficConfig": traffic,
        },
    )

"""Continuous deployment for the simulated AWS, which lacks it: answers given in a session's hooks.

The rules are those of the API reference: what must match, what must go first, what a
promotion keeps. Staging distributions are ordinary ones of the simulation underneath.
Parameters and answers pass through botocore's model, so a wrong shape fails.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse

from origin_router.aws.session import Aws

Answer = dict[str, Any]

MAX_WEIGHT = 0.15

KEPT_BY_PROMOTION = ("Aliases", "ContinuousDeploymentPolicyId", "CallerReference", "Staging")


class RefusalError(Exception):
    """CloudFront says no."""


@dataclass
class ContinuousDeployment:
    """Policies, and what is done with them."""

    aws: Aws
    """The way to the simulation, without hooks."""
    policies: dict[str, dict[str, Any]] = field(default_factory=dict)
    staging: set[str] = field(default_factory=set)
    _numbers: Any = field(default_factory=lambda: itertools.count(1))

    def hook(self, session: boto3.Session) -> boto3.Session:
        """Answer the calls of a session's clients."""
        events = session.events
        events.register("provide-client-params.cloudfront", self._remember)
        events.register("after-call.cloudfront.ListDistributions", self._mark_staging)
        events.register("after-call.cloudfront.DeleteDistribution", self._forget)
        answering: Any = self._answer  # botocore takes an answer from this hook, which its types do not say
        for operation in ANSWERS:
            events.register(f"before-call.cloudfront.{operation}", answering)
        return session

    def _remember(self, params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        context["asked"] = params

    def _mark_staging(self, parsed: Answer, **_: Any) -> None:
        for each in parsed["DistributionList"].get("Items", ()):
            each["Staging"] = each["Id"] in self.staging

    def _forget(self, context: dict[str, Any], **_: Any) -> None:
        self.staging.discard(context["asked"]["Id"])

    def _answer(self, model: Any, context: dict[str, Any], **_: Any) -> tuple[AWSResponse, Answer]:
        try:
            answer = ANSWERS[model.name](self, **context["asked"])
        except RefusalError as refusal:
            code = str(refusal)
            error = {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": 409}}
            return _response(409), error
        return _response(200), {**answer, "ResponseMetadata": {"HTTPStatusCode": 200}}

    def copy(self, PrimaryDistributionId: str, Staging: bool, IfMatch: str, CallerReference: str) -> Answer:  # noqa: N803
        assert Staging
        primary = self._distribution(PrimaryDistributionId, IfMatch)
        for id_ in self.staging:
            if self._distribution(id_)["Distribution"]["DistributionConfig"]["CallerReference"] == CallerReference:
                raise RefusalError("DistributionAlreadyExists")
        config = {
            **primary["Distribution"]["DistributionConfig"],
            "Staging": True,
            "CallerReference": CallerReference,
            "Aliases": {"Quantity": 0},
        }
        client: Any = self.aws.cloudfront
        made: Answer = client.create_distribution(DistributionConfig=config)
        self.staging.add(made["Distribution"]["Id"])
        return made

    def create(self, ContinuousDeploymentPolicyConfig: Answer) -> Answer:  # noqa: N803
        self._check(ContinuousDeploymentPolicyConfig)
        id_ = f"policy-{next(self._numbers)}"
        self.policies[id_] = {"config": ContinuousDeploymentPolicyConfig, "etag": f"E{next(self._numbers)}"}
        return self.get(id_)

    def get(self, Id: str) -> Answer:  # noqa: N803
        policy = self.policies.get(Id)
        if policy is None:
            raise RefusalError("NoSuchContinuousDeploymentPolicy")
        return {
            "ETag": policy["etag"],
            "ContinuousDeploymentPolicy": {"Id": Id, "ContinuousDeploymentPolicyConfig": policy["config"]},
        }

    def list(self) -> Answer:
        items = [{"ContinuousDeploymentPolicy": self.get(id_)["ContinuousDeploymentPolicy"]} for id_ in self.policies]
        return {"ContinuousDeploymentPolicyList": {"MaxItems": 100, "Quantity": len(items), "Items": items}}

    def update(self, Id: str, IfMatch: str, ContinuousDeploymentPolicyConfig: Answer) -> Answer:  # noqa: N803
        self._match(self.get(Id), IfMatch)
        self._check(ContinuousDeploymentPolicyConfig)
        self.policies[Id] = {"config": ContinuousDeploymentPolicyConfig, "etag": f"E{next(self._numbers)}"}
        return self.get(Id)

    def delete(self, Id: str, IfMatch: str) -> Answer:  # noqa: N803
        self._match(self.get(Id), IfMatch)
        client: Any = self.aws.cloudfront
        for each in client.list_distributions()["DistributionList"].get("Items", ()):
            if (
                self._distribution(each["Id"])["Distribution"]["DistributionConfig"].get("ContinuousDeploymentPolicyId")
                == Id
            ):
                raise RefusalError("ContinuousDeploymentPolicyInUse")
        del self.policies[Id]
        return {}

    def promote(self, Id: str, StagingDistributionId: str, IfMatch: str) -> Answer:  # noqa: N803
        primary_etag, _, staging_etag = IfMatch.partition(", ")
        primary = self._distribution(Id, primary_etag)
        config = self._distribution(StagingDistributionId, staging_etag)["Distribution"]["DistributionConfig"]
        old = primary["Distribution"]["DistributionConfig"]
        kept = {name: old[name] for name in KEPT_BY_PROMOTION if name in old}
        self.policies[old["ContinuousDeploymentPolicyId"]]["config"]["Enabled"] = False
        client: Any = self.aws.cloudfront
        answer: Answer = client.update_distribution(Id=Id, IfMatch=primary_etag, DistributionConfig={**config, **kept})
        return answer

    def _distribution(self, id_: str, etag: str | None = None) -> Answer:
        client: Any = self.aws.cloudfront
        found: Answer = client.get_distribution(Id=id_)
        if etag is not None:
            self._match(found, etag)
        return found

    def _match(self, found: Answer, etag: str) -> None:
        if found["ETag"] != etag:
            raise RefusalError("PreconditionFailed")

    def _check(self, config: Answer) -> None:
        traffic = config["TrafficConfig"]
        if traffic["Type"] == "SingleWeight":
            if not 0 <= traffic["SingleWeightConfig"]["Weight"] <= MAX_WEIGHT:
                raise RefusalError("InvalidArgument")
        elif not traffic["SingleHeaderConfig"]["Header"].startswith("aws-cf-cd-"):
            raise RefusalError("InvalidArgument")
        if not set(config["StagingDistributionDnsNames"]["Items"]) <= {self._domain(each) for each in self.staging}:
            raise RefusalError("InvalidArgument")

    def _domain(self, id_: str) -> str:
        domain: str = self._distribution(id_)["Distribution"]["DomainName"]
        return domain


def _response(status: int) -> AWSResponse:
    headers: Any = {}
    return AWSResponse("", status, headers, None)


ANSWERS: dict[str, Callable[..., Answer]] = {
    "CopyDistribution": ContinuousDeployment.copy,
    "CreateContinuousDeploymentPolicy": ContinuousDeployment.create,
    "GetContinuousDeploymentPolicy": ContinuousDeployment.get,
    "ListContinuousDeploymentPolicies": ContinuousDeployment.list,
    "UpdateContinuousDeploymentPolicy": ContinuousDeployment.update,
    "DeleteContinuousDeploymentPolicy": ContinuousDeployment.delete,
    "UpdateDistributionWithStagingConfig": ContinuousDeployment.promote,
}

"""A small distribution as `aws cloudfront get-distribution-config` prints it: two origins, their group, a behavior."""

from __future__ import annotations

from typing import Any

from tests.support import distribution_parts as parts
from tests.support.distribution_parts import custom_origin, group, listed, whole

ARN = "arn:aws:lambda:us-east-1:123456789012:function:router:7"


def function(event: str = "origin-request", *, body: bool = False, arn: str = ARN) -> dict[str, Any]:
    """A function on a trigger."""
    return parts.association(arn, event, has_body=body)


def behavior(target: str = "one", **more: Any) -> dict[str, Any]:
    """A behavior without redirect and compression; pass PathPattern for one that is not the default."""
    plain = {"ViewerProtocolPolicy": "allow-all", "Compress": False, "GrpcConfig": {"Enabled": False}}
    return parts.behavior(target, **(plain | more))


def config(**more: Any) -> dict[str, Any]:
    """A configuration with two origins, a group of them, and one behavior."""
    small = {
        "Origins": listed(custom_origin("one", "one.example.com"), custom_origin("two", "two.example.com")),
        "OriginGroups": listed(group("both", "one", "two", SelectionCriteria="default")),
        "DefaultCacheBehavior": behavior(),
    }
    return whole(**(small | more))


def answer(**more: Any) -> dict[str, Any]:
    """The whole answer of the command."""
    return {"ETag": "E2QWRUHEXAMPLE", "DistributionConfig": config(**more)}

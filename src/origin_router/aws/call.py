"""What is said about a call to AWS: who makes it, why, and the permission that it needs on what."""

from __future__ import annotations

from dataclasses import dataclass

DISTRIBUTION = "arn:aws:cloudfront::{account}:distribution/*"
POLICY = "arn:aws:cloudfront::{account}:continuous-deployment-policy/*"
FUNCTION = "arn:aws:lambda:us-east-1:{account}:function:origin-router-*"
ROLE = "arn:aws:iam::{account}:role/origin-router-*"
BUCKET = "arn:aws:s3:::origin-router-*"
OBJECT = "arn:aws:s3:::origin-router-*/*"
LOG_GROUP = "arn:aws:logs:*:{account}:log-group:/origin-router/*"
DEFAULT_LOG_GROUP = "arn:aws:logs:*:{account}:log-group:/aws/lambda/us-east-1.origin-router-*"
EDGE_LOG_GROUP = "arn:aws:logs:*:{account}:log-group:/aws/cloudfront/LambdaEdge/*"
DASHBOARD = "arn:aws:cloudwatch::{account}:dashboard/origin-router-*"
ANY = "*"


@dataclass(frozen=True)
class Call:
    """One operation of an AWS service."""

    commands: tuple[str, ...]
    """Which make it."""
    service: str
    """As boto3 calls it."""
    operation: str
    why: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    also: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Further permissions that AWS asks for in the course of this call: action and resources."""


def call(
    commands: tuple[str, ...],
    service: str,
    operation: str,
    why: str,
    resources: str | tuple[str, ...],
    actions: str | tuple[str, ...] = "",
    also: tuple[tuple[str, tuple[str, ...]], ...] = (),
) -> Call:
    """Most permissions are called like their operation."""
    named = actions or f"{service}:{operation}"
    return Call(
        commands,
        service,
        operation,
        why,
        (named,) if isinstance(named, str) else named,
        (resources,) if isinstance(resources, str) else resources,
        also,
    )


EDGE = (
    ("lambda:GetFunction", (f"{FUNCTION}:*",)),
    ("lambda:EnableReplication*", (f"{FUNCTION}:*",)),
    ("lambda:DisableReplication*", (f"{FUNCTION}:*",)),
    (
        "iam:CreateServiceLinkedRole",
        (
            "arn:aws:iam::{account}:role/aws-service-role/replicator.lambda.amazonaws.com/*",
            "arn:aws:iam::{account}:role/aws-service-role/logger.cloudfront.amazonaws.com/*",
        ),
    ),
)
"""What CloudFront asks of whoever associates a function; the service-linked roles only the first time in an account."""

PASS_ROLE = (("iam:PassRole", (ROLE,)),)

PASSED_TO = "lambda.amazonaws.com"
"""Whom a function's role is passed to, as in AWS's own policy AWSLambda_FullAccess. Associating the function passes
nothing: that the replicas may assume the role (edgelambda.amazonaws.com) is said by the role itself."""

CONDITIONS: dict[str, dict[str, dict[str, str]]] = {
    "iam:PassRole": {"StringEquals": {"iam:PassedToService": PASSED_TO}}
}
"""Action -> the condition of a policy that is never to be without it: whoever may pass a role to any service can have
it do what the role may."""

CONTROL_DOCUMENT = "arn:aws:s3:::origin-router-*/control.json"
"""Where it is by default."""

CONFIGS = "arn:aws:s3:::origin-router-*/configs/*"
"""What versions were built from."""

MISSING = (("s3:ListBucket", (BUCKET,)),)
"""Without it S3 says of an object that is not there that it is forbidden."""

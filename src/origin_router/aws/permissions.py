"""Every call to AWS that the commands make, and the permission that each needs.

Data: the reference page and the ready policies are rendered from it, and tests hold it
against what the code really calls.
"""

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

DEPLOY = "deploy"
CANARY = "canary"
DESTROY = "destroy"
WATCH = "watch"
CONTROL = "control"

GROUPS = {
    WATCH: "plan, status, logs and learn: reads only",
    DEPLOY: "deploy and rollback",
    CANARY: "deploy --canary, promote and abort",
    CONTROL: "drain, undrain, pin, unpin, weights and control",
    DESTROY: "destroy",
}
"""Group of commands -> what is in it. Each group needs those above it that it names in `NEEDS`."""

NEEDS = {
    WATCH: (WATCH,),
    DEPLOY: (WATCH, DEPLOY),
    CANARY: (WATCH, DEPLOY, CANARY),
    CONTROL: (CONTROL,),
    DESTROY: (WATCH, DEPLOY, CANARY, DESTROY),
}
"""Group -> the groups whose calls its commands make."""


@dataclass(frozen=True)
class Call:
    """One operation of an AWS service."""

    group: str
    service: str
    """As boto3 calls it."""
    operation: str
    why: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    also: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Further permissions that AWS asks for in the course of this call: action and resources."""


def _call(
    group: str,
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
        group,
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

CALLS: tuple[Call, ...] = (
    # Who, and what is there
    Call(WATCH, "sts", "GetCallerIdentity", "the account of the credentials", (), ()),
    _call(WATCH, "cloudfront", "GetDistribution", "a distribution's configuration and state", DISTRIBUTION),
    _call(WATCH, "cloudfront", "ListDistributions", "which distributions use the function", ANY),
    _call(WATCH, "cloudfront", "GetCachePolicy", "what a behavior forwards and caches by", ANY),
    _call(WATCH, "cloudfront", "GetOriginRequestPolicy", "what a behavior forwards", ANY),
    _call(WATCH, "cloudfront", "GetContinuousDeploymentPolicy", "the policy of a canary", POLICY),
    _call(WATCH, "cloudfront", "ListContinuousDeploymentPolicies", "a policy that was made but not attached", ANY),
    _call(
        WATCH, "lambda", "GetFunctionConfiguration", "the function's settings and state", (FUNCTION, f"{FUNCTION}:*")
    ),
    _call(WATCH, "lambda", "ListVersionsByFunction", "the published versions", FUNCTION),
    _call(WATCH, "lambda", "ListFunctions", "in which Regions the function has replicas", ANY),
    _call(WATCH, "lambda", "GetAccountSettings", "the account's limit of concurrent executions", ANY),
    _call(WATCH, "iam", "GetRole", "the execution role", ROLE),
    _call(WATCH, "iam", "GetRolePolicy", "what the role may do", ROLE),
    _call(WATCH, "iam", "ListRolePolicies", "what else the role may do", ROLE),
    _call(WATCH, "iam", "ListAttachedRolePolicies", "what else the role may do", ROLE),
    _call(WATCH, "s3", "HeadBucket", "whether the bucket is there", BUCKET, "s3:ListBucket"),
    _call(WATCH, "s3", "GetPublicAccessBlock", "whether the bucket is closed", BUCKET, "s3:GetBucketPublicAccessBlock"),
    _call(WATCH, "s3", "ListObjectsV2", "the records of deployments", BUCKET, "s3:ListBucket"),
    _call(WATCH, "s3", "GetObject", "records, configurations and the control document", OBJECT),
    _call(WATCH, "logs", "DescribeLogGroups", "the log group in each Region", ANY),
    _call(
        WATCH,
        "logs",
        "FilterLogEvents",
        "the journal of the edges",
        tuple(f"{each}:*" for each in (LOG_GROUP, DEFAULT_LOG_GROUP, EDGE_LOG_GROUP)),
    ),
    _call(WATCH, "cloudwatch", "ListMetrics", "which metrics there are", ANY),
    _call(WATCH, "cloudwatch", "GetMetricData", "how often the function failed", ANY),
    _call(WATCH, "cloudwatch", "ListDashboards", "whether the dashboard is there", ANY),
    _call(WATCH, "cloudwatch", "GetDashboard", "whether the dashboard is up to date", DASHBOARD),
    # Deploying
    _call(DEPLOY, "s3", "CreateBucket", "the router's bucket", BUCKET),
    _call(DEPLOY, "s3", "PutPublicAccessBlock", "closing it to the public", BUCKET, "s3:PutBucketPublicAccessBlock"),
    _call(DEPLOY, "s3", "PutObject", "records and configurations", OBJECT),
    _call(DEPLOY, "iam", "CreateRole", "the execution role", ROLE),
    _call(DEPLOY, "iam", "UpdateAssumeRolePolicy", "who may assume it", ROLE),
    _call(DEPLOY, "iam", "PutRolePolicy", "what it may do", ROLE),
    _call(DEPLOY, "logs", "CreateLogGroup", "the log group in each Region", (LOG_GROUP, f"{LOG_GROUP}:*")),
    _call(DEPLOY, "logs", "PutRetentionPolicy", "how long logs are kept", (LOG_GROUP, f"{LOG_GROUP}:*")),
    _call(DEPLOY, "lambda", "CreateFunction", "the function", FUNCTION, also=PASS_ROLE),
    _call(DEPLOY, "lambda", "UpdateFunctionCode", "its code", FUNCTION),
    _call(DEPLOY, "lambda", "UpdateFunctionConfiguration", "its settings", FUNCTION, also=PASS_ROLE),
    _call(DEPLOY, "lambda", "PublishVersion", "a version for CloudFront", FUNCTION),
    _call(DEPLOY, "cloudfront", "UpdateDistribution", "attaching and detaching", DISTRIBUTION, also=EDGE),
    _call(DEPLOY, "cloudwatch", "PutDashboard", "the dashboard", DASHBOARD),
    # Canary
    _call(
        CANARY,
        "cloudfront",
        "CopyDistribution",
        "the staging distribution",
        DISTRIBUTION,
        ("cloudfront:CopyDistribution", "cloudfront:CreateDistribution", "cloudfront:GetDistribution"),
        also=EDGE,
    ),
    _call(CANARY, "cloudfront", "CreateContinuousDeploymentPolicy", "who tries the canary", POLICY),
    _call(CANARY, "cloudfront", "UpdateContinuousDeploymentPolicy", "another share or header", POLICY),
    _call(CANARY, "cloudfront", "DeleteContinuousDeploymentPolicy", "the end of the canary", POLICY),
    _call(
        CANARY,
        "cloudfront",
        "UpdateDistributionWithStagingConfig",
        "promotion",
        DISTRIBUTION,
        ("cloudfront:GetDistribution", "cloudfront:UpdateDistribution"),
        also=EDGE,
    ),
    _call(CANARY, "cloudfront", "DeleteDistribution", "the staging distribution's end", DISTRIBUTION),
    # Orders; reads what they change
    Call(CONTROL, "sts", "GetCallerIdentity", "the account of the credentials", (), ()),
    _call(CONTROL, "s3", "GetObject", "the control document", OBJECT),
    _call(CONTROL, "s3", "PutObject", "the changed control document", OBJECT),
    # Removing
    _call(DESTROY, "lambda", "DeleteFunction", "the function with its versions", FUNCTION),
    _call(DESTROY, "iam", "DetachRolePolicy", "before the role can go", ROLE),
    _call(DESTROY, "iam", "DeleteRolePolicy", "before the role can go", ROLE),
    _call(DESTROY, "iam", "DeleteRole", "the execution role", ROLE),
    _call(
        DESTROY,
        "logs",
        "DeleteLogGroup",
        "the log group in each Region",
        tuple(f"{each}{end}" for each in (LOG_GROUP, DEFAULT_LOG_GROUP) for end in ("", ":*")),
    ),
    _call(DESTROY, "s3", "DeleteObject", "records and configurations", OBJECT),
    _call(DESTROY, "s3", "DeleteBucket", "the router's bucket", BUCKET),
    _call(DESTROY, "cloudwatch", "DeleteDashboards", "the dashboard", DASHBOARD),
)


def policy(group: str, account: str = "ACCOUNT") -> dict[str, object]:
    """Return an IAM policy for the commands of a group, as short as grouping by resources makes it."""
    wanted: dict[tuple[str, ...], set[str]] = {}
    for call in CALLS:
        if call.group in NEEDS[group]:
            for action in call.actions:
                wanted.setdefault(call.resources, set()).add(action)
            for action, resources in call.also:
                wanted.setdefault(resources, set()).add(action)
    statements = [
        {
            "Effect": "Allow",
            "Action": sorted(actions),
            "Resource": [each.replace("{account}", account) for each in resources],
        }
        for resources, actions in sorted(wanted.items())
    ]
    return {"Version": "2012-10-17", "Statement": statements}

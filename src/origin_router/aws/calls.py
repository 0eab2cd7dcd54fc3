"""Every call to AWS that the commands make. Data; tests hold it against the calls that each command really makes."""

from __future__ import annotations

from origin_router.aws.call import (
    ANY,
    BUCKET,
    CONTROL_DOCUMENT,
    DASHBOARD,
    DEFAULT_LOG_GROUP,
    DISTRIBUTION,
    EDGE,
    EDGE_LOG_GROUP,
    FUNCTION,
    LOG_GROUP,
    MISSING,
    OBJECT,
    PASS_ROLE,
    POLICY,
    ROLE,
    Call,
    call,
)

PLANNING = ("plan", "deploy", "deploy --canary")
"""They read everything that a deployment is made from."""

DEPLOYING = ("deploy", "deploy --canary")
CANARY_END = ("promote", "abort")
ORDERS = ("drain", "undrain", "pin", "unpin", "weights")
CONTROL = (*ORDERS, "control show", "control init")
LOGS = ("status", "logs", "learn", "--wait")
"""`--wait`: what this option adds to an order."""
EVERY = (*PLANNING, *CANARY_END, *CONTROL, *LOGS, "rollback", "destroy")

CALLS: tuple[Call, ...] = (
    Call(EVERY, "sts", "GetCallerIdentity", "the account of the credentials", (), ()),
    # CloudFront
    call(
        (*PLANNING, "rollback", *CANARY_END, "destroy"),
        "cloudfront",
        "GetDistribution",
        "a distribution's configuration and state",
        DISTRIBUTION,
    ),
    call(
        (*PLANNING, "status", "rollback", *CANARY_END, "destroy"),
        "cloudfront",
        "ListDistributions",
        "which distributions use the function; after a canary, which is its staging distribution",
        ANY,
    ),
    call(PLANNING, "cloudfront", "GetCachePolicy", "what a behavior forwards and caches by", ANY),
    call(PLANNING, "cloudfront", "GetOriginRequestPolicy", "what a behavior forwards", ANY),
    call(
        (*PLANNING, "rollback", *CANARY_END, "destroy"),
        "cloudfront",
        "GetContinuousDeploymentPolicy",
        "the policy of a canary",
        POLICY,
    ),
    call(
        (*PLANNING, "rollback", *CANARY_END, "destroy"),
        "cloudfront",
        "ListContinuousDeploymentPolicies",
        "a policy that was made but not attached",
        ANY,
    ),
    call(
        (*DEPLOYING, "rollback", *CANARY_END, "destroy"),
        "cloudfront",
        "UpdateDistribution",
        "attaching and detaching",
        DISTRIBUTION,
        also=EDGE,
    ),
    call(
        ("deploy --canary",),
        "cloudfront",
        "CopyDistribution",
        "the staging distribution",
        DISTRIBUTION,
        ("cloudfront:CopyDistribution", "cloudfront:CreateDistribution", "cloudfront:GetDistribution"),
        also=EDGE,
    ),
    call(("deploy --canary",), "cloudfront", "CreateContinuousDeploymentPolicy", "who tries the canary", POLICY),
    call(("deploy --canary",), "cloudfront", "UpdateContinuousDeploymentPolicy", "another share or header", POLICY),
    call(
        ("promote",),
        "cloudfront",
        "UpdateDistributionWithStagingConfig",
        "promotion",
        DISTRIBUTION,
        ("cloudfront:GetDistribution", "cloudfront:UpdateDistribution"),
        also=EDGE,
    ),
    call((*CANARY_END, "destroy"), "cloudfront", "DeleteContinuousDeploymentPolicy", "the end of the canary", POLICY),
    call((*CANARY_END, "destroy"), "cloudfront", "DeleteDistribution", "the staging distribution's end", DISTRIBUTION),
    call(
        PLANNING,
        "pricing-plan-manager",
        "ListSubscriptions",
        "whether the distribution is on a flat-rate plan; may be left out",
        ANY,
        "pricingplanmanager:ListSubscriptions",
    ),
    # Lambda
    call(
        (*PLANNING, "status", "destroy"),
        "lambda",
        "GetFunctionConfiguration",
        "the function's settings and state",
        (FUNCTION, f"{FUNCTION}:*"),
    ),
    call(
        (*PLANNING, "status", "rollback", *CANARY_END),
        "lambda",
        "ListVersionsByFunction",
        "the published versions",
        FUNCTION,
    ),
    call(
        PLANNING,
        "lambda",
        "GetRuntimeManagementConfig",
        "whether the runtime is updated automatically; may be left out",
        (FUNCTION, f"{FUNCTION}:*"),
    ),
    call(PLANNING, "lambda", "GetAccountSettings", "the limit of concurrent executions; may be left out", ANY),
    call(("status",), "lambda", "ListFunctions", "in which Regions the function has replicas", ANY),
    call(DEPLOYING, "lambda", "CreateFunction", "the function", FUNCTION, also=PASS_ROLE),
    call(DEPLOYING, "lambda", "UpdateFunctionCode", "its code", FUNCTION),
    call(DEPLOYING, "lambda", "UpdateFunctionConfiguration", "its settings", FUNCTION, also=PASS_ROLE),
    call(DEPLOYING, "lambda", "PutRuntimeManagementConfig", "automatic updates, if somebody changed it", FUNCTION),
    call(DEPLOYING, "lambda", "PublishVersion", "a version for CloudFront", FUNCTION),
    call(("destroy",), "lambda", "DeleteFunction", "the function with its versions", FUNCTION),
    # IAM
    call((*PLANNING, "destroy"), "iam", "GetRole", "the execution role", ROLE),
    call((*PLANNING, "destroy"), "iam", "GetRolePolicy", "what the role may do", ROLE),
    call((*PLANNING, "destroy"), "iam", "ListRolePolicies", "what else the role may do", ROLE),
    call((*PLANNING, "destroy"), "iam", "ListAttachedRolePolicies", "what else the role may do", ROLE),
    call(DEPLOYING, "iam", "CreateRole", "the execution role", ROLE),
    call(DEPLOYING, "iam", "UpdateAssumeRolePolicy", "who may assume it", ROLE),
    call(DEPLOYING, "iam", "PutRolePolicy", "what it may do", ROLE),
    call(("destroy",), "iam", "DetachRolePolicy", "before the role can go", ROLE),
    call(("destroy",), "iam", "DeleteRolePolicy", "before the role can go", ROLE),
    call(("destroy",), "iam", "DeleteRole", "the execution role", ROLE),
    # S3
    call(
        (*PLANNING, "rollback", *CANARY_END, "destroy"),
        "s3",
        "HeadBucket",
        "whether the bucket is there",
        BUCKET,
        "s3:ListBucket",
    ),
    call(
        (*PLANNING, "rollback", *CANARY_END, "destroy"),
        "s3",
        "GetPublicAccessBlock",
        "whether the bucket is closed",
        BUCKET,
        "s3:GetBucketPublicAccessBlock",
    ),
    call(
        (*PLANNING, "rollback", *CANARY_END, "destroy"),
        "s3",
        "ListObjectsV2",
        "the records of deployments",
        BUCKET,
        "s3:ListBucket",
    ),
    call(PLANNING, "s3", "HeadObject", "whether there is a control document", OBJECT, "s3:GetObject"),
    call(
        (*PLANNING, "rollback", *CANARY_END, "destroy"),
        "s3",
        "GetObject",
        "records and configurations",
        OBJECT,
    ),
    call((*ORDERS, "control show"), "s3", "GetObject", "the control document", CONTROL_DOCUMENT, also=MISSING),
    call((*DEPLOYING, "rollback", *CANARY_END), "s3", "PutObject", "records and configurations", OBJECT),
    call((*ORDERS, "control init"), "s3", "PutObject", "the control document", CONTROL_DOCUMENT),
    call(DEPLOYING, "s3", "CreateBucket", "the router's bucket", BUCKET),
    call(DEPLOYING, "s3", "PutPublicAccessBlock", "closing it to the public", BUCKET, "s3:PutBucketPublicAccessBlock"),
    call(("destroy",), "s3", "DeleteObject", "all that is ours in the bucket", OBJECT),
    call(("destroy",), "s3", "DeleteBucket", "the router's bucket", BUCKET),
    # CloudWatch
    call((*PLANNING, *LOGS, "destroy"), "logs", "DescribeLogGroups", "the log group in each Region", ANY),
    call(
        LOGS,
        "logs",
        "FilterLogEvents",
        "the journal of the edges",
        tuple(f"{each}:*" for each in (LOG_GROUP, DEFAULT_LOG_GROUP)),
    ),
    call(
        ("logs",),
        "logs",
        "FilterLogEvents",
        "with --distribution: what CloudFront says of the function's results",
        f"{EDGE_LOG_GROUP}:*",
    ),
    call(DEPLOYING, "logs", "CreateLogGroup", "the log group in each Region", (LOG_GROUP, f"{LOG_GROUP}:*")),
    call(DEPLOYING, "logs", "PutRetentionPolicy", "how long logs are kept", (LOG_GROUP, f"{LOG_GROUP}:*")),
    call(
        ("destroy",),
        "logs",
        "DeleteLogGroup",
        "the log group in each Region",
        tuple(f"{each}{end}" for each in (LOG_GROUP, DEFAULT_LOG_GROUP) for end in ("", ":*")),
    ),
    call(("status",), "cloudwatch", "ListMetrics", "which metrics there are", ANY),
    call(("status",), "cloudwatch", "GetMetricData", "how often the function failed", ANY),
    call(PLANNING, "cloudwatch", "GetDashboard", "with --dashboard: whether it is up to date", DASHBOARD),
    call(DEPLOYING, "cloudwatch", "PutDashboard", "with --dashboard: the dashboard", DASHBOARD),
    call(("destroy",), "cloudwatch", "ListDashboards", "whether there is a dashboard", ANY),
    call(("destroy",), "cloudwatch", "DeleteDashboards", "the dashboard", DASHBOARD),
)

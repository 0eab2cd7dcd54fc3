"""The router as a construct for AWS CDK in Python. Needs the extra `cdk` (aws-cdk-lib) and Node.js.

    from aws_cdk import App, Environment, Stack, aws_cloudfront as cloudfront
    from origin_router.cdk import OriginRouter

    stack = Stack(App(), "Site", env=Environment(account="123456789012", region="us-east-1"))
    router = OriginRouter(stack, "Router", config="origin-router.toml")
    cloudfront.Distribution(
        stack,
        "Distribution",
        default_behavior=cloudfront.BehaviorOptions(origin=router.origin, edge_lambdas=router.edge_lambdas),
    )

The names are those of `origin-router deploy`, so that `status`, `logs`, `drain` and `learn` work
with it; but a router belongs either to a stack or to `deploy`, never to both.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

try:
    import aws_cdk as cdk  # type: ignore[import-not-found, unused-ignore]
    from aws_cdk import aws_cloudfront as cloudfront  # type: ignore[import-not-found, unused-ignore]
    from aws_cdk import aws_cloudfront_origins as origins  # type: ignore[import-not-found, unused-ignore]
    from aws_cdk import aws_iam as iam  # type: ignore[import-not-found, unused-ignore]
    from aws_cdk import aws_lambda as lambda_  # type: ignore[import-not-found, unused-ignore]
    from aws_cdk import aws_logs as logs  # type: ignore[import-not-found, unused-ignore]
    from constructs import Construct  # type: ignore[import-not-found, unused-ignore]
except ImportError as error:
    raise ImportError(
        f"origin_router.cdk needs the extra `cdk` ({error}): pip install 'cloudfront-origin-router[cdk]'"
    ) from error

from origin_router import bundle
from origin_router.aws.cloudformation import NOTHING
from origin_router.aws.desired import desire, settings_for, with_settings
from origin_router.aws.documents import POLICY_NAME
from origin_router.aws.naming import CONTROL_REGION, Names
from origin_router.aws.placeholders import FAILOVER_STATUS
from origin_router.config import load
from origin_router.routing.config import RouterConfig

PROTOCOLS = {
    "http-only": cloudfront.OriginProtocolPolicy.HTTP_ONLY,
    "https-only": cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
}

RETENTION = logs.RetentionDays.ONE_MONTH


class OriginRouter(Construct):  # type: ignore[misc, unused-ignore]
    """The function with its role, and what a behavior needs to use it.

    In a stack outside us-east-1 the function goes into a stack of its own there (CDK's
    EdgeFunction), which needs an explicit Region in the stack's `env`.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - CDK's name for it
        *,
        config: str | Path | RouterConfig,
        failover: bool | None = None,
        feedback: bool | None = None,
        build_dir: str | Path = "build",
    ) -> None:
        """`failover`: with an origin group (default: where the pool has two origins); `feedback`: also on
        origin-response (default: as the configuration says); `build_dir`: where the zip is written."""
        super().__init__(scope, id)
        given = config if isinstance(config, RouterConfig) else load(Path(config), needs_dev_files=False).router
        settings = settings_for(given, None, is_failover=failover, has_feedback=feedback)
        built = with_settings(given, settings)
        zipped = bundle.build(built)
        names = Names(built.name, cdk.Stack.of(self).account)
        self._desired = desire(names, built, zipped, settings, NOTHING, {})
        self._zip = Path(build_dir) / f"{built.name}-{zipped.sha256[:12]}.zip"
        bundle.write_bundle(zipped, self._zip)
        self.function = self._function()
        """The function."""
        self.version = self.function.current_version
        """The version for CloudFront."""
        self.origin = self._origin()
        """What the behavior names as its origin: placeholders for the real ones, which the function chooses from."""
        triggers = [cloudfront.LambdaEdgeEventType.ORIGIN_REQUEST]
        if settings.has_feedback:
            triggers.append(cloudfront.LambdaEdgeEventType.ORIGIN_RESPONSE)
        self.edge_lambdas = [
            cloudfront.EdgeLambda(event_type=trigger, function_version=self.version) for trigger in triggers
        ]
        """The triggers of the behavior."""

    def _role(self) -> iam.Role:
        services = self._desired.trust["Statement"][0]["Principal"]["Service"]
        return iam.Role(
            self,
            "Role",
            role_name=self._desired.names.role,
            assumed_by=iam.CompositePrincipal(*(iam.ServicePrincipal(service) for service in services)),
            inline_policies={POLICY_NAME: iam.PolicyDocument.from_json(self._desired.policy)},
        )

    def _function(self) -> Any:
        settings = self._desired.function
        common = {
            "function_name": self._desired.names.function,
            "description": self._desired.description,
            "runtime": lambda_.Runtime(settings.runtime, lambda_.RuntimeFamily.PYTHON),
            "handler": settings.handler,
            "code": lambda_.Code.from_asset(str(self._zip)),
            "memory_size": settings.memory_mb,
            "timeout": cdk.Duration.seconds(settings.timeout_s),
            "architecture": lambda_.Architecture.X86_64,
            "logging_format": lambda_.LoggingFormat.JSON,
            "application_log_level_v2": lambda_.ApplicationLogLevel[settings.application_log_level],
            "system_log_level_v2": lambda_.SystemLogLevel[settings.system_log_level],
            "current_version_options": lambda_.VersionOptions(removal_policy=cdk.RemovalPolicy.RETAIN),
        }
        if cdk.Stack.of(self).region == CONTROL_REGION:
            group = logs.LogGroup(self, "Logs", log_group_name=settings.log_group, retention=RETENTION)
            return lambda_.Function(self, "Function", log_group=group, role=self._role(), **common)
        named = logs.LogGroup.from_log_group_name(self, "Logs", settings.log_group)
        statements = [iam.PolicyStatement.from_json(each) for each in self._desired.policy["Statement"]]
        return cloudfront.experimental.EdgeFunction(  # a role of this stack would depend on that one, and that on this
            self, "Function", log_group=named, initial_policy=statements, **common
        )

    def _origin(self) -> Any:
        placeholders = [_http_origin(each) for each in self._desired.origins]
        if len(placeholders) == 1:
            return placeholders[0]
        return origins.OriginGroup(
            primary_origin=placeholders[0],
            fallback_origin=placeholders[1],
            fallback_status_codes=list(FAILOVER_STATUS),
        )


def _http_origin(written: Mapping[str, Any]) -> origins.HttpOrigin:
    """Return a placeholder, from how CloudFront's API writes it."""
    custom = written.get("CustomOriginConfig")
    if custom is None:
        raise ValueError(
            f"{written['DomainName']}: an S3 origin cannot stand in as a placeholder here; make a custom origin the "
            "pool's first, or use `origin-router synth`"
        )
    headers = {each["HeaderName"]: each["HeaderValue"] for each in written["CustomHeaders"]["Items"]}
    return origins.HttpOrigin(
        written["DomainName"],
        origin_id=written["Id"],
        origin_path=written["OriginPath"] or None,
        custom_headers=headers,
        connection_attempts=written["ConnectionAttempts"],
        connection_timeout=cdk.Duration.seconds(written["ConnectionTimeout"]),
        protocol_policy=PROTOCOLS[custom["OriginProtocolPolicy"]],
        http_port=custom["HTTPPort"],
        https_port=custom["HTTPSPort"],
        read_timeout=cdk.Duration.seconds(custom["OriginReadTimeout"]),
        keepalive_timeout=cdk.Duration.seconds(custom["OriginKeepaliveTimeout"]),
        origin_ssl_protocols=[cloudfront.OriginSslPolicy.TLS_V1_2],
    )

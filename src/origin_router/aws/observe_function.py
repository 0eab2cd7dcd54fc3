"""Reads the role, the function, its versions and its log groups."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from origin_router.aws.documents import POLICY_NAME
from origin_router.aws.errors import AwsError, Kind, if_there, translated
from origin_router.aws.model import RUNTIME_UPDATES, FunctionSettings, FunctionState, LogGroupState, RoleState
from origin_router.aws.naming import CONTROL_REGION, REPLICA_REGIONS, Names
from origin_router.aws.session import Aws

DEFAULT_STORAGE_MB = 512
"""Size of /tmp; CloudFront refuses a larger one."""


def observe_role(aws: Aws, names: Names) -> RoleState | None:
    """Read the execution role."""
    where, role = f"reading role {names.role}", names.role
    answer = if_there(where, lambda: aws.iam.get_role(RoleName=role))
    if answer is None:
        return None
    policy = if_there(where, lambda: aws.iam.get_role_policy(RoleName=role, PolicyName=POLICY_NAME))
    with translated(where):
        inline = aws.iam.list_role_policies(RoleName=role)["PolicyNames"]
        managed = aws.iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    return RoleState(
        arn=answer["Role"]["Arn"],
        trust=_document(answer["Role"]["AssumeRolePolicyDocument"]),
        policy=None if policy is None else _document(policy["PolicyDocument"]),
        description=answer["Role"].get("Description", ""),
        other_policies=tuple(
            [each for each in inline if each != POLICY_NAME] + [each["PolicyName"] for each in managed]
        ),
    )


def observe_function(aws: Aws, names: Names) -> FunctionState | None:
    """Read the function's present state ($LATEST)."""
    where, name = f"reading function {names.function}", names.function
    answer = if_there(where, lambda: aws.lambda_.get_function_configuration(FunctionName=name))
    return None if answer is None else function_state(answer)


def observe_function_whole(aws: Aws, names: Names) -> FunctionState | None:
    """Read also when its runtime is updated, which its other settings do not tell. Who may not read that is not
    stopped: CloudFront would still refuse the function, only later."""
    function = observe_function(aws, names)
    if function is None:
        return None
    where, name = f"reading when the runtime of function {names.function} is updated", names.function
    try:
        answer = if_there(where, lambda: aws.lambda_.get_runtime_management_config(FunctionName=name))
    except AwsError as error:
        if error.kind is not Kind.DENIED:
            raise
        return function
    if answer is None or answer["UpdateRuntimeOn"] == "Auto":
        return function
    forbidden = (*function.settings.forbidden, RUNTIME_UPDATES)
    return replace(function, settings=replace(function.settings, forbidden=forbidden))


def observe_versions(aws: Aws, names: Names) -> tuple[FunctionState, ...]:
    """List the published versions, oldest first; none if there is no function."""
    pages = aws.lambda_.get_paginator("list_versions_by_function")
    found = if_there(
        f"listing the versions of function {names.function}",
        lambda: [each for page in pages.paginate(FunctionName=names.function) for each in page["Versions"]],
    )
    versions = [function_state(each) for each in found or () if each["Version"] != "$LATEST"]
    return tuple(sorted(versions, key=lambda each: int(each.version)))


def function_state(answer: Mapping[str, Any]) -> FunctionState:
    """Read Lambda's description of a function or version."""
    logging = answer.get("LoggingConfig") or {}
    return FunctionState(
        version=answer["Version"],
        code_sha256=answer["CodeSha256"],
        revision=answer.get("RevisionId", ""),
        description=answer.get("Description", ""),
        modified_at=answer["LastModified"],
        code_size=answer["CodeSize"],
        package_type=answer.get("PackageType", "Zip"),
        settings=FunctionSettings(
            runtime=answer.get("Runtime", ""),
            handler=answer.get("Handler", ""),
            role_arn=answer["Role"],
            memory_mb=answer["MemorySize"],
            timeout_s=answer["Timeout"],
            architecture=",".join(answer.get("Architectures", ["x86_64"])),
            log_format=logging.get("LogFormat", "Text"),
            application_log_level=logging.get("ApplicationLogLevel", ""),
            system_log_level=logging.get("SystemLogLevel", ""),
            log_group=logging.get("LogGroup", ""),
            forbidden=_forbidden(answer),
        ),
    )


def observe_log_groups(aws: Aws, name: str) -> dict[str, LogGroupState]:
    """Look for a log group in every Region that may run the function, all at once."""
    clients = {region: aws.logs(region) for region in REPLICA_REGIONS}  # boto3 makes clients on one thread only

    def look(region: str) -> LogGroupState:
        with translated(f"looking for log group {name} in {region}"):
            answer = clients[region].describe_log_groups(logGroupNamePrefix=name)
        found = next((each for each in answer["logGroups"] if each["logGroupName"] == name), None)
        if found is None:
            return LogGroupState()
        return LogGroupState(is_there=True, retention_days=found.get("retentionInDays"))

    def look_or_skip(region: str) -> LogGroupState:
        try:
            return look(region)
        except AwsError as error:
            if region == CONTROL_REGION or error.kind not in (Kind.CREDENTIALS, Kind.DENIED):
                raise
            return LogGroupState(refusal=error.what)

    with ThreadPoolExecutor(len(REPLICA_REGIONS), thread_name_prefix="regions") as threads:
        return dict(zip(REPLICA_REGIONS, threads.map(look_or_skip, REPLICA_REGIONS), strict=True))


def observe_concurrency(aws: Aws) -> int | None:
    """Read the account's limit; None where these credentials may not, which stops nobody."""
    try:
        with translated("reading the account's Lambda limits"):
            return aws.lambda_.get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
    except AwsError as error:
        if error.kind is Kind.DENIED:
            return None
        raise


def _forbidden(answer: Mapping[str, Any]) -> tuple[str, ...]:
    """Name the settings that a function at the edge may not have."""
    found = {
        "DeadLetterConfig": answer.get("DeadLetterConfig", {}).get("TargetArn"),
        "Environment": answer.get("Environment", {}).get("Variables"),
        "EphemeralStorage": answer.get("EphemeralStorage", {}).get("Size", DEFAULT_STORAGE_MB) != DEFAULT_STORAGE_MB,
        "KMSKeyArn": answer.get("KMSKeyArn"),
        "Layers": answer.get("Layers"),
        "SnapStart": answer.get("SnapStart", {}).get("ApplyOn", "None") != "None",
        "TracingConfig": answer.get("TracingConfig", {}).get("Mode") == "Active",
        "VpcConfig": answer.get("VpcConfig", {}).get("SubnetIds"),
    }
    return tuple(name for name, value in found.items() if value)


def _document(value: Any) -> dict[str, Any]:
    """The model calls policy documents strings; boto3 hands them out decoded."""
    document: dict[str, Any] = value
    return document

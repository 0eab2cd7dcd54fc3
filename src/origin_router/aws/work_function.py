"""Carries out what concerns the function and its versions."""

from __future__ import annotations

from typing import Any

from origin_router.aws.errors import AwsError, Kind, if_there, translated
from origin_router.aws.model import RUNTIME_UPDATES, FunctionSettings
from origin_router.aws.session import Aws
from origin_router.aws.steps import (
    CreateFunction,
    DeleteFunction,
    FunctionStep,
    PublishVersion,
    UpdateCode,
    UpdateFunction,
)
from origin_router.aws.waiting import Patience
from origin_router.bundle import Bundle

POLL_S = 1.0
READY_LIMIT_S = 300.0
"""What boto3's own waiters of these states allow."""

ROLE_LIMIT_S = 60.0
"""A new role is known everywhere after some ten seconds."""

INVALID = "InvalidParameterValueException"

REPLICATED = "replicated"
"""Word in Lambda's refusal to delete a function that CloudFront still holds copies of."""

FIRST_DELETE_S = 30.0
LONGEST_DELETE_S = 600.0
"""Replicas go within minutes to hours: asking every ten minutes is often enough."""

CLEARED: dict[str, Any] = {
    "DeadLetterConfig": {"TargetArn": ""},
    "Environment": {"Variables": {}},
    "EphemeralStorage": {"Size": 512},
    "KMSKeyArn": "",
    "Layers": [],
    "SnapStart": {"ApplyOn": "None"},
    "TracingConfig": {"Mode": "PassThrough"},
    "VpcConfig": {"SubnetIds": [], "SecurityGroupIds": []},
}
"""How the Lambda API says that a setting is not wanted any more."""


class FunctionWork:
    """The function's executor."""

    def __init__(self, aws: Aws, bundle: Bundle | None, patience: Patience, *, delete_limit_s: float) -> None:
        self._lambda = aws.lambda_
        self._bundle = bundle
        self._patience = patience
        self._delete_limit_s = delete_limit_s

    def do(self, step: FunctionStep) -> str | None:
        """Carry out one step; return the version if it published one."""
        match step:
            case CreateFunction():
                self._patience.insist(
                    "waiting until Lambda knows the new role",
                    lambda: self._create(step),
                    _is_role_unknown,
                    every_s=2.0,
                    limit_s=ROLE_LIMIT_S,
                )
                self._wait_ready(step.function)
            case UpdateCode():
                self._update_code(step)
                self._wait_ready(step.function)
            case UpdateFunction():
                self._update_settings(step)
                self._wait_ready(step.function)
            case PublishVersion():
                return self._publish(step)
            case DeleteFunction(function):
                self._patience.until(
                    f"deleting function {function}: CloudFront removes its replicas within hours",
                    lambda: self._delete(function),
                    every_s=FIRST_DELETE_S,
                    longest_s=LONGEST_DELETE_S,
                    limit_s=self._delete_limit_s,
                )
        return None

    @property
    def _zip(self) -> bytes:
        if self._bundle is None:
            raise RuntimeError("a plan that brings code needs the bundle")
        return self._bundle.zip_bytes

    def _create(self, step: CreateFunction) -> None:
        try:
            with translated(f"creating function {step.function}"):
                self._lambda.create_function(
                    FunctionName=step.function,
                    Description=step.description,
                    Code={"ZipFile": self._zip},
                    Architectures=_architectures(step.settings.architecture),
                    Publish=False,
                    **_settings(step.settings),
                )
        except AwsError as error:
            if error.code == "ResourceConflictException":  # it exists by now: look again
                error.kind = Kind.CHANGED
            raise

    def _update_code(self, step: UpdateCode) -> None:
        with translated(f"updating the code of function {step.function}"):
            self._lambda.update_function_code(
                FunctionName=step.function,
                ZipFile=self._zip,
                Architectures=_architectures(step.architecture),
                Publish=False,
                **_if_revision(step.revision),
            )

    def _update_settings(self, step: UpdateFunction) -> None:
        cleared = {name: CLEARED[name] for name in step.before.forbidden if name != RUNTIME_UPDATES}
        if RUNTIME_UPDATES in step.before.forbidden:
            with translated(f"letting the runtime of function {step.function} be updated automatically"):
                self._lambda.put_runtime_management_config(FunctionName=step.function, UpdateRuntimeOn="Auto")
        with translated(f"updating the settings of function {step.function}"):
            self._lambda.update_function_configuration(
                FunctionName=step.function, **_settings(step.after), **cleared, **_if_revision(step.revision)
            )

    def _publish(self, step: PublishVersion) -> str:
        self._wait_ready(step.function)
        with translated(f"publishing a version of function {step.function}"):
            answer = self._lambda.publish_version(
                FunctionName=step.function, CodeSha256=step.code_sha256, Description=step.description
            )
        version = answer["Version"]
        self._wait_ready(step.function, version)
        return version

    def _wait_ready(self, function: str, version: str = "$LATEST") -> None:
        self._patience.until(
            f"waiting for function {function}, version {version}",
            lambda: self._is_ready(function, version),
            every_s=POLL_S,
            limit_s=READY_LIMIT_S,
        )

    def _is_ready(self, function: str, version: str) -> bool:
        where = f"reading function {function}, version {version}"
        with translated(where):
            answer = self._lambda.get_function_configuration(FunctionName=function, Qualifier=version)
        if "Failed" in (answer.get("State"), answer.get("LastUpdateStatus")):
            reason = answer.get("StateReason") or answer.get("LastUpdateStatusReason") or "no reason given"
            raise AwsError(where, f"Lambda could not make it ready: {reason}")
        return answer.get("State", "Active") == "Active" and answer.get("LastUpdateStatus") != "InProgress"

    def _delete(self, function: str) -> bool:
        """Whether the function is gone; False while CloudFront still holds replicas of it."""
        where = f"deleting function {function}"
        try:
            if_there(where, lambda: self._lambda.delete_function(FunctionName=function))
        except AwsError as error:
            if error.code == INVALID and REPLICATED in error.what.lower():
                return False
            raise
        return True


def _settings(settings: FunctionSettings) -> dict[str, Any]:
    return {
        "Runtime": settings.runtime,
        "Handler": settings.handler,
        "Role": settings.role_arn,
        "MemorySize": settings.memory_mb,
        "Timeout": settings.timeout_s,
        "LoggingConfig": {
            "LogFormat": settings.log_format,
            "ApplicationLogLevel": settings.application_log_level,
            "SystemLogLevel": settings.system_log_level,
            "LogGroup": settings.log_group,
        },
    }


def _architectures(name: str) -> Any:
    return [name]


def _if_revision(revision: str) -> dict[str, Any]:
    return {"RevisionId": revision} if revision else {}


def _is_role_unknown(error: AwsError) -> bool:
    return error.code == INVALID and "role" in error.what.lower()

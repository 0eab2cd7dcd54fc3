"""The router as a CloudFormation template, for those who keep their infrastructure there. Pure.

The stack has the same names as `deploy` gives, so `status`, `logs`, `drain` and `learn` work
with it; but a router belongs either to a stack or to `deploy`, never to both.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from origin_router.aws.attachment import INCLUDES_BODY, attach
from origin_router.aws.desired import desire
from origin_router.aws.distribution_template import as_template
from origin_router.aws.document import apply_edits
from origin_router.aws.documents import POLICY_NAME
from origin_router.aws.model import Desired
from origin_router.aws.naming import CONTROL_REGION, Names
from origin_router.aws.record import Settings
from origin_router.bundle import Bundle
from origin_router.routing.config import RouterConfig

ACCOUNT = "${AWS::AccountId}"
"""Takes the place of the account in names; `_substituted` turns texts that hold it into Fn::Sub."""

VERSION = "${Version}"
"""Takes the place of the version's number in its ARN."""

NOTHING: dict[str, Any] = {
    "Origins": {"Quantity": 0},
    "DefaultCacheBehavior": {"TargetOriginId": ""},
}
"""Stands for a distribution that is described elsewhere."""

Template = dict[str, Any]


def template(
    config: RouterConfig, bundle: Bundle, settings: Settings, distribution: Mapping[str, Any] | None = None
) -> Template:
    """Return the template. `distribution`: a DistributionConfig of CloudFront's API, to be part of the stack."""
    names = Names(config.name, ACCOUNT)
    desired = desire(names, config, bundle, settings, distribution or NOTHING, {})
    version_id = _version_id(desired)
    resources = {
        "Role": _role(desired),
        "LogGroup": _log_group(desired),
        "Function": _function(desired),
        version_id: _version(desired),
    }
    if config.control.bucket:
        resources |= _control_bucket(config, names)
    if distribution is not None:
        edits = attach(distribution, desired, VERSION, {})
        attached = as_template(apply_edits(distribution, edits))
        resources["Distribution"] = {
            "Type": "AWS::CloudFront::Distribution",
            "Properties": {"DistributionConfig": attached},
        }
    document: Template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"Origin router {config.name} for CloudFront. Must be in {CONTROL_REGION}.",
        "Metadata": {"OriginRouter": _snippets(desired)} if distribution is None else {},
        "Parameters": _parameters(config, bundle),
        "Rules": {"OnlyInTheRegionOfEdgeFunctions": _region_rule()},
        "Resources": resources,
        "Outputs": {
            "FunctionArn": _output("The function", {"Fn::GetAtt": ["Function", "Arn"]}),
            "VersionArn": _output("The version for LambdaFunctionAssociations", {"Ref": version_id}),
        },
    }
    linked: Template = _linked(document, desired.names.version_arn(VERSION), version_id)
    return {name: value for name, value in linked.items() if value}


def _version_id(desired: Desired) -> str:
    """Name the version after all that is in it: another content is another resource, hence a new version."""
    content = json.dumps([desired.code_sha256, repr(desired.function)])
    return f"Version{hashlib.sha256(content.encode()).hexdigest()[:12]}"


def _parameters(config: RouterConfig, bundle: Bundle) -> Template:
    return {
        "CodeBucket": {
            "Type": "String",
            "Description": f"Bucket in {CONTROL_REGION} that holds the zip of origin-router build",
        },
        "CodeKey": {
            "Type": "String",
            "Description": "Its key",
            "Default": f"origin-router/{config.name}-{bundle.sha256[:12]}.zip",
        },
    }


def _region_rule() -> Template:
    assertion = {"Fn::Equals": [{"Ref": "AWS::Region"}, CONTROL_REGION]}
    description = f"CloudFront takes functions from {CONTROL_REGION} only"
    return {"Assertions": [{"Assert": assertion, "AssertDescription": description}]}


def _role(desired: Desired) -> Template:
    policy = {"PolicyName": POLICY_NAME, "PolicyDocument": desired.policy}
    properties = {
        "RoleName": desired.names.role,
        "AssumeRolePolicyDocument": desired.trust,
        "Policies": [policy],
    }
    return {"Type": "AWS::IAM::Role", "Properties": properties}


def _log_group(desired: Desired) -> Template:
    """In this Region; the function creates those of the others, which a stack of one Region cannot."""
    return {
        "Type": "AWS::Logs::LogGroup",
        "DeletionPolicy": "Delete",
        "UpdateReplacePolicy": "Retain",
        "Properties": {"LogGroupName": desired.function.log_group, "RetentionInDays": desired.retention_days},
    }


def _function(desired: Desired) -> Template:
    settings = desired.function
    return {
        "Type": "AWS::Lambda::Function",
        "DependsOn": ["LogGroup"],
        "Properties": {
            "FunctionName": desired.names.function,
            "Description": desired.description,
            "Runtime": settings.runtime,
            "Handler": settings.handler,
            "Role": {"Fn::GetAtt": ["Role", "Arn"]},
            "Code": {"S3Bucket": {"Ref": "CodeBucket"}, "S3Key": {"Ref": "CodeKey"}},
            "MemorySize": settings.memory_mb,
            "Timeout": settings.timeout_s,
            "Architectures": [settings.architecture],
            "LoggingConfig": {
                "LogFormat": settings.log_format,
                "ApplicationLogLevel": settings.application_log_level,
                "SystemLogLevel": settings.system_log_level,
                "LogGroup": settings.log_group,
            },
        },
    }


def _version(desired: Desired) -> Template:
    """A version outlives its resource: CloudFront needs hours to give up its replicas, and rolling back needs it."""
    return {
        "Type": "AWS::Lambda::Version",
        "DeletionPolicy": "Retain",
        "UpdateReplacePolicy": "Retain",
        "Properties": {
            "FunctionName": {"Ref": "Function"},
            "Description": desired.description,
            "CodeSha256": desired.code_sha256,
        },
    }


def _control_bucket(config: RouterConfig, names: Names) -> Template:
    """The bucket of the control document, where the configuration names ours; another one is somebody else's."""
    ours = re.escape(names.bucket).replace(re.escape(ACCOUNT), r"\d{12}")
    if not re.fullmatch(ours, config.control.bucket) or config.control.region != CONTROL_REGION:
        return {}
    return {
        "ControlBucket": {
            "Type": "AWS::S3::Bucket",
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
            "Properties": {
                "BucketName": config.control.bucket,
                "PublicAccessBlockConfiguration": {
                    "BlockPublicAcls": True,
                    "BlockPublicPolicy": True,
                    "IgnorePublicAcls": True,
                    "RestrictPublicBuckets": True,
                },
                "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
            },
        }
    }


def _snippets(desired: Desired) -> Template:
    """What a distribution that is described elsewhere needs: origins, their group, and the function's triggers."""
    origins = {"Origins": {"Quantity": len(desired.origins), "Items": list(desired.origins)}}
    if desired.group is not None:
        origins["OriginGroups"] = {"Quantity": 1, "Items": [desired.group]}
    triggers = ["origin-request", "origin-response"] if desired.settings.has_feedback else ["origin-request"]
    arn = desired.names.version_arn(VERSION)
    behavior = {
        "TargetOriginId": desired.group["Id"] if desired.group else desired.origins[0]["Id"],
        "LambdaFunctionAssociations": [
            {"EventType": trigger, "IncludeBody": INCLUDES_BODY, "LambdaFunctionARN": arn} for trigger in triggers
        ],
    }
    return {"DistributionConfig": as_template(origins), "CacheBehavior": behavior}


def _output(description: str, value: Any) -> Template:
    return {"Description": description, "Value": value}


def _linked(value: Any, version_arn: str, version_id: str) -> Any:
    """Put references in the place of names that only CloudFormation knows."""
    if isinstance(value, dict):
        return {key: _linked(each, version_arn, version_id) for key, each in value.items()}
    if isinstance(value, list):
        return [_linked(each, version_arn, version_id) for each in value]
    if value == version_arn:
        return {"Ref": version_id}
    return {"Fn::Sub": value} if isinstance(value, str) and ACCOUNT in value else value

"""What CloudFront does not take as an edge function, found in a CloudFormation template. Pure.

General linters know what Lambda takes; CloudFront takes less and says so late, or never. Used
on our own templates, and on those in which somebody has put the router together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from origin_router.aws.documents import TRUST

FORBIDDEN = {
    "CodeSigningConfigArn": "code signing",
    "DeadLetterConfig": "a dead letter queue",
    "Environment": "environment variables",
    "FileSystemConfigs": "a file system",
    "KmsKeyArn": "a key of your own",
    "Layers": "layers",
    "RuntimeManagementConfig": "a runtime update mode",
    "SnapStart": "SnapStart",
    "Tags": "tags",
    "VpcConfig": "a VPC",
}
"""Property of AWS::Lambda::Function -> what it is (Lambda@Edge's list of restrictions)."""

REQUEST_EVENTS, RESPONSE_EVENTS = ("viewer-request", "origin-request"), ("viewer-response", "origin-response")
EVENTS = REQUEST_EVENTS + RESPONSE_EVENTS

RUNTIME = re.compile(r"(python3\.\d+|nodejs\d+\.x)")
"""The languages of Lambda@Edge."""

MAX_TIMEOUT_S = 30
MAX_STORAGE_MB = 512

_NUMBERED = re.compile(r"arn:aws:lambda:us-east-1:[^:]+:function:[^:]+:\d+")

Resource = Mapping[str, Any]

Association = tuple[str, Mapping[str, Any], Any]
"""Place, association, and the function that it names."""


def edge_problems(template: Mapping[str, Any]) -> list[str]:
    """Return what CloudFront would refuse, each with its place in the template."""
    resources: Mapping[str, Resource] = template.get("Resources", {})
    associations = list(_associations(resources))
    problems = [problem for name in _edge_functions(resources, associations) for problem in _function(name, resources)]
    return problems + [problem for each in associations for problem in _association(*each, resources)]


def _edge_functions(resources: Mapping[str, Resource], associations: list[Association]) -> list[str]:
    """Return the functions whose versions are attached, or have versions at all if the distribution is elsewhere."""
    attached = {_target(arn) for _, _, arn in associations}
    functions = {
        _target(resource.get("Properties", {}).get("FunctionName"))
        for name, resource in resources.items()
        if resource.get("Type") == "AWS::Lambda::Version" and (not associations or name in attached)
    }
    return sorted(functions & set(resources))


def _associations(resources: Mapping[str, Resource]) -> Iterator[Association]:
    """Yield (place, association, ARN) of every behavior."""
    for name, resource in resources.items():
        if resource.get("Type") != "AWS::CloudFront::Distribution":
            continue
        config = resource.get("Properties", {}).get("DistributionConfig", {})
        behaviors = {"DefaultCacheBehavior": config.get("DefaultCacheBehavior", {})} | {
            f"CacheBehaviors[{index}]": each for index, each in enumerate(config.get("CacheBehaviors", []))
        }
        for place, behavior in behaviors.items():
            for index, each in enumerate(behavior.get("LambdaFunctionAssociations", [])):
                where = f"{name}.{place}.LambdaFunctionAssociations[{index}]"
                yield where, each, each.get("LambdaFunctionARN")


def _association(
    place: str, association: Mapping[str, Any], arn: Any, resources: Mapping[str, Resource]
) -> Iterator[str]:
    event = association.get("EventType")
    if event not in EVENTS:
        yield f"{place}: EventType {event!r} is not one of {', '.join(EVENTS)}"
    if association.get("IncludeBody") and event in RESPONSE_EVENTS:
        yield f"{place}: IncludeBody is for requests, {event} has none"
    if not _is_version(arn, resources):
        yield f"{place}: {arn!r} is not a numbered version in us-east-1 ($LATEST and aliases are refused)"


def _is_version(arn: Any, resources: Mapping[str, Resource]) -> bool:
    """Whether it names a version, or something that cannot be looked at here (a parameter, an import)."""
    if isinstance(arn, str):
        return _NUMBERED.fullmatch(arn) is not None
    kind = resources.get(_target(arn), {}).get("Type")
    return isinstance(arn, Mapping) and kind not in ("AWS::Lambda::Function", "AWS::Lambda::Alias")


def _function(name: str, resources: Mapping[str, Resource]) -> Iterator[str]:
    properties = resources[name].get("Properties", {})
    for key, what in FORBIDDEN.items():
        if properties.get(key):
            yield f"{name}.{key}: CloudFront takes no functions with {what}"
    if properties.get("Architectures", ["x86_64"]) != ["x86_64"]:
        yield f"{name}.Architectures: CloudFront runs x86_64 only"
    if properties.get("PackageType", "Zip") != "Zip":
        yield f"{name}.PackageType: CloudFront takes no container images"
    runtime = properties.get("Runtime", "")
    if isinstance(runtime, str) and not RUNTIME.fullmatch(runtime):
        yield f"{name}.Runtime: {runtime!r} is neither Python nor Node.js"
    if _number(properties.get("Timeout", 3)) > MAX_TIMEOUT_S:
        yield f"{name}.Timeout: CloudFront allows {MAX_TIMEOUT_S} s at most"
    if _number(properties.get("EphemeralStorage", {}).get("Size", 0)) > MAX_STORAGE_MB:
        yield f"{name}.EphemeralStorage: CloudFront allows {MAX_STORAGE_MB} MB at most"
    if properties.get("TracingConfig", {}).get("Mode") == "Active":
        yield f"{name}.TracingConfig: CloudFront takes no functions with X-Ray"
    yield from _role(name, properties.get("Role"), resources)


def _number(value: Any) -> float:
    return value if isinstance(value, int | float) else 0


def _role(function: str, role: Any, resources: Mapping[str, Resource]) -> Iterator[str]:
    name = _target(role)
    if name not in resources:
        return
    statements = resources[name].get("Properties", {}).get("AssumeRolePolicyDocument", {}).get("Statement", [])
    trusted = {service for each in statements for service in _services(each)}
    for service in TRUST["Statement"][0]["Principal"]["Service"]:
        if service not in trusted:
            yield f"{name}.AssumeRolePolicyDocument: {service} must be allowed to assume the role of {function}"


def _services(statement: Mapping[str, Any]) -> list[str]:
    services = statement.get("Principal", {}).get("Service", [])
    return [services] if isinstance(services, str) else list(services)


def _target(value: Any) -> str:
    """Return the resource that a reference leads to; empty: it is none."""
    if not isinstance(value, Mapping):
        return ""
    attribute = value.get("Fn::GetAtt", "")
    name = value.get("Ref") or (attribute.partition(".")[0] if isinstance(attribute, str) else attribute[0])
    return str(name)

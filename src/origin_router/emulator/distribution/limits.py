"""What a distribution may configure and the local edge does not emulate: one list, for the warnings at start and
for the reference page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from origin_router.emulator.distribution.node import Node

Condition = Callable[[Node], bool]


class Limit(NamedTuple):
    """One setting that has no effect here."""

    key: str
    """Its name in AWS's JSON."""
    what_happens: str
    """What the local edge does instead."""
    is_used: Condition


def _is_given(key: str) -> Condition:
    return lambda node: bool(node.value.get(key))


def _is_enabled(key: str) -> Condition:
    return lambda node: node.node(key).flag("Enabled")


def _has_items(key: str) -> Condition:
    return lambda node: bool(node.node(key).value.get("Items"))


def _has_trigger(*events: str) -> Condition:
    return lambda node: any(each.value.get("EventType") in events for each in node.nodes("LambdaFunctionAssociations"))


def _is_true(key: str) -> Condition:
    return lambda node: node.value.get(key) is True


def _is_one_of(key: str, *values: str) -> Condition:
    return lambda node: node.value.get(key) in values


def _inside(key: str, condition: Condition) -> Condition:
    return lambda node: condition(node.node(key))


DISTRIBUTION_LIMITS = (
    Limit("Enabled", "the distribution is disabled; here it serves", lambda node: node.value.get("Enabled") is False),
    Limit("WebACLId", "no request is blocked by a web ACL", _is_given("WebACLId")),
    Limit("Restrictions", "no country is blocked", lambda node: _restriction(node) != "none"),
    Limit("Logging", "the access log is written as JSON lines (--access-log)", _is_enabled("Logging")),
    Limit(
        "ContinuousDeploymentPolicyId",
        "nothing is sent to a staging distribution",
        _is_given("ContinuousDeploymentPolicyId"),
    ),
    Limit("Staging", "this is a staging distribution; here it takes every request", _is_true("Staging")),
    Limit("TenantConfig", "tenants and their parameters are not known", _is_given("TenantConfig")),
    Limit("ViewerMtlsConfig", "viewers are not asked for certificates", _is_given("ViewerMtlsConfig")),
    Limit(
        "ConnectionFunctionAssociation", "connection functions do not run", _is_given("ConnectionFunctionAssociation")
    ),
    Limit("CacheTagConfig", "objects have no tags, and are not invalidated by them", _is_given("CacheTagConfig")),
)

BEHAVIOR_LIMITS = (
    Limit(
        "LambdaFunctionAssociations",
        "functions on viewer triggers do not run",
        _has_trigger("viewer-request", "viewer-response"),
    ),
    Limit("FunctionAssociations", "CloudFront Functions do not run", _has_items("FunctionAssociations")),
    Limit("TrustedSigners", "signed URLs and cookies are not checked", _is_enabled("TrustedSigners")),
    Limit("TrustedKeyGroups", "signed URLs and cookies are not checked", _is_enabled("TrustedKeyGroups")),
    Limit("SmoothStreaming", "Smooth Streaming is not served", _is_true("SmoothStreaming")),
    Limit("FieldLevelEncryptionId", "no field is encrypted", _is_given("FieldLevelEncryptionId")),
    Limit("RealtimeLogConfigArn", "real-time logs are not sent", _is_given("RealtimeLogConfigArn")),
    Limit("ResponseHeadersPolicyId", "no response headers are added or removed", _is_given("ResponseHeadersPolicyId")),
    Limit("GrpcConfig", "gRPC is not spoken", _is_enabled("GrpcConfig")),
    Limit(
        "Compress",
        "responses are not compressed by the edge; compressed ones of the origin are passed on",
        _is_true("Compress"),
    ),
    Limit(
        "ViewerProtocolPolicy",
        "viewers use HTTP and count as having used HTTPS",
        _is_one_of("ViewerProtocolPolicy", "https-only", "redirect-to-https"),
    ),
)

ORIGIN_LIMITS = (
    Limit(
        "OriginShield",
        "there is no second layer of caching, and the function runs at the edge's Region",
        _is_enabled("OriginShield"),
    ),
    Limit(
        "OriginAccessControlId",
        "requests to the origin are not signed: it must answer without that",
        _is_given("OriginAccessControlId"),
    ),
    Limit(
        "S3OriginConfig.OriginAccessIdentity",
        "requests to the bucket are not signed: it must be readable without that",
        _inside("S3OriginConfig", _is_given("OriginAccessIdentity")),
    ),
    Limit(
        "CustomOriginConfig.OriginProtocolPolicy",
        "with match-viewer the origin is asked by HTTPS: every viewer counts as one that came by it",
        _inside("CustomOriginConfig", _is_one_of("OriginProtocolPolicy", "match-viewer")),
    ),
    Limit(
        "CustomOriginConfig.OriginMtlsConfig",
        "client certificates are not sent (and CloudFront runs no function on the origin's side there)",
        _inside("CustomOriginConfig", _is_given("OriginMtlsConfig")),
    ),
    Limit(
        "CustomOriginConfig.IpAddressType",
        "the origin is asked by IPv4",
        _inside("CustomOriginConfig", _is_one_of("IpAddressType", "ipv6", "dualstack")),
    ),
)

GROUP_LIMITS = (
    Limit(
        "SelectionCriteria",
        "media quality is not scored: the primary is always first",
        _is_one_of("SelectionCriteria", "media-quality-based"),
    ),
)

GENERAL_LIMITS = (
    ("Viewers", "speak HTTP/1.1 without TLS; each counts as having used HTTPS. WebSockets are answered and closed."),
    (
        "Regional caches",
        "there is one cache per edge and no second layer behind it, so a miss asks the origin at once.",
    ),
    (
        "CloudFront-* headers",
        "none is made up. What a viewer sends under such a name is taken for what CloudFront would "
        "have found out, where a policy lists the header: `curl -H 'CloudFront-Viewer-Country: DE'`.",
    ),
    ("HTTP/2, HTTP/3, IPv6", "are not spoken, neither to viewers nor to origins."),
    ("Names of the viewer's", "are not compared with the distribution's aliases: whatever Host says is served."),
    (
        "VPC origins",
        "are refused at start: they cannot be reached from here, and run no function on the origin's side.",
    ),
    ("Invalidations", "are not known: end the local edge and start it again, and its cache is empty."),
    ("Body of a request", "an OPTIONS request with a body is not tried at a group's second origin."),
    ("Several functions", "one function runs on all triggers of the origin's side."),
    (
        "Second attempt",
        "AWS does not say which request the function gets for a group's second origin: "
        "`--second-attempt` chooses. Origin-response runs for the failed first response too, and failover is decided "
        "by the origin's own status, before the function may have changed it.",
    ),
    (
        "Objects that are never fresh",
        "(lifetime 0) are not kept, unless they say themselves that they may be served stale: "
        "so they are neither confirmed by 304 nor shown in place of an error.",
    ),
    ("Objects over 8 MB", "are passed on and not kept; all kept objects together have 64 MB."),
    (
        "Equal requests",
        "wait for the first one up to a second after its response has begun, and then ask for themselves; "
        "CloudFront sends it to all of them as it comes.",
    ),
    ("A response that stops midway", "is not asked for again: the viewer's connection is closed."),
    ("What is no HTTP at all", "and lines of more than 64 KB, are answered with a bare 400."),
    (
        "Environments",
        "there are 50 per edge at most (`--environments`), each takes 10 invocations per second "
        "(`--environment-rate`); both limits are Lambda's throttling here. All share "
        "this machine, so they start in turns, two to a processor; one that takes longer than a second lets the next "
        "begin, and INIT's 10 s count from when its process runs. Memory and CPU share are enforced with "
        "`--enforce-memory`, where control groups are writable; what is not is told at start.",
    ),
    (
        "The function's machine",
        "is this one: its files, also /tmp (which Lambda limits to 512 MB and shares with no other environment), its "
        "network, its limits of open files and threads. boto3 is there if it is installed here. Lambda's metadata "
        "endpoint is not; AWS does not say whether it is at the edge.",
    ),
    (
        "Access log",
        "is JSON lines. `sc-bytes` counts the body only; c-port, cs-bytes, cs-protocol and the fields about TLS and "
        "field-level encryption are missing, `lambda-ms` is added.",
    ),
    (
        "Log groups",
        "have what the function writes and what ended it. Lambda's own records (START, END, REPORT) are not "
        "written, the format is always JSON, no log group has a name of its own, and nothing is throttled.",
    ),
    ("Extensions", "internal ones can register; external ones come in layers, which Lambda@Edge has not."),
    ("Failures of the function", "are not kept in the cache, and no origin group fails over because of them."),
    (
        "The network",
        "through a relay, connecting takes no time, and lost packets are only late. As root, `--links packets` makes "
        "links of real packets, where neither holds: see [real packets](../how-to/real-packets.md).",
    ),
)
"""What is different whatever a distribution configures: topic, and what happens here."""


def note_limits(config: Node) -> None:
    """Warn about every setting that is used and not emulated; what many behaviors share is told once."""
    _note([config], DISTRIBUTION_LIMITS)
    _note([config.node("DefaultCacheBehavior"), *config.nodes("CacheBehaviors")], BEHAVIOR_LIMITS)
    _note(config.nodes("Origins"), ORIGIN_LIMITS)
    _note(config.nodes("OriginGroups"), GROUP_LIMITS)
    arns = sorted(set(_function_arns(config)))
    if len(arns) > 1:
        config.warning(
            "LambdaFunctionAssociations", f"one function runs in place of all {len(arns)}: {', '.join(arns)}"
        )


def _note(nodes: list[Node], limits: tuple[Limit, ...]) -> None:
    for limit in limits:
        using = [node for node in nodes if limit.is_used(node)]
        if using:
            more = f" (and in {len(using) - 1} more)" if len(using) > 1 else ""
            using[0].warning(limit.key, f"is not emulated: {limit.what_happens}{more}")


def _restriction(config: Node) -> str:
    return config.node("Restrictions").node("GeoRestriction").text("RestrictionType", "none")


def _function_arns(config: Node) -> Iterator[str]:
    for node in [config.node("DefaultCacheBehavior"), *config.nodes("CacheBehaviors")]:
        for association in node.nodes("LambdaFunctionAssociations"):
            if association.value.get("EventType") in ("origin-request", "origin-response"):
                yield str(association.value.get("LambdaFunctionARN"))

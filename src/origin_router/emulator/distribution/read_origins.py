"""Origins and origin groups of a distribution's JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from origin_router.emulator.distribution.model import OriginGroup
from origin_router.emulator.distribution.node import Node
from origin_router.emulator.header_rules import is_denied_as_custom
from origin_router.emulator.names import is_domain_name
from origin_router.emulator.placeholder import Connection, CustomPlaceholder, Placeholder, S3Placeholder
from origin_router.emulator.validation_headers import Invalid
from origin_router.emulator.validation_origin import CONFIGURATION, checked_origin

CRITERIA = frozenset({400, 403, 404, 416, 429, 500, 502, 503, 504})
"""Status codes that an origin group may fail over at (CloudFront guide)."""

SSL_PROTOCOLS = ("SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2")
FIRST_FREE_PORT = 1_024
"""Besides 80 and 443, origins may have ports from here on (CloudFront guide)."""
HIGHEST_TIMEOUT_S = 100_000
"""Quotas can be raised; CloudFront has checked the value already."""

DEFAULT_ATTEMPTS = 3
DEFAULT_CONNECTION_TIMEOUT_S = 10
DEFAULT_READ_TIMEOUT_S = 30
DEFAULT_KEEPALIVE_TIMEOUT_S = 5
"""CloudFront's defaults (CloudFront guide)."""

_BUCKET = re.compile(r".+\.s3[.-](?:dualstack\.)?(?P<region>[a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com(?:\.cn)?")


def read_origins(config: Node) -> dict[str, Placeholder]:
    """Return the origins by their ids."""
    origins: dict[str, Placeholder] = {}
    for node in config.nodes("Origins"):
        id_ = node.text("Id")
        if id_ in origins:
            node.mistake("Id", f"there are two origins {id_!r}")
        origin = _origin(node)
        if origin is not None:
            origins[id_] = replace(origin, id=id_)
    if not origins and not config.notes.mistakes:
        config.mistake("Origins", "there is no origin")
    return origins


def read_groups(config: Node, origins: Mapping[str, Placeholder]) -> dict[str, OriginGroup]:
    """Return the origin groups by their ids."""
    groups: dict[str, OriginGroup] = {}
    for node in config.nodes("OriginGroups"):
        members = [origins.get(member.text("OriginId")) for member in node.nodes("Members")]
        for member, found in zip(node.nodes("Members"), members, strict=True):
            if found is None:
                member.mistake("OriginId", f"there is no origin {member.value.get('OriginId')!r}")
        criteria = node.node("FailoverCriteria")
        statuses = frozenset(criteria.numbers("StatusCodes"))
        if statuses - CRITERIA:
            criteria.mistake("StatusCodes", f"has {sorted(statuses - CRITERIA)}; allowed: {sorted(CRITERIA)}")
        match members:
            case [None, _] | [_, None]:
                pass  # told above
            case [primary, secondary] if primary is not None and secondary is not None:
                groups[node.text("Id")] = OriginGroup(primary=primary, secondary=secondary, criteria=statuses)
            case _:
                node.mistake("Members", f"there must be 2 members, not {len(members)}")
    return groups


def _origin(node: Node) -> Placeholder | None:
    if "VpcOriginConfig" in node:
        node.mistake("VpcOriginConfig", "VPC origins cannot be reached from here, nor by Lambda@Edge triggers")
        return None
    if ("CustomOriginConfig" in node) == ("S3OriginConfig" in node):
        node.mistake("", "must have either CustomOriginConfig or S3OriginConfig")
        return None
    mistakes = len(node.notes.mistakes)
    origin = _custom(node) if "CustomOriginConfig" in node else _s3(node)
    if len(node.notes.mistakes) == mistakes:
        _check_as_function_would_return_it(node, origin)
    return origin


def _check_as_function_would_return_it(node: Node, origin: Placeholder) -> None:
    """A function that changes nothing hands the origin back, so its limits hold for what is configured too."""
    event = origin.as_event()
    try:
        checked_origin(event, event, {})
    except Invalid as invalid:
        node.mistake("", f"{invalid.message.removeprefix(CONFIGURATION).lstrip(': ')} {invalid.detail}")


def _custom(node: Node) -> CustomPlaceholder:
    custom = node.node("CustomOriginConfig")
    policy = custom.text("OriginProtocolPolicy", choices=("http-only", "https-only", "match-viewer"))
    ports = {"http": _port(custom, "HTTPPort"), "https": _port(custom, "HTTPSPort")}
    protocol = "http" if policy == "http-only" else "https"
    protocols = tuple(custom.texts("OriginSslProtocols")) or ("TLSv1.2",)
    for unknown in set(protocols) - set(SSL_PROTOCOLS):
        custom.mistake("OriginSslProtocols", f"has {unknown!r}; allowed: {', '.join(SSL_PROTOCOLS)}")
    return CustomPlaceholder(
        domain=_domain(node),
        port=ports[protocol],
        protocol=protocol,
        path=_path(node),
        read_timeout_s=custom.number("OriginReadTimeout", DEFAULT_READ_TIMEOUT_S, 1, HIGHEST_TIMEOUT_S),
        keepalive_timeout_s=custom.number("OriginKeepaliveTimeout", DEFAULT_KEEPALIVE_TIMEOUT_S, 1, HIGHEST_TIMEOUT_S),
        completion_timeout_s=_completion(node),
        ssl_protocols=protocols,
        custom_headers=_custom_headers(node),
        connection=_connection(node),
    )


def _s3(node: Node) -> S3Placeholder:
    s3 = node.node("S3OriginConfig")
    domain = _domain(node)
    bucket = _BUCKET.fullmatch(domain)
    identity = s3.text("OriginAccessIdentity", "")
    return S3Placeholder(
        domain=domain,
        region=bucket["region"] if bucket else "us-east-1",
        path=_path(node),
        auth_method="origin-access-identity" if identity else "none",
        read_timeout_s=s3.number("OriginReadTimeout", DEFAULT_READ_TIMEOUT_S, 1, HIGHEST_TIMEOUT_S),
        completion_timeout_s=_completion(node),
        custom_headers=_custom_headers(node),
        connection=_connection(node),
    )


def _domain(node: Node) -> str:
    domain = node.text("DomainName")
    if domain and not is_domain_name(domain):
        node.mistake("DomainName", f"is {domain!r}; it must be a DNS name (--resolve gives an address to a name)")
    return domain


def _port(node: Node, key: str) -> int:
    port = node.number(key, None, 1, 65_535)
    if port not in (80, 443) and 1 < port < FIRST_FREE_PORT:
        node.mistake(key, f"is {port}; allowed: 80, 443, {FIRST_FREE_PORT} to 65535")
    return port


def _path(node: Node) -> str:
    path = node.text("OriginPath", "")
    if path and (not path.startswith("/") or path.endswith("/")):
        node.mistake("OriginPath", f"is {path!r}; it begins with / and does not end with one")
    return path


def _completion(node: Node) -> int | None:
    return node.number("ResponseCompletionTimeout", 0, 0, HIGHEST_TIMEOUT_S) or None


def _connection(node: Node) -> Connection:
    return Connection(
        timeout_s=node.number("ConnectionTimeout", DEFAULT_CONNECTION_TIMEOUT_S, 1, 10),
        attempts=node.number("ConnectionAttempts", DEFAULT_ATTEMPTS, 1, 3),
    )


def _custom_headers(node: Node) -> dict[str, str]:
    headers: dict[str, str] = {}
    for header in node.nodes("CustomHeaders"):
        name = header.text("HeaderName")
        if is_denied_as_custom(name.lower()):
            header.mistake("HeaderName", f"{name} may not be a custom header")
        headers[name] = header.text("HeaderValue", "")
    return headers

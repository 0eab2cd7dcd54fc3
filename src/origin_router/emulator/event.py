"""From a viewer's request to the events that the function receives (aws-facts 2.1).

Headers are those that CloudFront forwards with its managed origin request policy
AllViewerExceptHostHeader, or AllViewer where the viewer's Host is wanted: all that the viewer sent,
without those that functions never see, and with CloudFront's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from origin_router.emulator.header_rules import capitalized, is_disallowed
from origin_router.emulator.placeholder import Placeholder

DISTRIBUTION_DOMAIN = "d111111abcdef8.cloudfront.net"
DISTRIBUTION_ID = "EDFDVBD6EXAMPLE"
"""The names that AWS's documentation uses for a distribution that does not exist."""

EventHeaders = dict[str, list[dict[str, str]]]

_NOT_FORWARDED = frozenset({"accept-encoding", "host", "te", "user-agent", "via", "x-forwarded-for"})
"""Made anew below, or, for `te`, about the viewer's connection only."""

_ENCODING = re.compile(r"\s*([\w*-]+)\s*(?:;\s*q\s*=\s*([0-9.]+)\s*)?")


@dataclass(frozen=True, slots=True)
class ViewerRequest:
    """What a viewer asked for. `uri` is the path as it came, still percent-encoded."""

    method: str
    uri: str
    querystring: str
    headers: tuple[tuple[str, str], ...]
    client_ip: str
    http_version: str = "1.1"


def build_event(
    viewer: ViewerRequest, placeholder: Placeholder, *, request_id: str, via: str, forward_host: bool
) -> dict[str, Any]:
    """The whole event. `via` is this edge's name in Via headers."""
    request = {
        "clientIp": viewer.client_ip,
        "headers": _headers(viewer, placeholder, via, forward_host=forward_host),
        "method": viewer.method,
        "origin": placeholder.as_event(),
        "querystring": viewer.querystring,
        "uri": viewer.uri,
    }
    config = {
        "distributionDomainName": DISTRIBUTION_DOMAIN,
        "distributionId": DISTRIBUTION_ID,
        "eventType": "origin-request",
        "requestId": request_id,
    }
    return {"Records": [{"cf": {"config": config, "request": request}}]}


def second_event(event: dict[str, Any], request: dict[str, Any], placeholder: Placeholder) -> dict[str, Any]:
    """The event of a second attempt with the request that the function returned for the first."""
    config = event["Records"][0]["cf"]["config"]
    return {"Records": [{"cf": {"config": config, "request": request | {"origin": placeholder.as_event()}}}]}


def response_event(event: dict[str, Any], request: dict[str, Any], response: dict[str, Any]) -> dict[str, Any]:
    """The origin-response event that follows an origin-request event, with the request that was sent."""
    config = event["Records"][0]["cf"]["config"] | {"eventType": "origin-response"}
    return {"Records": [{"cf": {"config": config, "request": request, "response": response}}]}


def response_object(status: int, reason: str, headers: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """An origin's response as the event has it: without its body, and without what functions never see."""
    shown: EventHeaders = {}
    for key, value in headers:
        name = key.lower()
        if not is_disallowed(name):
            shown.setdefault(name, []).append({"key": key, "value": value})
    return {"status": str(status), "statusDescription": reason, "headers": shown}


def normalized_encodings(accepted: str | None) -> str:
    """What CloudFront makes of Accept-Encoding where it caches compressed objects: `br,gzip`, one of them, or none."""
    wanted = set()
    for part in (accepted or "").split(","):
        match = _ENCODING.fullmatch(part)
        if match and (match[2] is None or match[2].strip("0.") != ""):
            wanted.add(match[1].lower())
    return ",".join(name for name in ("br", "gzip") if name in wanted)


def _headers(viewer: ViewerRequest, placeholder: Placeholder, via: str, *, forward_host: bool) -> EventHeaders:
    headers: EventHeaders = {}
    came: dict[str, str] = {}
    for key, value in viewer.headers:
        name = key.lower()
        if name in _NOT_FORWARDED:
            came[name] = f"{came[name]}, {value}" if name in came else value
        elif not is_disallowed(name):
            headers.setdefault(name, []).append({"key": key, "value": value})
    own = {
        "x-forwarded-for": _appended(came.get("x-forwarded-for"), viewer.client_ip),
        "user-agent": came.get("user-agent", "Amazon CloudFront"),
        "via": _appended(came.get("via"), f"{viewer.http_version} {via} (CloudFront)"),
        "host": came.get("host", placeholder.domain) if forward_host else placeholder.domain,
        "accept-encoding": normalized_encodings(came.get("accept-encoding")),
    }
    for name, value in own.items():
        if value:
            headers[name] = [{"key": capitalized(name), "value": value}]
    return headers


def _appended(before: str | None, value: str) -> str:
    return f"{before}, {value}" if before else value

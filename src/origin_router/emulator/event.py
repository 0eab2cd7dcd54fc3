"""From a viewer's request to the events that the function receives (CloudFront guide)."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any

from origin_router.emulator.distribution.model import Behavior, Distribution
from origin_router.emulator.forwarding import (
    EventHeaders,
    ViewerRequest,
    forwarded_headers,
    forwarded_query,
    shows_query,
)
from origin_router.emulator.header_rules import is_disallowed
from origin_router.emulator.placeholder import Placeholder


def build_event(
    viewer: ViewerRequest,
    distribution: Distribution,
    behavior: Behavior,
    placeholder: Placeholder,
    *,
    request_id: str,
    via: str,
) -> dict[str, Any]:
    """The whole origin-request event. `via` is this edge's name in Via headers."""
    request = {
        "clientIp": viewer.client_ip,
        "headers": forwarded_headers(viewer, behavior, placeholder, via),
        "method": viewer.method,
        "origin": placeholder.as_event(),
        "querystring": forwarded_query(viewer.querystring, behavior) if shows_query(behavior) else "",
        "uri": viewer.uri,
    }
    config = {
        "distributionDomainName": distribution.domain,
        "distributionId": distribution.id,
        "eventType": "origin-request",
        "requestId": request_id,
    }
    return {"Records": [{"cf": {"config": config, "request": request}}]}


def second_event(event: dict[str, Any], request: dict[str, Any], placeholder: Placeholder) -> dict[str, Any]:
    """The event of a second attempt with the request that the function returned for the first."""
    config = event["Records"][0]["cf"]["config"]
    return {"Records": [{"cf": {"config": config, "request": request | {"origin": placeholder.as_event()}}}]}


def body_object(shown: bytes, *, is_cut: bool) -> dict[str, Any]:
    """The viewer's body, always in base64 (CloudFront guide)."""
    data = base64.b64encode(shown).decode("ascii")
    return {"action": "read-only", "data": data, "encoding": "base64", "inputTruncated": is_cut}


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

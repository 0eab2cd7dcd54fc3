"""CloudFront's dict in, CloudFront's dict out."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from origin_router.edge.event import EventRequest, Rewriter
from origin_router.edge.feedback import ATTEMPT_HEADER
from origin_router.routing.model import Decision, Reason
from tests.support.cloudfront import custom_event, s3_event
from tests.support.edge import config, origin, ref

NAMED_BY_AWS = {
    "customHeaders",
    "domainName",
    "keepaliveTimeout",
    "path",
    "port",
    "protocol",
    "readTimeout",
    "sslProtocols",
}
"""What AWS' samples give a custom origin; responseCompletionTimeout may be left out."""


def rewritten(event: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """The request of an event, directed to an origin with these fields; through JSON, as the runtime sends it."""
    routed = config(origin("eu", **fields))
    request = event["Records"][0]["cf"]["request"]
    result = Rewriter(routed).rewrite(request, Decision(ref("eu"), Reason.ONLY_ORIGIN))
    returned: dict[str, Any] = json.loads(json.dumps(result))
    return returned


def with_custom_headers(event: dict[str, Any], *names: str) -> dict[str, Any]:
    """Give the placeholder custom headers."""
    for fields in event["Records"][0]["cf"]["request"]["origin"].values():
        fields["customHeaders"] = {name: [{"key": name.title(), "value": "ours"}] for name in names}
    return event


@pytest.mark.parametrize(
    "event",
    [with_custom_headers(custom_event(), ATTEMPT_HEADER), with_custom_headers(s3_event())],
    ids=["custom", "s3"],
)
def test_any_placeholder_becomes_our_origin(event: dict[str, Any]) -> None:
    """Exactly one kind of origin, all its fields, without our own header; the rest stays as it came."""
    before = copy.deepcopy(event["Records"][0]["cf"]["request"])
    result = rewritten(
        event,
        port=8443,
        path="/v1",
        response_timeout_s=12,
        keepalive_timeout_s=7,
    )

    assert result["origin"] == {
        "custom": {
            "customHeaders": {},
            "domainName": "eu.test",
            "keepaliveTimeout": 7,
            "path": "/v1",
            "port": 8443,
            "protocol": "https",
            "readTimeout": 12,
            "sslProtocols": ["TLSv1.2"],
        }
    }
    assert set(result["origin"]["custom"]) == NAMED_BY_AWS
    assert result["headers"] == before["headers"] | {"host": [{"key": "Host", "value": "eu.test"}]}
    assert {key: value for key, value in result.items() if key not in ("headers", "origin")} == {
        key: value for key, value in before.items() if key not in ("headers", "origin")
    }


@pytest.mark.parametrize("make_event", [custom_event, s3_event])
def test_what_origins_know_cloudfront_by_is_passed_on(make_event: Callable[[], dict[str, Any]]) -> None:
    """Not our own header; and a viewer cannot put in one of the same name, which would be a 502, too."""
    event = with_custom_headers(make_event(), ATTEMPT_HEADER, "x-origin-verify")
    event["Records"][0]["cf"]["request"]["headers"]["x-origin-verify"] = [{"key": "X-Origin-Verify", "value": "forged"}]
    result = rewritten(event)

    assert result["origin"]["custom"]["customHeaders"] == {
        "x-origin-verify": [{"key": "X-Origin-Verify", "value": "ours"}]
    }
    assert "x-origin-verify" not in result["headers"]


@pytest.mark.parametrize(
    ("host_header", "expected"),
    [("origin", "eu.test"), ("viewer", "origin.example.com"), ("www.example.com", "www.example.com")],
)
def test_the_host_header(host_header: str, expected: str) -> None:
    """The origin's own name, left as it came, or a literal one."""
    assert rewritten(custom_event(), host_header=host_header)["headers"]["host"][0]["value"] == expected


def test_plain_http() -> None:
    """The protocol is the origin's."""
    assert rewritten(custom_event(), protocol="http", port=80)["origin"]["custom"]["protocol"] == "http"


def test_what_steering_sees_of_a_request() -> None:
    """Method, path, and a header when a rule asks for it."""
    steered = EventRequest(custom_event(uri="/a%20b", method="PUT")["Records"][0]["cf"]["request"])

    assert (steered.method, steered.uri) == ("PUT", "/a%20b")
    assert steered.header("user-agent") == "Amazon CloudFront"
    assert steered.header("x-absent") is None

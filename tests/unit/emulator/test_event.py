"""The event that a function receives, against the shapes of CloudFront guide."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from origin_router.emulator.distribution.model import BY_ORIGIN_AND_HOST, Behavior, Distribution
from origin_router.emulator.event import build_event
from origin_router.emulator.forwarding import ViewerRequest, normalized_encodings
from origin_router.emulator.placeholder import CustomPlaceholder, Placeholder, S3Placeholder

CUSTOM = CustomPlaceholder(domain="placeholder.example.com", custom_headers={"X-Attempt": "1"})
VIA = "abc.cloudfront.net"


def event_of(viewer: ViewerRequest, placeholder: Placeholder, *, forward_host: bool = False) -> dict[str, Any]:
    """The event that a distribution with one origin makes of a request."""
    behavior = Behavior(target=placeholder)
    if forward_host:
        behavior = replace(behavior, cache=BY_ORIGIN_AND_HOST)
    distribution = Distribution(behaviors=(behavior,))
    return build_event(viewer, distribution, behavior, placeholder, request_id="id==", via=VIA)


def event_headers(
    *headers: tuple[str, str], placeholder: Placeholder = CUSTOM, forward_host: bool = False
) -> dict[str, list[dict[str, str]]]:
    viewer = ViewerRequest("GET", "/a%20b", "q=%41", headers, "192.0.2.7")
    event = event_of(viewer, placeholder, forward_host=forward_host)
    found: dict[str, list[dict[str, str]]] = event["Records"][0]["cf"]["request"]["headers"]
    return found


def test_the_whole_event_with_a_custom_origin() -> None:
    """Field by field."""
    viewer = ViewerRequest("GET", "/a%20b", "q=%41", (("Host", "shop.example.com"),), "192.0.2.7", "2.0")

    assert event_of(viewer, CUSTOM) == {
        "Records": [
            {
                "cf": {
                    "config": {
                        "distributionDomainName": "d111111abcdef8.cloudfront.net",
                        "distributionId": "EDFDVBD6EXAMPLE",
                        "eventType": "origin-request",
                        "requestId": "id==",
                    },
                    "request": {
                        "clientIp": "192.0.2.7",
                        "headers": {
                            "host": [{"key": "Host", "value": "placeholder.example.com"}],
                            "user-agent": [{"key": "User-Agent", "value": "Amazon CloudFront"}],
                            "via": [{"key": "Via", "value": "2.0 abc.cloudfront.net (CloudFront)"}],
                            "x-forwarded-for": [{"key": "X-Forwarded-For", "value": "192.0.2.7"}],
                        },
                        "method": "GET",
                        "origin": {
                            "custom": {
                                "customHeaders": {"x-attempt": [{"key": "X-Attempt", "value": "1"}]},
                                "domainName": "placeholder.example.com",
                                "keepaliveTimeout": 5,
                                "path": "",
                                "port": 443,
                                "protocol": "https",
                                "readTimeout": 30,
                                "sslProtocols": ["TLSv1.2"],
                            }
                        },
                        "querystring": "q=%41",
                        "uri": "/a%20b",
                    },
                }
            }
        ]
    }


def test_an_s3_origin() -> None:
    """Its own fields, and the bucket as Host."""
    placeholder = S3Placeholder(domain="bucket.s3.eu-west-1.amazonaws.com", region="eu-west-1")
    viewer = ViewerRequest("GET", "/", "", (), "192.0.2.7")
    event = event_of(viewer, placeholder)
    request = event["Records"][0]["cf"]["request"]

    assert request["origin"] == {
        "s3": {
            "authMethod": "none",
            "customHeaders": {},
            "domainName": "bucket.s3.eu-west-1.amazonaws.com",
            "path": "",
            "readTimeout": 30,
            "region": "eu-west-1",
        }
    }
    assert request["headers"]["host"][0]["value"] == "bucket.s3.eu-west-1.amazonaws.com"


def test_viewer_headers_keep_their_spelling_and_number() -> None:
    """Lower-case keys, the viewer's spelling inside, one element per line."""
    headers = event_headers(("X-oWn", "1"), ("x-own", "2"))

    assert headers["x-own"] == [{"key": "X-oWn", "value": "1"}, {"key": "x-own", "value": "2"}]


@pytest.mark.parametrize(
    "name", ["Connection", "Expect", "X-Real-IP", "X-Amz-Cf-Id", "X-Edge-Test", "X-Forwarded-Proto", "X-Cache", "TE"]
)
def test_hidden_headers(name: str) -> None:
    """Functions do not see them."""
    assert name.lower() not in event_headers((name, "x"))


def test_headers_that_cloudfront_makes() -> None:
    """The viewer's address is appended, Via grows, the viewer's user agent stays, encodings are normalized."""
    headers = event_headers(
        ("X-Forwarded-For", "198.51.100.1"), ("Via", "1.1 proxy"), ("User-Agent", "curl"), ("Accept-Encoding", "*, br")
    )

    values = {name: entry[0]["value"] for name, entry in headers.items()}
    assert values == {
        "x-forwarded-for": "198.51.100.1, 192.0.2.7",
        "user-agent": "curl",
        "via": "1.1 proxy, 1.1 abc.cloudfront.net (CloudFront)",
        "host": "placeholder.example.com",
        "accept-encoding": "br",
    }


def test_the_viewers_host() -> None:
    """Only where it is forwarded."""
    host = ("Host", "shop.example.com")

    assert event_headers(host)["host"][0]["value"] == "placeholder.example.com"
    assert event_headers(host, forward_host=True)["host"][0]["value"] == "shop.example.com"


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        (None, ""),
        ("", ""),
        ("gzip", "gzip"),
        ("deflate, gzip;q=1.0, *;q=0.5", "gzip"),
        ("gzip, deflate, br, zstd", "br,gzip"),
        ("br;q=0, gzip;q=0.000", ""),
        ("GZIP ; q=0.3", "gzip"),
        ("identity", ""),
        ("gzip;q=nonsense", ""),
    ],
)
def test_encodings(accepted: str | None, expected: str) -> None:
    """Those that CloudFront caches, in one spelling; refused ones (q=0) are not wanted."""
    assert normalized_encodings(accepted) == expected

"""Which headers functions may see, change and add: CloudFront's lists (CloudFront guide). Names are lower case."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

DISALLOWED = frozenset(
    {
        "client-cert",
        "client-cert-chain",
        "cloudfront-viewer-cert-pem",
        "connection",
        "expect",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "trailer",
        "upgrade",
        "x-accel-buffering",
        "x-accel-charset",
        "x-accel-limit-rate",
        "x-accel-redirect",
        "x-amzn-auth",
        "x-amzn-cf-billing",
        "x-amzn-cf-id",
        "x-amzn-cf-xff",
        "x-amzn-errortype",
        "x-amzn-fle-profile",
        "x-amzn-header-count",
        "x-amzn-header-order",
        "x-amzn-lambda-integration-tag",
        "x-amzn-requestid",
        "x-cache",
        "x-forwarded-proto",
        "x-real-ip",
    }
)
"""Hidden from functions; adding one is an error."""

DISALLOWED_PREFIXES = ("x-amz-cf-", "x-edge-")

READ_ONLY_IN_REQUEST = (
    "accept-encoding",
    "cdn-loop",
    "content-length",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "transfer-encoding",
    "via",
)
"""At origin-request a function may read these and must hand them back unchanged."""

READ_ONLY_IN_RESPONSE = ("transfer-encoding", "via")
"""A generated response may not contain these."""

CUSTOM_DENIED = frozenset(
    {
        "cache-control",
        "connection",
        "content-length",
        "cookie",
        "host",
        "max-forwards",
        "pragma",
        "range",
        "request-range",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "via",
        "x-real-ip",
    }
)
"""May not be custom headers of an origin."""

CUSTOM_DENIED_PREFIXES = ("if-", "proxy-", "x-amz-", "x-edge-")

HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""Concern one connection only (RFC 9110 section 7.6.1) and are not passed on."""

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_BAD_IN_VALUE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


@lru_cache(maxsize=1_024)
def is_disallowed(name: str) -> bool:
    """Whether functions neither see nor may add this header."""
    return name in DISALLOWED or name.startswith(DISALLOWED_PREFIXES)


def is_denied_as_custom(name: str) -> bool:
    """Whether this header may not be a custom header of an origin."""
    return name in CUSTOM_DENIED or name.startswith(CUSTOM_DENIED_PREFIXES)


@lru_cache(maxsize=1_024)
def is_header_name(name: str) -> bool:
    """Whether HTTP allows this as the name of a header."""
    return _TOKEN.fullmatch(name) is not None


def is_header_value(value: str) -> bool:
    """Whether HTTP allows this as the value of a header: no control characters, in particular no line breaks."""
    return _BAD_IN_VALUE.search(value) is None


@lru_cache(maxsize=1_024)
def capitalized(name: str) -> str:
    """The usual spelling of a lower-case name, as CloudFront fills it in where `key` is missing."""
    return "-".join(part.capitalize() for part in name.split("-"))


def joined(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Headers by lower-case name; what came more than once is joined as HTTP allows."""
    by_name: dict[str, str] = {}
    for key, value in headers:
        name = key.lower()
        by_name[name] = f"{by_name[name]}, {value}" if name in by_name else value
    return by_name

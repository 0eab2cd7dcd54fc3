"""What a behavior lets through, in the three ways that CloudFront has to say it."""

from __future__ import annotations

from typing import Any

import pytest

from origin_router.aws.forwarding import forwarding
from tests.support.distribution_parts import listed


def cache(headers: Any = None, cookies: str = "none", query: str = "none") -> dict[str, Any]:
    """A cache policy."""
    return {
        "ParametersInCacheKeyAndForwardedToOrigin": {
            "HeadersConfig": {"HeaderBehavior": "whitelist", "Headers": headers}
            if headers
            else {"HeaderBehavior": "none"},
            "CookiesConfig": {"CookieBehavior": cookies, "Cookies": listed("sid")},
            "QueryStringsConfig": {"QueryStringBehavior": query},
        }
    }


def request(headers: str, names: Any = None) -> dict[str, Any]:
    """An origin request policy."""
    return {"HeadersConfig": {"HeaderBehavior": headers, **({"Headers": names} if names else {})}}


BOTH = {"CachePolicyId": "c", "OriginRequestPolicyId": "r"}


@pytest.mark.parametrize(
    ("behavior", "policies", "header", "is_seen"),
    [
        (BOTH, {"c": cache(), "r": request("none")}, "x", False),
        (BOTH, {"c": cache(listed("X")), "r": request("none")}, "x", True),
        (BOTH, {"c": cache(), "r": request("whitelist", listed("X"))}, "x", True),
        (BOTH, {"c": cache(), "r": request("allViewer")}, "host", True),
        (BOTH, {"c": cache(), "r": request("allViewerAndWhitelistCloudFront", listed("CloudFront-X"))}, "x", True),
        (BOTH, {"c": cache(), "r": request("allExcept", listed("Host"))}, "host", False),
        (BOTH, {"c": cache(), "r": request("allExcept", listed("Host"))}, "x", True),
        ({"CachePolicyId": "c"}, {"c": cache()}, "x", False),
        ({"ForwardedValues": {"Headers": listed("*")}}, {}, "host", True),
        ({"ForwardedValues": {"Headers": listed("X")}}, {}, "x", True),
        ({"ForwardedValues": {}}, {}, "x", False),
        ({}, {}, "x", False),
    ],
)
def test_headers(behavior: dict[str, Any], policies: dict[str, Any], header: str, is_seen: bool) -> None:
    """What is in the cache key is forwarded as well."""
    assert forwarding(behavior, policies).has_header(header) is is_seen


@pytest.mark.parametrize(
    ("cookies", "is_seen"), [("none", False), ("all", True), ("whitelist", True), ("allExcept", False)]
)
def test_cookies(cookies: str, is_seen: bool) -> None:
    """`sid` is the one that is listed."""
    assert forwarding({"CachePolicyId": "c"}, {"c": cache(cookies=cookies)}).has_cookie("sid") is is_seen


@pytest.mark.parametrize(
    ("behavior", "is_seen"),
    [
        ({"CachePolicyId": "all"}, True),
        ({"CachePolicyId": "some"}, False),
        ({"ForwardedValues": {"QueryString": True}}, True),
        ({"ForwardedValues": {"QueryString": True, "QueryStringCacheKeys": listed("v")}}, False),
        ({"ForwardedValues": {"QueryString": False}}, False),
    ],
)
def test_the_query_string_is_seen_only_whole(behavior: dict[str, Any], is_seen: bool) -> None:
    """CloudFront shows a function at the origin nothing of it otherwise."""
    policies = {"all": cache(query="all"), "some": cache(query="whitelist")}

    assert forwarding(behavior, policies).has_query is is_seen


def test_host_is_cached_where_it_is_in_the_key() -> None:
    """Forwarding it alone does not split the cache."""
    assert forwarding(BOTH, {"c": cache(listed("Host")), "r": request("none")}).is_host_cached
    assert not forwarding(BOTH, {"c": cache(), "r": request("allViewer")}).is_host_cached
    assert forwarding({"ForwardedValues": {"Headers": listed("host")}}, {}).is_host_cached

"""What of a viewer's request a behavior lets through to the function and the origin.

A cache policy (what is in the cache key is also forwarded), an origin request policy, or
the older ForwardedValues say so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from origin_router.aws.document import items

ALL_VIEWER = ("allViewer", "allViewerAndWhitelistCloudFront")


@dataclass(frozen=True)
class Names:
    """A set of names, or all names but some."""

    names: frozenset[str] = frozenset()
    is_all_but: bool = False

    def __contains__(self, name: str) -> bool:
        return (name.lower() in self.names) != self.is_all_but


NOTHING = Names()
EVERYTHING = Names(is_all_but=True)


@dataclass(frozen=True)
class Forwarding:
    """What a behavior lets through."""

    headers: tuple[Names, ...]
    cookies: tuple[Names, ...]
    has_query: bool
    """CloudFront shows the query string to a function at the origin only where all of it is forwarded."""
    is_host_cached: bool
    """Whether Host is part of the cache key."""

    def has_header(self, name: str) -> bool:
        """Whether a header of the viewer reaches the function."""
        return any(name in each for each in self.headers)

    def has_cookie(self, name: str) -> bool:
        """Whether a cookie does."""
        return any(name in each for each in self.cookies)


def forwarding(behavior: Mapping[str, Any], policies: Mapping[str, Mapping[str, Any]]) -> Forwarding:
    """Read a behavior and its policies (by id, as the API writes their configuration)."""
    if not behavior.get("CachePolicyId"):
        return _legacy(behavior.get("ForwardedValues") or {})
    cache = policies.get(behavior["CachePolicyId"], {}).get("ParametersInCacheKeyAndForwardedToOrigin", {})
    request = policies.get(behavior.get("OriginRequestPolicyId", ""), {})
    parts = (cache, request)
    key_headers = _headers(cache.get("HeadersConfig", {}))
    return Forwarding(
        headers=(key_headers, _headers(request.get("HeadersConfig", {}))),
        cookies=tuple(_cookies(each.get("CookiesConfig", {})) for each in parts),
        has_query=any(each.get("QueryStringsConfig", {}).get("QueryStringBehavior") == "all" for each in parts),
        is_host_cached="host" in key_headers,
    )


def _headers(config: Mapping[str, Any]) -> Names:
    behavior = config.get("HeaderBehavior", "none")
    if behavior in ALL_VIEWER:
        return EVERYTHING
    return _names(behavior, config.get("Headers"))


def _cookies(config: Mapping[str, Any]) -> Names:
    return _names(config.get("CookieBehavior", "none"), config.get("Cookies"))


def _names(behavior: str, collection: Mapping[str, Any] | None) -> Names:
    listed = frozenset(str(each).lower() for each in items(collection))
    match behavior:
        case "all":
            return EVERYTHING
        case "whitelist":
            return Names(listed)
        case "allExcept":
            return Names(listed, is_all_but=True)
        case _:
            return NOTHING


def _legacy(values: Mapping[str, Any]) -> Forwarding:
    listed = frozenset(str(each).lower() for each in items(values.get("Headers")))
    headers = EVERYTHING if "*" in listed else Names(listed)
    cookies = values.get("Cookies") or {}
    return Forwarding(
        headers=(headers,),
        cookies=(_names(cookies.get("Forward", "none"), cookies.get("WhitelistedNames")),),
        has_query=bool(values.get("QueryString")) and not items(values.get("QueryStringCacheKeys")),
        is_host_cached="host" in headers,
    )

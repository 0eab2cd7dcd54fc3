"""Policies: by id from the managed ones and from given files, or from a behavior's old cache settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from origin_router.emulator.distribution.managed import CACHE_POLICIES, REQUEST_POLICIES
from origin_router.emulator.distribution.node import Node
from origin_router.emulator.distribution.policies import (
    DAY_S,
    EVERYTHING,
    NO_REQUEST_POLICY,
    NOTHING,
    YEAR_S,
    CachePolicy,
    Mode,
    OriginRequestPolicy,
    Selection,
)

LONGEST_TTL_S = 3_153_600_000
"""100 years."""

HOW_TO_GIVE = "`aws cloudfront {verb} --id {id}` prints it: give that file with --policy"


@dataclass(frozen=True, slots=True)
class Policies:
    """All that behaviors may name."""

    cache: Mapping[str, CachePolicy] = field(default_factory=lambda: CACHE_POLICIES)
    request: Mapping[str, OriginRequestPolicy] = field(default_factory=lambda: REQUEST_POLICIES)

    def cache_policy(self, behavior: Node) -> CachePolicy:
        """Return the policy that a behavior names, or what its old settings amount to."""
        if "CachePolicyId" not in behavior:
            return _legacy_cache_policy(behavior)
        id_ = behavior.text("CachePolicyId")
        found = self.cache.get(id_)
        if found is None:
            _unknown(behavior, "CachePolicyId", id_, "get-cache-policy")
        return found or CachePolicy()

    def request_policy(self, behavior: Node) -> OriginRequestPolicy:
        """Return the policy that a behavior names; without one, nothing is added to what is in the key."""
        if "CachePolicyId" not in behavior:
            return OriginRequestPolicy(headers=_legacy_headers(behavior), is_legacy=True)
        if "OriginRequestPolicyId" not in behavior:
            return NO_REQUEST_POLICY
        id_ = behavior.text("OriginRequestPolicyId")
        found = self.request.get(id_)
        if found is None:
            _unknown(behavior, "OriginRequestPolicyId", id_, "get-origin-request-policy")
        return found or NO_REQUEST_POLICY


def read_policies(documents: list[Node]) -> Policies:
    """Add the given policies, each as `get-cache-policy` or `get-origin-request-policy` prints it."""
    cache, request = dict(CACHE_POLICIES), dict(REQUEST_POLICIES)
    for document in documents:
        if "CachePolicy" in document:
            node = document.node("CachePolicy")
            cache[node.text("Id")] = _cache_policy(node.node("CachePolicyConfig"))
        elif "OriginRequestPolicy" in document:
            node = document.node("OriginRequestPolicy")
            request[node.text("Id")] = _request_policy(node.node("OriginRequestPolicyConfig"))
        else:
            document.mistake("", "has neither CachePolicy nor OriginRequestPolicy")
    return Policies(cache, request)


def _unknown(behavior: Node, key: str, id_: str, verb: str) -> None:
    behavior.mistake(key, f"{id_} is not a managed policy; {HOW_TO_GIVE.format(verb=verb, id=id_)}")


def _cache_policy(config: Node) -> CachePolicy:
    parameters = config.node("ParametersInCacheKeyAndForwardedToOrigin")
    headers = parameters.node("HeadersConfig")
    return CachePolicy(
        min_ttl_s=config.number("MinTTL", None, 0, LONGEST_TTL_S),
        default_ttl_s=config.number("DefaultTTL", DAY_S, 0, LONGEST_TTL_S),
        max_ttl_s=config.number("MaxTTL", YEAR_S, 0, LONGEST_TTL_S),
        headers=frozenset(name.lower() for name in headers.texts("Headers")),
        cookies=_selection(parameters.node("CookiesConfig"), "CookieBehavior", "Cookies"),
        query=_selection(parameters.node("QueryStringsConfig"), "QueryStringBehavior", "QueryStrings"),
        has_gzip=parameters.flag("EnableAcceptEncodingGzip"),
        has_brotli=parameters.flag("EnableAcceptEncodingBrotli"),
    )


def _request_policy(config: Node) -> OriginRequestPolicy:
    headers = config.node("HeadersConfig")
    mode = headers.text(
        "HeaderBehavior", choices=("none", "whitelist", "allViewer", "allViewerAndWhitelistCloudFront", "allExcept")
    )
    names = frozenset(name.lower() for name in headers.texts("Headers"))
    selections = {"whitelist": Selection(Mode.LISTED, names), "allExcept": Selection(Mode.EXCEPT, names)}
    is_all = mode in ("allViewer", "allViewerAndWhitelistCloudFront")
    return OriginRequestPolicy(
        headers=EVERYTHING if is_all else selections.get(mode, NOTHING),
        cloudfront_headers=names if mode == "allViewerAndWhitelistCloudFront" else frozenset(),
        cookies=_selection(config.node("CookiesConfig"), "CookieBehavior", "Cookies"),
        query=_selection(config.node("QueryStringsConfig"), "QueryStringBehavior", "QueryStrings"),
    )


def _selection(node: Node, behavior: str, names: str) -> Selection:
    mode = node.text(behavior, choices=tuple(Mode))
    listed = node.texts(names)
    return Selection(Mode(mode), frozenset(listed)) if mode in (Mode.LISTED, Mode.EXCEPT) else Selection(Mode(mode))


def _legacy_cache_policy(behavior: Node) -> CachePolicy:
    """What ForwardedValues and the TTLs beside it say."""
    if "ForwardedValues" not in behavior:
        behavior.mistake("CachePolicyId", "is missing, and so is ForwardedValues")
        return CachePolicy()
    values = behavior.node("ForwardedValues")
    if "*" in values.texts("Headers"):  # forwarding every header means caching nothing
        return CachePolicy(default_ttl_s=0, max_ttl_s=0, cookies=_legacy_cookies(values), query=_legacy_query(values))
    headers = frozenset(name.lower() for name in values.texts("Headers"))
    return CachePolicy(
        min_ttl_s=behavior.number("MinTTL", 0, 0, LONGEST_TTL_S),
        default_ttl_s=behavior.number("DefaultTTL", DAY_S, 0, LONGEST_TTL_S),
        max_ttl_s=behavior.number("MaxTTL", YEAR_S, 0, LONGEST_TTL_S),
        headers=headers - {"accept-encoding"},
        cookies=_legacy_cookies(values),
        query=_legacy_query(values),
        has_gzip=True,
    )


def _legacy_headers(behavior: Node) -> Selection:
    values = behavior.node("ForwardedValues")
    return EVERYTHING if "*" in values.texts("Headers") else NOTHING


def _legacy_cookies(values: Node) -> Selection:
    cookies = values.node("Cookies")
    mode = cookies.text("Forward", choices=("none", "whitelist", "all"))
    if mode == "whitelist":
        return Selection(Mode.LISTED, frozenset(cookies.texts("WhitelistedNames")))
    return EVERYTHING if mode == "all" else NOTHING


def _legacy_query(values: Node) -> Selection:
    if not values.flag("QueryString"):
        return NOTHING
    keys = values.texts("QueryStringCacheKeys")
    return Selection(Mode.LISTED, frozenset(keys)) if keys else EVERYTHING

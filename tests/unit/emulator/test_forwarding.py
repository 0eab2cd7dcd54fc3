"""What goes to the origin, by cache policy, origin request policy and CloudFront's own rules."""

from __future__ import annotations

import pytest

from origin_router.emulator.distribution.managed import CACHE_POLICIES, REQUEST_POLICIES
from origin_router.emulator.distribution.model import Behavior
from origin_router.emulator.distribution.policies import (
    EVERYTHING,
    NO_REQUEST_POLICY,
    CachePolicy,
    Mode,
    OriginRequestPolicy,
    Selection,
    listed,
)
from origin_router.emulator.forwarding import ViewerRequest, forwarded_headers, forwarded_query, shows_query
from origin_router.emulator.placeholder import CustomPlaceholder, Placeholder, S3Placeholder

ORIGIN = CustomPlaceholder(domain="origin.test")
BUCKET = S3Placeholder(domain="files.s3.eu-west-1.amazonaws.com", region="eu-west-1")
PLAIN = CachePolicy()
ALWAYS = {"host": "origin.test", "user-agent": "Amazon CloudFront", "via": "1.1 via (CloudFront)"}

Headers = dict[str, str]


def forwarded(
    sent: Headers,
    cache: CachePolicy = PLAIN,
    request: OriginRequestPolicy = NO_REQUEST_POLICY,
    *,
    method: str = "GET",
    origin: Placeholder = ORIGIN,
    cached: tuple[str, ...] = ("GET", "HEAD"),
) -> Headers:
    """The values that go to the origin, without the address of the viewer."""
    behavior = Behavior(target=origin, cache=cache, request=request, cached_methods=frozenset(cached))
    viewer = ViewerRequest(method, "/", "", tuple(sent.items()), "192.0.2.1")
    found = forwarded_headers(viewer, behavior, origin, "via")
    assert found.pop("x-forwarded-for") == [{"key": "X-Forwarded-For", "value": "192.0.2.1"}]
    return {name: entry[0]["value"] for name, entry in found.items()}


def query(text: str, cache: CachePolicy, request: OriginRequestPolicy = NO_REQUEST_POLICY) -> str:
    return forwarded_query(text, Behavior(target=ORIGIN, cache=cache, request=request))


def test_without_policies_almost_nothing_goes() -> None:
    """Host, User-Agent and Via are CloudFront's own; conditions, ranges and Content-Type go always."""
    sent = {"Host": "www.test", "User-Agent": "x", "Accept": "y", "Referer": "z", "Cookie": "a=b", "X-Own": "1"}

    assert forwarded(sent) == ALWAYS
    assert forwarded({"If-None-Match": "1", "Range": "bytes=0-1", "Content-Type": "t"}) == ALWAYS | {
        "if-none-match": "1",
        "range": "bytes=0-1",
        "content-type": "t",
    }


def test_what_is_in_the_key_goes_too() -> None:
    """Headers and cookies of the cache policy; the viewer's Host if it is among them, but never to S3."""
    cache = CachePolicy(headers=frozenset({"host", "x-own", "user-agent"}), cookies=listed("a"))
    sent = {"Host": "www.test", "User-Agent": "x", "X-Own": "1", "X-Other": "2", "Cookie": "a=1; b=2; a=3"}

    assert forwarded(sent, cache) == ALWAYS | {
        "host": "www.test",
        "user-agent": "x",
        "x-own": "1",
        "cookie": "a=1; a=3",
    }
    assert forwarded(sent, cache, origin=BUCKET)["host"] == BUCKET.domain


def test_the_origin_request_policy_adds() -> None:
    """To what the key has; a list of exceptions does not take from the key."""
    cache = CachePolicy(headers=frozenset({"x-key"}), cookies=listed("k"))
    sent = {"X-Key": "1", "X-Own": "2", "X-Not": "3", "Cookie": "k=1; o=2; n=3"}
    adding = OriginRequestPolicy(headers=listed("x-own"), cookies=listed("o"))
    except_some = OriginRequestPolicy(
        headers=Selection(Mode.EXCEPT, frozenset({"x-key", "x-not"})),
        cookies=Selection(Mode.EXCEPT, frozenset({"k", "n"})),
    )

    for policy in (adding, except_some):
        found = forwarded(sent, cache, policy)
        assert (found["x-key"], found["x-own"], found["cookie"]) == ("1", "2", "k=1; o=2")
        assert "x-not" not in found


def test_two_lists_of_exceptions() -> None:
    """What either of them leaves out stays out."""
    cache = CachePolicy(query=Selection(Mode.EXCEPT, frozenset({"a"})))
    request = OriginRequestPolicy(query=Selection(Mode.EXCEPT, frozenset({"b"})))

    assert query("a=1&b=2&c=3", cache, request) == "c=3"


@pytest.mark.parametrize(
    ("accepted", "gzip", "brotli", "expected"),
    [
        ("gzip, br, zstd", True, True, "br,gzip"),
        ("gzip, br", True, False, "gzip"),
        ("deflate", True, True, "identity"),
        ("br", True, False, "identity"),
        ("gzip", False, False, None),
        (None, True, True, None),
    ],
)
def test_accept_encoding(accepted: str | None, gzip: bool, brotli: bool, expected: str | None) -> None:
    """Normalized where compressed objects are cached, `identity` if none of them is wanted, else as any header."""
    sent = {} if accepted is None else {"Accept-Encoding": accepted}
    cache = CachePolicy(has_gzip=gzip, has_brotli=brotli)

    assert forwarded(sent, cache).get("accept-encoding") == expected
    if not (gzip or brotli):
        asked = OriginRequestPolicy(headers=listed("accept-encoding"))
        assert forwarded(sent, cache, asked).get("accept-encoding") == accepted


@pytest.mark.parametrize(
    ("method", "cached", "goes"),
    [
        ("GET", ("GET", "HEAD"), False),
        ("HEAD", ("GET", "HEAD"), False),
        ("OPTIONS", ("GET", "HEAD"), True),
        ("OPTIONS", ("GET", "HEAD", "OPTIONS"), False),
        ("POST", ("GET", "HEAD"), True),
        ("DELETE", ("GET", "HEAD"), True),
    ],
)
def test_authorization(method: str, cached: tuple[str, ...], goes: bool) -> None:
    """Removed where the answer may be kept, unless it is in the key or everything is forwarded."""
    sent = {"Authorization": "Basic x"}

    assert ("authorization" in forwarded(sent, method=method, cached=cached)) == goes
    in_key = CachePolicy(headers=frozenset({"authorization"}))
    assert "authorization" in forwarded(sent, in_key, method=method, cached=cached)
    everything = OriginRequestPolicy(headers=EVERYTHING)
    assert "authorization" in forwarded(sent, PLAIN, everything, method=method, cached=cached)


def test_cloudfront_headers_go_where_a_policy_lists_them() -> None:
    """A viewer says what they would be, since there is no country to look up here."""
    sent = {"CloudFront-Viewer-Country": "DE", "CloudFront-Is-Mobile-Viewer": "true"}
    managed = REQUEST_POLICIES["33f36d7e-f396-46d9-90e0-52428a34d9dc"]

    assert "cloudfront-viewer-country" not in forwarded(sent, PLAIN, OriginRequestPolicy(headers=EVERYTHING))
    assert forwarded(sent, PLAIN, managed)["cloudfront-viewer-country"] == "DE"
    in_key = forwarded(sent, CachePolicy(headers=frozenset({"cloudfront-viewer-country"})))
    assert in_key == ALWAYS | {"cloudfront-viewer-country": "DE"}


def test_legacy_settings_forward_what_they_do_not_know() -> None:
    """All but a few well-known headers."""
    legacy = OriginRequestPolicy(is_legacy=True)

    assert forwarded({"X-Own": "1", "Accept": "y", "Referer": "z"}, PLAIN, legacy) == ALWAYS | {"x-own": "1"}


QUERIES = [
    # (cache policy, origin request policy, what goes of a=1&b=2&A=3)
    (PLAIN, NO_REQUEST_POLICY, ""),
    (CachePolicy(query=EVERYTHING), NO_REQUEST_POLICY, "a=1&b=2&A=3"),
    (PLAIN, OriginRequestPolicy(query=EVERYTHING), "a=1&b=2&A=3"),
    (CachePolicy(query=listed("a")), OriginRequestPolicy(query=listed("b")), "a=1&b=2"),
    (CachePolicy(query=listed("a")), OriginRequestPolicy(query=Selection(Mode.EXCEPT, frozenset("ab"))), "a=1&A=3"),
]


@pytest.mark.parametrize(("cache", "request_policy", "expected"), QUERIES)
def test_the_query_string(cache: CachePolicy, request_policy: OriginRequestPolicy, expected: str) -> None:
    """Names are case-sensitive, the order stays."""
    assert query("a=1&b=2&A=3", cache, request_policy) == expected


def test_functions_see_a_query_string_only_if_all_of_it_is_forwarded() -> None:
    """By either policy (CloudFront guide)."""
    for cache, request, expected in (
        (PLAIN, NO_REQUEST_POLICY, False),
        (CachePolicy(query=listed("a")), NO_REQUEST_POLICY, False),
        (CachePolicy(query=EVERYTHING), NO_REQUEST_POLICY, True),
        (PLAIN, OriginRequestPolicy(query=EVERYTHING), True),
    ):
        assert shows_query(Behavior(target=ORIGIN, cache=cache, request=request)) is expected


def test_the_managed_policies() -> None:
    """All that AWS documents are known by their ids, and one of each says what the guide says."""
    assert (len(CACHE_POLICIES), len(REQUEST_POLICIES)) == (7, 8)
    optimized = CACHE_POLICIES["658327ea-f89d-4fab-a63d-7e88639e58f6"]
    assert (optimized.min_ttl_s, optimized.default_ttl_s, optimized.max_ttl_s) == (1, 86_400, 31_536_000)
    assert CACHE_POLICIES["4135ea2d-6df8-44a3-9df3-4b5a84be39ad"].is_disabled
    assert REQUEST_POLICIES["b689b0a8-53d0-40ab-baf2-68738e2966ac"].headers == Selection(
        Mode.EXCEPT, frozenset({"host"})
    )

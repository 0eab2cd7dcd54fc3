"""What tells two requests apart for the cache, by the cache policy."""

from __future__ import annotations

import pytest

from origin_router.emulator.cache_key import Key, cache_key
from origin_router.emulator.distribution.model import BY_ORIGIN_AND_HOST, Behavior
from origin_router.emulator.distribution.policies import (
    EVERYTHING,
    CachePolicy,
    Mode,
    Selection,
    listed,
)
from origin_router.emulator.forwarding import ViewerRequest
from origin_router.emulator.placeholder import CustomPlaceholder

ORIGIN = CustomPlaceholder(domain="a.test")


def viewer(uri: str = "/", *, method: str = "GET", query: str = "", **headers: str) -> ViewerRequest:
    sent = tuple((name.replace("_", "-"), value) for name, value in {"host": "a.test", **headers}.items())
    return ViewerRequest(method, uri, query, sent, "127.0.0.1")


def key(viewer: ViewerRequest, cache: CachePolicy = BY_ORIGIN_AND_HOST) -> Key | None:
    return cache_key(viewer, Behavior(target=ORIGIN, cache=cache, cached_methods=frozenset({"GET", "HEAD"})))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (viewer("/a"), viewer("/b")),
        (viewer("/a"), viewer("/a", query="q")),
        (viewer("/a"), viewer("/a", host="b.test")),
        (viewer("/a"), viewer("/a", cookie="s=1")),
        (viewer("/a"), viewer("/a", authorization="Basic x")),
        (viewer("/a"), viewer("/a", origin="https://b.test")),
        (viewer("/a"), viewer("/a", accept_encoding="gzip")),
        (viewer("/a", accept_encoding="gzip"), viewer("/a", accept_encoding="gzip, br")),
    ],
)
def test_different_requests_have_different_keys(one: ViewerRequest, other: ViewerRequest) -> None:
    """With the policy of the router's own distribution, nobody gets what was meant for another."""
    assert key(one) != key(other)


def test_equal_requests_have_equal_keys() -> None:
    """Other headers do not matter, nor does the way in which the same encodings are asked for."""
    one = viewer("/a", accept_encoding="gzip, deflate, br;q=0.9", user_agent="x")
    other = viewer("/a", accept_encoding="br,gzip;q=0.1")

    assert key(one) == key(other)


SAME = [
    # (cache policy, one request, another that asks for the same object)
    (CachePolicy(), viewer("/a"), viewer("/a", query="b=c", cookie="d=e", host="b.test", accept_encoding="br")),
    (CachePolicy(query=listed("a")), viewer(query="a=1&b=2"), viewer(query="b=3&a=1")),
    (CachePolicy(query=Selection(Mode.EXCEPT, frozenset({"a"}))), viewer(query="a=1&b=2"), viewer(query="b=2&a=3")),
    (CachePolicy(cookies=listed("s")), viewer(cookie="s=1; t=2"), viewer(cookie="t=3; s=1")),
    (CachePolicy(has_gzip=True), viewer(accept_encoding="gzip"), viewer(accept_encoding="br, gzip")),
    (CachePolicy(headers=frozenset({"x-a"})), viewer(x_a="1", x_b="1"), viewer(x_a="1", x_b="2")),
]
OTHER = [
    (CachePolicy(query=listed("a")), viewer(query="a=1"), viewer(query="a=2")),
    (CachePolicy(query=Selection(Mode.EXCEPT, frozenset({"a"}))), viewer(query="b=2"), viewer(query="b=3")),
    (CachePolicy(query=EVERYTHING), viewer(query="a"), viewer(query="b")),
    (CachePolicy(cookies=listed("s")), viewer(cookie="s=1"), viewer(cookie="s=2")),
    (CachePolicy(cookies=EVERYTHING), viewer(cookie="s=1"), viewer(cookie="t=1")),
    (CachePolicy(has_brotli=True), viewer(accept_encoding="gzip"), viewer(accept_encoding="br")),
    (CachePolicy(headers=frozenset({"x-a"})), viewer(x_a="1"), viewer()),
]


@pytest.mark.parametrize(("cache", "one", "other"), SAME)
def test_what_the_policy_leaves_out_does_not_matter(
    cache: CachePolicy, one: ViewerRequest, other: ViewerRequest
) -> None:
    """Query parameters, cookies, headers and encodings that are not in the key."""
    assert key(one, cache) == key(other, cache)


@pytest.mark.parametrize(("cache", "one", "other"), OTHER)
def test_what_the_policy_names_matters(cache: CachePolicy, one: ViewerRequest, other: ViewerRequest) -> None:
    """One value of it more, less or different is another object."""
    assert key(one, cache) != key(other, cache)


def test_requests_that_pass_by() -> None:
    """Methods that are not cached, and everything where caching is disabled."""
    assert key(viewer(method="POST")) is None
    assert key(viewer(method="OPTIONS")) is None
    assert key(viewer(), CachePolicy(default_ttl_s=0, max_ttl_s=0)) is None
    assert cache_key(viewer(method="OPTIONS"), Behavior(target=ORIGIN)) is not None

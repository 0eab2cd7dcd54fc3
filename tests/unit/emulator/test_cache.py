"""What the cache keeps, for how long, and for whom."""

from __future__ import annotations

import pytest

from origin_router.emulator.cache import ENTRY_OVERHEAD_BYTES, Cache, Key, cache_key, freshness_s
from origin_router.emulator.event import ViewerRequest

NOW = 1_700_000_000.0
"""Tue, 14 Nov 2023 22:13:20 GMT"""


def viewer(uri: str = "/", *, method: str = "GET", query: str = "", **headers: str) -> ViewerRequest:
    sent = tuple((name.replace("_", "-"), value) for name, value in {"host": "a.test", **headers}.items())
    return ViewerRequest(method, uri, query, sent, "127.0.0.1")


def key(uri: str = "/", method: str = "GET") -> Key:
    found = cache_key(viewer(uri, method=method))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("headers", "expected_s"),
    [
        ({}, 0),
        ({"Cache-Control": "max-age=60"}, 60),
        ({"Cache-Control": "max-age=60, s-maxage=5"}, 5),
        ({"cache-control": "PUBLIC, MAX-AGE=60"}, 60),
        ({"Cache-Control": 'max-age="60"'}, 60),
        ({"Cache-Control": "max-age=60, no-store"}, 0),
        ({"Cache-Control": "private, max-age=60"}, 0),
        ({"Cache-Control": "no-cache, s-maxage=60"}, 0),
        ({"Cache-Control": 'private="set-cookie", max-age=60'}, 0),
        ({"Cache-Control": "max-age=-1"}, 0),
        ({"Cache-Control": "max-age=soon"}, 0),
        ({"Cache-Control": "max-age=0", "Expires": "Tue, 14 Nov 2023 22:14:20 GMT"}, 0),
        ({"Expires": "Tue, 14 Nov 2023 22:14:20 GMT"}, 60),
        ({"Expires": "Tue, 14 Nov 2023 22:12:20 GMT"}, 0),
        ({"Expires": "0"}, 0),
        ({"Cache-Control": "public", "Expires": "Tue, 14 Nov 2023 22:14:20 GMT"}, 60),
        ({"Cache-Control": "max-age=60", "Vary": "*"}, 0),
    ],
)
def test_freshness(headers: dict[str, str], expected_s: float) -> None:
    """s-maxage before max-age before Expires; without any of them nothing is kept."""
    assert freshness_s(headers.items(), NOW) == expected_s


def test_directives_of_repeated_headers_count_together() -> None:
    """Two Cache-Control lines are one list."""
    assert freshness_s([("Cache-Control", "max-age=9"), ("Cache-Control", "no-store")], NOW) == 0


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
    """Nobody gets what was meant for another."""
    assert cache_key(one) != cache_key(other)


def test_equal_requests_have_equal_keys() -> None:
    """Other headers do not matter, nor does the way in which the same encodings are asked for."""
    one = viewer("/a", accept_encoding="gzip, deflate, br;q=0.9", user_agent="x")
    other = viewer("/a", accept_encoding="br,gzip;q=0.1")

    assert cache_key(one) == cache_key(other)


@pytest.mark.parametrize("request_", [viewer(method="POST"), viewer(method="OPTIONS"), viewer(range="bytes=0-1")])
def test_requests_that_pass_by(request_: ViewerRequest) -> None:
    """Other methods, and ranges."""
    assert cache_key(request_) is None


def test_kept_until_it_is_stale() -> None:
    """Fresh one moment before, gone at the moment."""
    cache = Cache()
    cache.keep(key(), 200, "OK", [("Cache-Control", "max-age=60")], b"body", NOW)

    entry = cache.find(key(), NOW + 59.9)
    assert entry is not None
    assert (entry.body, entry.age_s(NOW + 59.9), entry.age_s(NOW - 100)) == (b"body", 59, 0)
    assert cache.find(key(), NOW + 60) is None


def test_head_is_answered_from_get_and_not_the_other_way_round() -> None:
    """HEAD has no body to answer GET with."""
    cache = Cache()
    cache.keep(key("/get"), 200, "OK", [("Cache-Control", "max-age=60")], b"body", NOW)
    cache.keep(key("/head", "HEAD"), 200, "OK", [("Cache-Control", "max-age=60")], b"", NOW)

    assert cache.find(key("/get", "HEAD"), NOW) is not None
    assert cache.find(key("/head", "HEAD"), NOW) is not None
    assert cache.find(key("/head"), NOW) is None


@pytest.mark.parametrize("status", [200, 301, 404, 206, 304, 500])
def test_statuses(status: int) -> None:
    """Parts and revalidations are not whole answers; 5xx belongs to error handling."""
    cache = Cache()
    cache.keep(key(), status, "", [("Cache-Control", "max-age=60")], b"", NOW)

    assert (cache.find(key(), NOW) is not None) == (status in (200, 301, 404))


def test_memory_is_bounded_and_the_least_recently_used_goes() -> None:
    """Room for two entries of this size: reading one keeps it."""
    cache = Cache(capacity_bytes=2 * (100 + ENTRY_OVERHEAD_BYTES))
    for name in ("/a", "/b"):
        cache.keep(key(name), 200, "", [("Cache-Control", "max-age=60")], b"x" * 100, NOW)
    cache.find(key("/a"), NOW)
    cache.keep(key("/c"), 200, "", [("Cache-Control", "max-age=60")], b"x" * 100, NOW)
    cache.keep(key("/c"), 200, "", [("Cache-Control", "max-age=60")], b"y" * 100, NOW)

    assert [name for name in ("/a", "/b", "/c") if cache.find(key(name), NOW)] == ["/a", "/c"]
    cache.keep(key("/huge"), 200, "", [("Cache-Control", "max-age=60")], b"x" * 5_000, NOW)
    assert cache.find(key("/huge"), NOW) is None

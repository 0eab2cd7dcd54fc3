"""What the cache keeps, for how long, and for whom."""

from __future__ import annotations

import pytest

from origin_router.emulator.cache import ENTRY_OVERHEAD_BYTES, Cache, freshness_s
from origin_router.emulator.cache_key import Key

NOW = 1_700_000_000.0
"""Tue, 14 Nov 2023 22:13:20 GMT"""


def key(uri: str = "/", method: str = "GET") -> Key:
    return (method, uri, "", "", "")


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

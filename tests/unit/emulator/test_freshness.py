"""How long objects and errors are kept, by the guide's tables."""

from __future__ import annotations

import pytest

from origin_router.emulator.distribution.policies import CachePolicy
from origin_router.emulator.freshness import error_lifetime_s, lifetime

NOW = 1_700_000_000.0
"""Tue, 14 Nov 2023 22:13:20 GMT"""
IN_60_S = "Tue, 14 Nov 2023 22:14:20 GMT"
ORIGIN_DECIDES = CachePolicy(min_ttl_s=0, default_ttl_s=0, max_ttl_s=1_000)
WITH_DEFAULT = CachePolicy(min_ttl_s=0, default_ttl_s=500, max_ttl_s=1_000)
WITH_MINIMUM = CachePolicy(min_ttl_s=100, default_ttl_s=50, max_ttl_s=1_000)

FRESH = [
    # (headers, origin decides, with a default of 500 s, with a minimum of 100 s and a default of 50 s)
    ({}, 0, 500, 100),
    ({"Cache-Control": "max-age=60"}, 60, 60, 100),
    ({"Cache-Control": "max-age=600"}, 600, 600, 600),
    ({"Cache-Control": "max-age=6000"}, 1_000, 1_000, 1_000),
    ({"Cache-Control": "max-age=60, s-maxage=5"}, 5, 5, 100),
    ({"cache-control": "PUBLIC, MAX-AGE=60"}, 60, 60, 100),
    ({"Cache-Control": 'max-age="60"'}, 60, 60, 100),
    ({"Cache-Control": "max-age=60, no-store"}, 0, 0, 100),
    ({"Cache-Control": "private, max-age=60"}, 0, 0, 100),
    ({"Cache-Control": "no-cache, s-maxage=60"}, 0, 0, 100),
    ({"Cache-Control": 'private="set-cookie", max-age=60'}, 0, 0, 100),
    ({"Cache-Control": "max-age=-1"}, 0, 0, 100),
    ({"Cache-Control": "max-age=soon"}, 0, 0, 100),
    ({"Cache-Control": "max-age=0", "Expires": IN_60_S}, 0, 0, 100),
    ({"Expires": IN_60_S}, 60, 60, 100),
    ({"Expires": "Tue, 14 Nov 2023 22:12:20 GMT"}, 0, 0, 100),
    ({"Expires": "0"}, 0, 0, 100),
    ({"Cache-Control": "public", "Expires": IN_60_S}, 60, 60, 100),
    ({"Cache-Control": "public"}, 0, 500, 100),
    ({"Cache-Control": "max-age=60", "Vary": "*"}, 0, 0, 100),
]


@pytest.mark.parametrize(("headers", "origin_decides_s", "default_s", "minimum_s"), FRESH)
def test_freshness(headers: dict[str, str], origin_decides_s: float, default_s: float, minimum_s: float) -> None:
    """s-maxage before max-age before Expires before the default; between minimum and maximum."""
    found = [lifetime(each, headers.items(), NOW).fresh_s for each in (ORIGIN_DECIDES, WITH_DEFAULT, WITH_MINIMUM)]

    assert found == [origin_decides_s, default_s, minimum_s]


def test_nothing_is_kept_where_all_times_are_zero() -> None:
    """Whatever the origin says."""
    disabled = CachePolicy(default_ttl_s=0, max_ttl_s=0)

    assert not lifetime(disabled, [("Cache-Control", "max-age=60, stale-if-error=60")], NOW).is_kept


def test_directives_of_repeated_headers_count_together() -> None:
    """Two Cache-Control lines are one list."""
    assert lifetime(ORIGIN_DECIDES, [("Cache-Control", "max-age=9"), ("Cache-Control", "no-store")], NOW).fresh_s == 0


STALE = [
    # (Cache-Control, until when while revalidating, until when in place of an error)
    ("max-age=60", 0, 1_000),
    ("max-age=60, stale-while-revalidate=30", 90, 1_000),
    ("max-age=60, stale-while-revalidate=5000", 1_000, 1_000),
    ("max-age=60, stale-if-error=30", 0, 90),
    ("max-age=60, stale-if-error=5000", 0, 1_000),
    ("max-age=60, stale-if-error=0", 0, 0),
    ("max-age=60, stale-while-revalidate=30, stale-if-error=300", 90, 360),
    ("max-age=0, stale-while-revalidate=30", 30, 0),
    ("max-age=0", 0, 0),
    ("no-store", 0, 0),
]


@pytest.mark.parametrize(("cache_control", "while_s", "error_s"), STALE)
def test_stale_objects(cache_control: str, while_s: float, error_s: float) -> None:
    """Both directives count from the end of freshness, the maximum TTL ends everything."""
    found = lifetime(ORIGIN_DECIDES, [("Cache-Control", cache_control)], NOW)

    assert (found.stale_while_revalidate_s, found.stale_if_error_s) == (while_s, error_s)


ERRORS = [
    # (status, Cache-Control, seconds with an error caching minimum TTL of 10)
    *((status, "", 10) for status in (404, 414, 500, 501, 502, 503, 504)),
    *((status, "", 0) for status in (400, 403, 405, 412, 415, 401, 416, 429, 418)),
    *((status, "max-age=60", 60) for status in (400, 403, 404, 405, 412, 415, 500)),
    *((status, "max-age=5", 10) for status in (400, 404, 500)),
    (404, "no-store", 0),
    (500, "no-store", 10),
    (503, "s-maxage=30, max-age=60", 30),
    (429, "max-age=60", 0),
    (416, "max-age=60", 0),
]


@pytest.mark.parametrize(("status", "cache_control", "expected_s"), ERRORS)
def test_errors(status: int, cache_control: str, expected_s: float) -> None:
    """Some always, some only if the origin says for how long, others never."""
    headers = [("Cache-Control", cache_control)] if cache_control else []

    assert error_lifetime_s(status, headers, 10) == expected_s

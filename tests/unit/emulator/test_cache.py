"""What the cache finds, and what it forgets."""

from __future__ import annotations

from origin_router.emulator.cache import ENTRY_LIMIT_BYTES, ENTRY_OVERHEAD_BYTES, Cache, Entry
from origin_router.emulator.cache_key import Key
from origin_router.emulator.freshness import Lifetime

NOW = 1_700_000_000.0
FRESH = Lifetime(60)


def key(uri: str = "/", method: str = "GET") -> Key:
    return (method, uri, "", "", "")


def entry(body: bytes = b"body", lifetime: Lifetime = FRESH, status: int = 200) -> Entry:
    return Entry(status=status, reason="", headers=(), body=body, stored_at=NOW, lifetime=lifetime)


def cache_at(now: float = NOW, capacity_bytes: int = 100_000) -> Cache:
    return Cache(capacity_bytes, now=lambda: now)


def is_fresh(cache: Cache, uri: str, method: str = "GET") -> bool:
    found = cache.find(key(uri, method))
    return found is not None and found.is_fresh(cache.now())


def test_an_entry_through_its_life() -> None:
    """Fresh, then stale while it is asked for again, then only in place of errors; held after a failure."""
    kept = entry(lifetime=Lifetime(60, 70, 80))

    ages = (0, 59.9, 60, 69.9, 70, 79.9, 80)
    assert [kept.is_fresh(NOW + age) for age in ages] == [True, True, False, False, False, False, False]
    assert [kept.may_revalidate_behind(NOW + age) for age in ages] == [True, True, True, True, False, False, False]
    assert [kept.may_replace_error(NOW + age) for age in ages] == [True, True, True, True, True, True, False]
    kept.held_until_at = NOW + 90
    assert kept.is_fresh(NOW + 89)
    assert not entry(lifetime=Lifetime(60, 70, 80), status=404).may_replace_error(NOW)
    assert (kept.age_s(NOW + 59.9), kept.age_s(NOW - 100)) == (59, 0)


def test_what_has_expired_is_found_too() -> None:
    """It may be confirmed, or stand in for an error."""
    cache = cache_at(NOW + 1_000)
    cache.keep(key(), entry())

    assert cache.find(key()) is not None
    assert not is_fresh(cache, "/")


def test_head_is_answered_from_get_and_not_the_other_way_round() -> None:
    """HEAD has no body to answer GET with; OPTIONS is another thing altogether."""
    cache = cache_at()
    cache.keep(key("/get"), entry())
    cache.keep(key("/head", "HEAD"), entry(b""))

    assert is_fresh(cache, "/get", "HEAD")
    assert is_fresh(cache, "/head", "HEAD")
    assert not is_fresh(cache, "/head")
    assert not is_fresh(cache, "/get", "OPTIONS")


def test_memory_is_bounded_and_the_least_recently_used_goes() -> None:
    """Room for two entries of this size: reading one keeps it."""
    cache = cache_at(capacity_bytes=2 * (100 + ENTRY_OVERHEAD_BYTES))
    for name in ("/a", "/b"):
        cache.keep(key(name), entry(b"x" * 100))
    cache.find(key("/a"))
    cache.keep(key("/c"), entry(b"x" * 100))
    cache.keep(key("/c"), entry(b"y" * 100))

    assert [name for name in ("/a", "/b", "/c") if is_fresh(cache, name)] == ["/a", "/c"]
    cache.keep(key("/huge"), entry(b"x" * 5_000))
    assert not is_fresh(cache, "/huge")
    cache.keep(key("/a"), entry(b"x" * (ENTRY_LIMIT_BYTES + 1)))
    assert not is_fresh(cache, "/a")

"""How long an object is kept, by CloudFront's rules (developer guide, "Manage how long content stays in the cache").

Time is an argument, in seconds of the wall clock, because Expires is a date. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from origin_router.emulator.distribution.policies import CachePolicy
from origin_router.emulator.header_rules import joined

Headers = Iterable[tuple[str, str]]

NOT_KEPT = frozenset({"no-store", "private", "no-cache"})

CACHEABLE_STATUSES = frozenset({200, 203, 204, 206, 300, 301, 302, 303, 307, 308})
"""Errors have rules of their own: see `error_lifetime_s`."""

ERRORS_ALWAYS_KEPT = frozenset({404, 414, 500, 501, 502, 503, 504})
ERRORS_KEPT_ON_REQUEST = frozenset({400, 403, 405, 412, 415})
"""Kept only where Cache-Control has max-age or s-maxage (developer guide, "How CloudFront processes HTTP 4xx and
5xx status codes")."""


@dataclass(frozen=True, slots=True)
class Lifetime:
    """From the moment an object is stored, in seconds."""

    fresh_s: float
    stale_while_revalidate_s: float = 0
    """Until then it may be served expired, while it is asked for again."""
    stale_if_error_s: float = 0
    """Until then it may be served in place of an error."""

    @property
    def is_kept(self) -> bool:
        """Whether storing it is of any use."""
        return max(self.fresh_s, self.stale_while_revalidate_s, self.stale_if_error_s) > 0


NO_LIFETIME = Lifetime(0)


def lifetime(policy: CachePolicy, headers: Headers, now: float) -> Lifetime:
    """Return how long an answer that is no error is kept.

    An object that is never fresh is kept only if it says itself that it may be served stale.
    """
    lowered = joined(headers)
    directives = parsed_directives(lowered.get("cache-control", ""))
    if policy.is_disabled:
        return NO_LIFETIME
    told_s = _told_s(lowered, directives, now)
    if directives.keys() & NOT_KEPT or lowered.get("vary", "").strip() == "*":
        fresh_s = float(policy.min_ttl_s)
    elif told_s is None:
        fresh_s = float(max(policy.min_ttl_s, policy.default_ttl_s))
    else:
        fresh_s = max(policy.min_ttl_s, min(told_s, policy.max_ttl_s))
    return Lifetime(
        fresh_s,
        _stale_s(fresh_s, _seconds(directives, "stale-while-revalidate") or 0, policy),
        _stale_s(fresh_s, _if_error_s(fresh_s, directives, policy), policy),
    )


def error_lifetime_s(status: int, headers: Headers, min_ttl_s: float) -> float:
    """Return how long an error is kept; `min_ttl_s` is the error caching minimum TTL."""
    directives = parsed_directives(joined(headers).get("cache-control", ""))
    told_s = _seconds(directives, "s-maxage")
    if told_s is None:
        told_s = _seconds(directives, "max-age")
    if status in ERRORS_ALWAYS_KEPT:
        is_restricted = status < 500 and bool(directives.keys() & NOT_KEPT)
        return 0 if is_restricted else max(min_ttl_s, told_s or 0)
    if status in ERRORS_KEPT_ON_REQUEST and told_s:
        return max(min_ttl_s, told_s)
    return 0


def parsed_directives(text: str) -> Mapping[str, str]:
    """Cache-Control as a map; directives without value have an empty one."""
    parts = (part.strip().partition("=") for part in text.split(","))
    return {name.strip().lower(): value.strip().strip('"') for name, _, value in parts if name.strip()}


def _stale_s(fresh_s: float, after_s: float, policy: CachePolicy) -> float:
    """The maximum TTL ends every use of a stale object."""
    return min(fresh_s + after_s, policy.max_ttl_s) if after_s else 0


def _if_error_s(fresh_s: float, directives: Mapping[str, str], policy: CachePolicy) -> float:
    """An object that says nothing about errors stands in for them as long as it may be there at all."""
    asked_s = _seconds(directives, "stale-if-error")
    return asked_s if asked_s is not None else policy.max_ttl_s if fresh_s else 0


def _told_s(headers: Mapping[str, str], directives: Mapping[str, str], now: float) -> float | None:
    """What the origin says; None: nothing."""
    for name in ("s-maxage", "max-age"):
        if name in directives:
            return _seconds(directives, name) or 0.0
    if "expires" not in headers:
        return None
    try:
        return max(0.0, parsedate_to_datetime(headers["expires"]).timestamp() - now)
    except (ValueError, OverflowError):
        return 0.0


def _seconds(directives: Mapping[str, str], name: str) -> float | None:
    value = directives.get(name)
    if value is None:
        return None
    return float(value) if value.isascii() and value.isdigit() else 0.0

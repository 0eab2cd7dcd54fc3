"""Asking an origin whether an expired object is still good, and taking its word for it. Pure."""

from __future__ import annotations

from dataclasses import replace

from origin_router.emulator.cache import Entry, HeaderLines
from origin_router.emulator.distribution.model import Behavior
from origin_router.emulator.forwarding import ViewerRequest
from origin_router.emulator.freshness import lifetime

CONDITIONS = frozenset({"if-match", "if-modified-since", "if-none-match", "if-range", "if-unmodified-since", "range"})
"""A request with any of these asks for an answer of its own, not for the object."""

_VALIDATORS = (("If-None-Match", "etag"), ("If-Modified-Since", "last-modified"))


def unconditional(viewer: ViewerRequest) -> ViewerRequest:
    """The request for the object itself."""
    return replace(viewer, headers=tuple(h for h in viewer.headers if h[0].lower() not in CONDITIONS))


def conditional(viewer: ViewerRequest, entry: Entry, behavior: Behavior) -> ViewerRequest | None:
    """The request that asks whether an expired object is still good; None where it cannot be asked.

    CloudFront does not ask so where it forwards cookies (developer guide, "Conditional requests").
    """
    if entry.status != 200 or behavior.forwards_cookies or any(h[0].lower() == "range" for h in viewer.headers):
        return None
    kept = {key.lower(): value for key, value in entry.headers}
    validators = tuple((name, kept[source]) for name, source in _VALIDATORS if source in kept)
    if not validators:
        return None
    plain = unconditional(viewer)
    return replace(plain, headers=plain.headers + validators)


def confirmed(entry: Entry, headers: HeaderLines, behavior: Behavior, now: float) -> Entry:
    """The object after its origin has said 304; the headers of that answer count from now on."""
    new = {name.lower() for name, _ in headers}
    merged = tuple(each for each in entry.headers if each[0].lower() not in new) + headers
    return Entry(
        status=entry.status,
        reason=entry.reason,
        headers=merged,
        body=entry.body,
        stored_at=now,
        lifetime=lifetime(behavior.cache, merged, now),
    )

"""What makes two requests ask for the same object: the cache key, by the behavior's cache policy. Pure."""

from __future__ import annotations

from origin_router.emulator.distribution.model import Behavior
from origin_router.emulator.forwarding import ViewerRequest, filtered, normalized_encodings
from origin_router.emulator.header_rules import joined

Key = tuple[str, ...]
"""Its first element is the method: HEAD has a key of its own, since its answer has no body; see `Cache.find`."""


def cache_key(viewer: ViewerRequest, behavior: Behavior) -> Key | None:
    """Return the key; None for requests that pass the cache by."""
    cache = behavior.cache
    if cache.is_disabled or viewer.method not in behavior.cached_methods:
        return None
    present = joined(viewer.headers)
    cookies = "; ".join(value for key, value in viewer.headers if key.lower() == "cookie")
    kept = (f"{name}:{present.get(name, '')}" for name in sorted(cache.headers))
    encodings = normalized_encodings(present.get("accept-encoding"), gzip=cache.has_gzip, brotli=cache.has_brotli)
    return (
        viewer.method,
        viewer.uri,
        filtered(viewer.querystring, "&", cache.query),
        filtered(cookies, "; ", cache.cookies),
        encodings,
        *kept,
    )

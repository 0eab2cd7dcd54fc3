"""What of an origin's headers goes into the cache and to viewers (developer guide, "HTTP response headers that
CloudFront removes or replaces"). Pure.
"""

from __future__ import annotations

from origin_router.emulator.distribution.model import Behavior

HeaderLines = tuple[tuple[str, str], ...]

_VARY_ALWAYS = frozenset({"*", "accept-encoding", "cookie"})


def passed_on(headers: HeaderLines, behavior: Behavior) -> HeaderLines:
    """Without Set-Cookie where no cookie is forwarded, and with Vary reduced to what is forwarded."""
    kept: list[tuple[str, str]] = []
    for key, value in headers:
        name = key.lower()
        if name == "set-cookie" and not behavior.forwards_cookies:
            continue
        if name == "vary":
            names = [each.strip() for each in value.split(",")]
            value = ", ".join(each for each in names if _stays(each.lower(), behavior))
            if not value:
                continue
        kept.append((key, value))
    return tuple(kept)


def _stays(name: str, behavior: Behavior) -> bool:
    return name in _VARY_ALWAYS or behavior.forwards_header(name)

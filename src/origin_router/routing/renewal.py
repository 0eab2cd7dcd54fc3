"""How old measurements become while nothing happens: told by the configuration and by what is compiled of it."""

from __future__ import annotations

MAX_STRETCH = 12.0
"""An age that grows stays within this many times `refresh_s`: who asks for short ages means them. With the default
10 s that is a twelfth of the probes, and 120 s until a slow origin is noticed that nobody else tells of."""


def longest_refresh_s(refresh_s: float, refresh_max_s: float) -> float:
    """Return the age at which measurements without news are renewed."""
    return max(refresh_s, min(refresh_max_s, MAX_STRETCH * refresh_s))

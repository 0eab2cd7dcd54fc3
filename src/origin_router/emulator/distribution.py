"""What a distribution configures about the way to the origin: origins, origin groups, triggers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from origin_router.emulator.placeholder import Placeholder

FAILOVER_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
"""Only these are tried at a second origin (aws-facts section 3)."""

DEFAULT_CRITERIA = frozenset({500, 502, 503, 504})
"""What deployment configures: all failures of servers. Failing to connect counts as 503, no timely answer as 504."""


class SecondAttempt(StrEnum):
    """Which request the function gets for a group's second origin. AWS does not say, so both are there."""

    ORIGINAL = "original"
    """As the viewer sent it."""
    REWRITTEN = "rewritten"
    """As the function returned it for the first origin, with the second origin put in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginGroup:
    """Two origins. Every request begins at the primary: nothing is remembered (aws-facts section 3)."""

    primary: Placeholder
    secondary: Placeholder
    criteria: frozenset[int] = DEFAULT_CRITERIA
    """Status codes at which the secondary is asked."""

    def fails_over(self, method: str, status: int | None) -> bool:
        """Whether what the primary came to leads to the secondary; None: it came to nothing that counts."""
        return method in FAILOVER_METHODS and status in self.criteria


@dataclass(frozen=True, slots=True, kw_only=True)
class Behavior:
    """How requests are answered: from where, and with which triggers."""

    target: Placeholder | OriginGroup
    on_origin_request: bool = True
    on_origin_response: bool = False
    forward_host: bool = False
    """Whether the function, and an origin it leaves alone, see the viewer's Host header."""

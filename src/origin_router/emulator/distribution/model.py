"""What a distribution configures: behaviors, the origins and groups they lead to, triggers, error responses."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from origin_router.emulator.distribution.managed import ALL_VIEWER_EXCEPT_HOST
from origin_router.emulator.distribution.policies import EVERYTHING, NOTHING, CachePolicy, OriginRequestPolicy
from origin_router.emulator.placeholder import Placeholder

METHODS = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"})
"""All that a distribution can allow."""

FAILOVER_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
"""Only these are tried at a second origin (CloudFront guide)."""

DEFAULT_CRITERIA = frozenset({500, 502, 503, 504})
"""What deployment configures: all failures of servers. Failing to connect counts as 503, no timely answer as 504."""

_ENCODED = re.compile("%([0-9A-Fa-f]{2})")

ERROR_CACHING_S = 10
"""CloudFront's default for how long an error is kept."""


class SecondAttempt(StrEnum):
    """Which request the function gets for a group's second origin. AWS does not say, so both are there."""

    ORIGINAL = "original"
    """As the viewer sent it."""
    REWRITTEN = "rewritten"
    """As the function returned it for the first origin, with the second origin put in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginGroup:
    """Two origins. Every request begins at the primary: nothing is remembered (CloudFront guide)."""

    primary: Placeholder
    secondary: Placeholder
    criteria: frozenset[int] = DEFAULT_CRITERIA
    """Status codes at which the secondary is asked."""


Target = Placeholder | OriginGroup


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """The function on one of the two triggers of the origin's side."""

    includes_body: bool = False
    """Whether an origin-request event has the viewer's body."""


WITHOUT_BODY = Trigger()

BY_ORIGIN = CachePolicy(
    default_ttl_s=0,
    headers=frozenset({"authorization", "origin", "x-http-method", "x-http-method-override", "x-method-override"}),
    cookies=EVERYTHING,
    query=EVERYTHING,
    has_gzip=True,
    has_brotli=True,
)
"""Cache what the origin marks as cacheable, for those who asked the very same: AWS's managed policy
UseOriginCacheControlHeaders-QueryStrings, without Host, and with Authorization."""

BY_ORIGIN_AND_HOST = replace(BY_ORIGIN, headers=BY_ORIGIN.headers | {"host"})
"""The same where the viewer's Host goes to the origin, and hence tells objects apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Behavior:
    """How requests for some paths are answered."""

    target: Target
    path_pattern: str = "*"
    allowed_methods: frozenset[str] = METHODS
    cached_methods: frozenset[str] = FAILOVER_METHODS
    cache: CachePolicy = BY_ORIGIN
    request: OriginRequestPolicy = ALL_VIEWER_EXCEPT_HOST
    origin_request: Trigger | None = WITHOUT_BODY
    origin_response: Trigger | None = None

    def matches(self, path: str) -> bool:
        """Whether this behavior takes a path, its leading slash included."""
        return self.path_pattern == "*" or _compiled(self.path_pattern).fullmatch(_normalized(path)) is not None

    def fails_over(self, method: str, status: int | None) -> bool:
        """Whether what the primary came to leads to the secondary; None: it came to nothing that counts."""
        return (
            isinstance(self.target, OriginGroup)
            and method in FAILOVER_METHODS
            and method in self.cached_methods
            and status in self.target.criteria
        )

    def forwards_header(self, name: str) -> bool:
        """Whether a policy names this header of the viewer's (lower case)."""
        return name in self.cache.headers or self.request.headers.includes(name)

    @property
    def forwards_cookies(self) -> bool:
        """Whether any cookie goes to the origin; then cookies of the origin go to viewers too."""
        return self.cache.cookies != NOTHING or self.request.cookies != NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorResponse:
    """What a viewer gets instead of an error, and how long that is kept."""

    status: int
    """The error's."""
    page: str = ""
    """Path of the page that answers, which is fetched as any other; empty: the error itself."""
    answered_status: int = 0
    """The status with which the page answers."""
    min_ttl_s: int = ERROR_CACHING_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """A whole distribution. The first behavior that matches counts; the last one takes everything."""

    behaviors: tuple[Behavior, ...]
    error_responses: tuple[ErrorResponse, ...] = ()
    error_caching_s: int = ERROR_CACHING_S
    """How long an error is kept where no error response says otherwise."""
    default_root_object: str = ""
    id: str = "EDFDVBD6EXAMPLE"
    domain: str = "d111111abcdef8.cloudfront.net"
    """Names that AWS's documentation uses for a distribution that does not exist."""

    def behavior(self, path: str) -> Behavior:
        """Return the behavior for a path."""
        return next(each for each in self.behaviors if each.matches(path))

    def error_response(self, status: int) -> ErrorResponse | None:
        """Return what is configured for an error."""
        return next((each for each in self.error_responses if each.status == status), None)

    def error_ttl_s(self, status: int) -> int:
        """Return the error caching minimum TTL for an error."""
        found = self.error_response(status)
        return self.error_caching_s if found is None else found.min_ttl_s

    @property
    def origins(self) -> tuple[Placeholder, ...]:
        """Every origin that a behavior leads to, once."""
        found: dict[int, Placeholder] = {}
        for behavior in self.behaviors:
            target = behavior.target
            members = (target.primary, target.secondary) if isinstance(target, OriginGroup) else (target,)
            found |= {id(each): each for each in members}
        return tuple(found.values())


@lru_cache(maxsize=1_024)
def _compiled(pattern: str) -> re.Pattern[str]:
    """`*` is any run of characters, `?` any single one; a leading slash is implied."""
    text = pattern if pattern.startswith("/") else "/" + pattern
    parts = (".*" if each == "*" else "." if each == "?" else re.escape(each) for each in text)
    return re.compile("".join(parts), re.DOTALL)


def _normalized(path: str) -> str:
    """The path as patterns see it (RFC 3986 section 6): unreserved characters decoded, `//` and dot segments gone."""
    decoded = _ENCODED.sub(_decode_unreserved, path)
    steps: list[str] = []
    for step in decoded.split("/"):
        if step == "..":
            steps = steps[:-1]
        elif step not in ("", "."):
            steps.append(step)
    ends_in_slash = decoded.endswith(("/", "/.", "/..")) and bool(steps)
    return "/" + "/".join(steps) + ("/" if ends_in_slash else "")


def _decode_unreserved(match: re.Match[str]) -> str:
    character = chr(int(match[1], 16))
    return character if character.isascii() and (character.isalnum() or character in "-._~") else match[0].upper()

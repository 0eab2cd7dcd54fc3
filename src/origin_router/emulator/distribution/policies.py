"""What a behavior does with a viewer's headers, cookies and query string: cache policy and origin request policy."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

YEAR_S = 31_536_000
DAY_S = 86_400


class Mode(StrEnum):
    """How a selection picks."""

    NONE = "none"
    LISTED = "whitelist"
    ALL = "all"
    EXCEPT = "allExcept"


@dataclass(frozen=True, slots=True)
class Selection:
    """Some of a viewer's headers (names in lower case), cookies or query parameters (names as they are)."""

    mode: Mode = Mode.NONE
    names: frozenset[str] = frozenset()

    def includes(self, name: str) -> bool:
        """Whether it picks what has this name."""
        match self.mode:
            case Mode.NONE:
                return False
            case Mode.LISTED:
                return name in self.names
            case Mode.ALL:
                return True
            case Mode.EXCEPT:
                return name not in self.names

    @property
    def is_open(self) -> bool:
        """Whether it picks names that it does not know."""
        return self.mode in (Mode.ALL, Mode.EXCEPT)


NOTHING = Selection()
EVERYTHING = Selection(Mode.ALL)


def listed(*names: str) -> Selection:
    """Exactly these."""
    return Selection(Mode.LISTED, frozenset(names))


@dataclass(frozen=True, slots=True, kw_only=True)
class CachePolicy:
    """What tells objects apart, and how long they are kept. All that is in the key goes to the origin too."""

    min_ttl_s: int = 0
    default_ttl_s: int = DAY_S
    max_ttl_s: int = YEAR_S
    headers: frozenset[str] = frozenset()
    """Names in lower case."""
    cookies: Selection = NOTHING
    query: Selection = NOTHING
    has_gzip: bool = False
    has_brotli: bool = False
    """Whether compressed objects are kept apart from others, by a normalized Accept-Encoding."""

    @property
    def is_disabled(self) -> bool:
        """With all TTLs 0, nothing is cached and no requests are collapsed."""
        return self.min_ttl_s == self.default_ttl_s == self.max_ttl_s == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginRequestPolicy:
    """What goes to the origin besides the key."""

    headers: Selection = NOTHING
    cloudfront_headers: frozenset[str] = frozenset()
    """Headers that CloudFront makes, beyond those that `headers` lists by name. Lower case."""
    cookies: Selection = NOTHING
    query: Selection = NOTHING
    is_legacy: bool = False
    """With the old cache settings, headers that CloudFront does not know go to the origin (CloudFront guide)."""


NO_REQUEST_POLICY = OriginRequestPolicy()

"""What a rule takes, and whether that is all that another one could take.

Only what is sure is said: a rule that is called unreachable is unreachable.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple


class Taken(NamedTuple):
    """The conditions of a rule. What is empty restricts nothing."""

    path: str = "*"
    hosts: frozenset[str] = frozenset()
    """Patterns in small letters."""
    sets: Mapping[str, frozenset[str]] = {}
    """Methods, countries and Regions, by their keys."""
    patterns: Mapping[tuple[str, str], str] = {}
    """(headers, cookies or query; name) -> pattern."""

    def includes(self, other: Taken) -> bool:
        """Whether nothing is left for `other` once this rule had its turn."""
        return (
            covers_path(self.path, other.path)
            and all(_is_wider(allowed, other.sets.get(key, frozenset())) for key, allowed in self.sets.items())
            and self._has_wider_hosts(other)
            and all(
                name in other.patterns and covers(pattern, other.patterns[name])
                for name, pattern in self.patterns.items()
            )
        )

    def _has_wider_hosts(self, other: Taken) -> bool:
        if not self.hosts:
            return True
        return bool(other.hosts) and all(any(covers(ours, theirs) for ours in self.hosts) for theirs in other.hosts)


def _is_wider(allowed: frozenset[str], other: frozenset[str]) -> bool:
    return not allowed or (bool(other) and other <= allowed)


def covers_path(pattern: str, other: str) -> bool:
    """Whether each path that `other` matches is sure to match `pattern` too."""
    return covers(_anchored(pattern), _anchored(other))


def covers(pattern: str, other: str) -> bool:
    """Whether each text that `other` matches is sure to match `pattern` too.

    The wildcards of `other` are read as letters that only a wildcard as wide can match.
    """
    parts = (".*" if char == "*" else "[^*]" if char == "?" else re.escape(char) for char in pattern)
    return re.fullmatch("".join(parts), other, re.DOTALL) is not None


def _anchored(pattern: str) -> str:
    """A path pattern may leave out the leading slash; `/*` is any path, as `*` is."""
    if pattern in ("*", "/*"):
        return "*"
    return pattern if pattern.startswith(("/", "*")) else f"/{pattern}"

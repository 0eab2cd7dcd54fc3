"""The checks of the rules, each on its own and in their order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from origin_router.config import values
from origin_router.config.node import Node
from origin_router.config.problems import Finding, Location, format_path
from origin_router.routing.config import RuleConfig

RULE_DEFAULTS = RuleConfig(pool="")


class _Rule(NamedTuple):
    """What a rule takes. No methods: any."""

    location: Location
    path: str
    methods: frozenset[str]

    def takes_all_of(self, other: _Rule) -> bool:
        """Whether nothing is left for `other` once this rule had its turn."""
        has_methods = not self.methods or (other.methods and other.methods <= self.methods)
        return bool(has_methods) and covers(self.path, other.path)


def check_rules(rules: Node) -> Iterator[Finding]:
    """Yield the mistakes of the rules."""
    earlier: list[_Rule] = []
    for node in rules.items():
        yield from node.child("path").check(values.pattern_problem)
        methods = list(node.child("methods").items())
        for method in methods:
            yield from method.check(values.method_problem)
        rule = _Rule(
            node.location,
            node.child("path").read(str, RULE_DEFAULTS.path),
            frozenset(value for method in methods if (value := method.read(str)) is not None),
        )
        taker = next((each for each in earlier if each.takes_all_of(rule)), None)
        if taker:
            message = f"can never match: {format_path(taker.location)} comes first and takes all of it"
            yield Finding(rule.location, message, is_warning=True)
        earlier.append(rule)


def covers(pattern: str, other: str) -> bool:
    """Whether each path that `other` matches is sure to match `pattern` too.

    The wildcards of `other` are read as letters that only a wildcard as wide can match.
    """
    parts = (".*" if char == "*" else "[^*]" if char == "?" else re.escape(char) for char in _anchored(pattern))
    return re.fullmatch("".join(parts), _anchored(other)) is not None


def _anchored(pattern: str) -> str:
    """A pattern may leave out the leading slash; `/*` is any path, as `*` is."""
    if pattern in ("*", "/*"):
        return "*"
    return pattern if pattern.startswith(("/", "*")) else f"/{pattern}"

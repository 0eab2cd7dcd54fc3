"""Which pool takes a request: the first rule whose conditions all hold, else the default pool."""

from __future__ import annotations

import re

from origin_router.routing.config import RouterConfig, RuleConfig
from origin_router.routing.model import Request


def path_regex(pattern: str) -> re.Pattern[str]:
    """Compile a CloudFront path pattern: `*` is any run of characters, `?` any single one, case counts.

    Like CloudFront's, a pattern may leave out the leading slash. Each run but the last one
    ends at the first place where what follows it fits, and stays there (an atomic group):
    a URI made to match in many ways costs no more than any other of its length.
    """
    anchored = pattern if pattern.startswith(("/", "*")) else "/" + pattern
    first, *middle = (_literal(part) for part in anchored.split("*"))
    if not middle:
        return re.compile(first, re.DOTALL)
    last = middle.pop()
    return re.compile(first + "".join(f"(?>.*?{part})" for part in middle) + f".*{last}", re.DOTALL)


class Rules:
    """The rules of a configuration, compiled once."""

    __slots__ = ("_default_pool", "_rules")

    def __init__(self, config: RouterConfig) -> None:
        self._default_pool = config.pool
        self._rules = [(index, rule.pool, _compile(rule)) for index, rule in enumerate(config.rules)]

    def match(self, request: Request) -> tuple[str, int | None]:
        """Return the pool for a request and the index of the rule that says so (None: no rule did)."""
        for index, pool, (methods, path) in self._rules:
            if (not methods or request.method in methods) and (path is None or path.fullmatch(request.uri)):
                return pool, index
        return self._default_pool, None


def _literal(part: str) -> str:
    return "".join("." if char == "?" else re.escape(char) for char in part)


def _compile(rule: RuleConfig) -> tuple[frozenset[str], re.Pattern[str] | None]:
    return frozenset(rule.methods), None if rule.path in ("*", "/*") else path_regex(rule.path)

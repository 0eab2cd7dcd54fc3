"""What a rule asks of a request, as functions. Imported only where there are rules."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

from origin_router.routing.config import RuleConfig
from origin_router.routing.model import Request

Condition: TypeAlias = "Callable[[Request], bool]"

COUNTRY_HEADER = "cloudfront-viewer-country"
"""CloudFront adds it where a cache or origin request policy lists it."""


def pattern_regex(pattern: str) -> re.Pattern[str]:
    """Compile a pattern as CloudFront writes them: `*` is any run of characters, `?` any single one, case counts.

    Each run but the last one ends at the first place where what follows it fits, and stays
    there (an atomic group): a value made to match in many ways costs no more than any other.
    """
    first, *middle = (_literal(part) for part in pattern.split("*"))
    if not middle:
        return re.compile(first, re.DOTALL)
    last = middle.pop()
    return re.compile(first + "".join(f"(?>.*?{part})" for part in middle) + f".*{last}", re.DOTALL)


def path_regex(pattern: str) -> re.Pattern[str]:
    """Compile a path pattern; like CloudFront's, it may leave out the leading slash."""
    return pattern_regex(pattern if pattern.startswith(("/", "*")) else "/" + pattern)


def _literal(part: str) -> str:
    return "".join("." if char == "?" else re.escape(char) for char in part)


def conditions_of(rule: RuleConfig) -> list[Condition]:
    """Return what a request must meet, the cheapest conditions first."""
    conditions: list[Condition] = []
    if rule.methods:
        conditions.append(_one_of(lambda request: request.method, frozenset(rule.methods)))
    if rule.path not in ("*", "/*"):
        conditions.append(_matches(lambda request: request.uri, path_regex(rule.path)))
    if rule.countries:
        conditions.append(_one_of(lambda request: request.header(COUNTRY_HEADER), frozenset(rule.countries)))
    if rule.hosts:
        patterns = [_matches(_host, pattern_regex(host.lower())) for host in rule.hosts]
        conditions.append(lambda request: any(pattern(request) for pattern in patterns))
    for name, pattern in rule.headers.items():
        conditions.append(_matches(_reader("header", name.lower()), pattern_regex(pattern)))
    for name, pattern in rule.cookies.items():
        conditions.append(_matches(_reader("cookie", name), pattern_regex(pattern)))
    for name, pattern in rule.query.items():
        conditions.append(_matches(_reader("query", name), pattern_regex(pattern)))
    return conditions


def _host(request: Request) -> str | None:
    host = request.header("host")
    return None if host is None else host.partition(":")[0].lower()


def _reader(kind: str, name: str) -> Callable[[Request], str | None]:
    """Return what reads one header, cookie or query parameter of a request."""

    def read(request: Request) -> str | None:
        value: str | None = getattr(request, kind)(name)
        return value

    return read


def _one_of(read: Callable[[Request], str | None], allowed: frozenset[str]) -> Condition:
    return lambda request: read(request) in allowed


def _matches(read: Callable[[Request], str | None], pattern: re.Pattern[str]) -> Condition:
    def condition(request: Request) -> bool:
        value = read(request)
        return value is not None and pattern.fullmatch(value) is not None

    return condition

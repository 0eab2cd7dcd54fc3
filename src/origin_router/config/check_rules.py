"""The checks of the rules, each on its own and in their order."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from origin_router.config import values, values_aws, values_http
from origin_router.config.coverage import Taken
from origin_router.config.node import Node
from origin_router.config.problems import Finding, format_path, show

Problem = Callable[[str], str | None]

LISTS: dict[str, Problem] = {
    "methods": values.method_problem,
    "hosts": values_http.host_pattern_problem,
    "countries": values_http.country_problem,
    "regions": values_aws.execution_region_problem,
}
"""Conditions that are arrays, with the check of an element."""

TABLES: dict[str, Problem] = {
    "headers": values_http.seen_header_problem,
    "cookies": values_http.cookie_name_problem,
    "query": values_http.query_name_problem,
}
"""Conditions that are tables of patterns, with the check of a name."""


def check_rules(rules: Node) -> Iterator[Finding]:
    """Yield the mistakes of the rules."""
    earlier: list[tuple[Node, Taken]] = []
    for node in rules.items():
        yield from _check_rule(node)
        taken = _taken(node)
        taker = next((other for other, each in earlier if each.includes(taken)), None)
        if taker:
            message = f"can never match: {format_path(taker.location)} comes first and takes all of it"
            yield Finding(node.location, message, is_warning=True)
        earlier.append((node, taken))


def _check_rule(rule: Node) -> Iterator[Finding]:
    yield from rule.child("path").check(values.pattern_problem)
    for key, problem in LISTS.items():
        for each in rule.child(key).items():
            yield from each.check(problem)
    for key, problem in TABLES.items():
        for name, pattern in rule.child(key).entries():
            message = problem(name)
            if message:
                yield Finding(pattern.location, message)
            yield from pattern.check(values_http.pattern_of_value_problem)
    yield from _check_same_header(rule.child("headers"))


def _check_same_header(headers: Node) -> Iterator[Finding]:
    """A header's name has no case, so two spellings of it are two conditions on one value."""
    first: dict[str, str] = {}
    for name, pattern in headers.entries():
        if name.lower() in first:
            yield Finding(pattern.location, f"is the same header as {show(first[name.lower()])}")
        first.setdefault(name.lower(), name)


def _taken(rule: Node) -> Taken:
    tables = {
        (key, name.lower() if key == "headers" else name): pattern.read(str, "*")
        for key in TABLES
        for name, pattern in rule.child(key).entries()
    }
    return Taken(
        path=rule.child("path").read(str, "*"),
        hosts=frozenset(each.lower() for each in rule.child("hosts").texts()),
        sets={key: frozenset(rule.child(key).texts()) for key in ("methods", "countries", "regions")},
        patterns=tables,
    )

"""When a rule leaves nothing for a later one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from origin_router.config.coverage import Taken, covers_path
from origin_router.routing.conditions import path_regex


@pytest.mark.parametrize(
    ("pattern", "other", "is_covered"),
    [
        ("*", "/api/*", True),
        ("/*", "*", True),
        ("/api/*", "/api/v1/*", True),
        ("api/*", "/api/*", True),
        ("/a?c", "/abc", True),
        ("/a?c", "/a?c", True),
        ("*.jpg", "/images/*.jpg", True),
        ("/a.c", "/abc", False),
        ("/abc", "/a?c", False),
        ("/a?c", "/a*c", False),
        ("/api/v1/*", "/api/*", False),
        ("/x*", "*", False),
    ],
)
def test_patterns_cover_others(pattern: str, other: str, is_covered: bool) -> None:
    """Cases that a reader would agree with."""
    assert is_covered is covers_path(pattern, other)


_patterns = st.text("ab/*?", min_size=1, max_size=6)


@given(_patterns, _patterns, st.text("ab/", max_size=8))
def test_what_is_covered_never_reaches_the_later_rule(pattern: str, other: str, tail: str) -> None:
    """The warning `can never match` is never wrong: held against the matcher that the edge uses."""
    path = f"/{tail}"
    if covers_path(pattern, other) and path_regex(other).fullmatch(path):
        assert path_regex(pattern).fullmatch(path)


def taken(**conditions: Any) -> Taken:
    """A rule's conditions; methods, countries and Regions are given as sets."""
    sets = {key: frozenset(conditions.pop(key, ())) for key in ("methods", "countries", "regions")}
    return Taken(sets=sets, **conditions)


@pytest.mark.parametrize(
    ("earlier", "later", "is_included"),
    [
        (taken(), taken(methods={"GET"}, hosts=frozenset({"a.test"})), True),
        (taken(methods={"GET", "HEAD"}), taken(methods={"GET"}), True),
        (taken(methods={"GET"}), taken(), False),
        (taken(countries={"DE"}), taken(countries={"DE", "AT"}), False),
        (taken(countries={"DE", "AT"}), taken(countries={"DE"}, regions={"eu-central-1"}), True),
        (taken(regions={"eu-central-1"}), taken(countries={"DE"}), False),
        (taken(hosts=frozenset({"*.a.test", "b.test"})), taken(hosts=frozenset({"x.a.test", "b.test"})), True),
        (taken(hosts=frozenset({"*.a.test"})), taken(hosts=frozenset({"x.a.test", "b.test"})), False),
        (taken(hosts=frozenset({"*"})), taken(), False),
        (taken(patterns={("cookies", "beta"): "*"}), taken(patterns={("cookies", "beta"): "1"}), True),
        (taken(patterns={("cookies", "beta"): "1"}), taken(patterns={("cookies", "beta"): "*"}), False),
        (taken(patterns={("cookies", "beta"): "*"}), taken(patterns={("query", "beta"): "*"}), False),
        (taken(patterns={("query", "a"): "*"}), taken(patterns={("query", "a"): "*", ("query", "b"): "*"}), True),
    ],
)
def test_a_rule_takes_all_of_another_only_if_it_asks_for_no_more(
    earlier: Taken, later: Taken, is_included: bool
) -> None:
    """Every condition counts, not the path alone."""
    assert is_included is earlier.includes(later)

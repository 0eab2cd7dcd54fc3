"""When a rule leaves nothing for a later one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from origin_router.config.check_rules import covers
from origin_router.routing.rules import path_regex


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
    assert is_covered is covers(pattern, other)


_patterns = st.text("ab/*?", min_size=1, max_size=6)


@given(_patterns, _patterns, st.text("ab/", max_size=8))
def test_what_is_covered_never_reaches_the_later_rule(pattern: str, other: str, tail: str) -> None:
    """The warning `can never match` is never wrong: held against the matcher that the edge uses."""
    path = f"/{tail}"
    if covers(pattern, other) and path_regex(other).fullmatch(path):
        assert path_regex(pattern).fullmatch(path)

"""Path patterns match what their definition says, compared with the definition itself."""

from __future__ import annotations

from functools import lru_cache

from hypothesis import example, given, settings
from hypothesis import strategies as st

from origin_router.routing.conditions import path_regex

UNHURRIED = settings(deadline=None)
"""A busy machine is no defect."""

patterns = st.text("ab/.*?", max_size=10)
uris = st.text("ab/.\n", max_size=14).map(lambda rest: "/" + rest)


def matches(pattern: str, uri: str) -> bool:
    """The definition: a star is nothing, or one character and a star; a question mark is one character."""
    whole = pattern if pattern.startswith(("/", "*")) else "/" + pattern

    @lru_cache(None)
    def fits(at: int, left: int) -> bool:
        if at == len(whole):
            return left == len(uri)
        if whole[at] == "*":
            return fits(at + 1, left) or (left < len(uri) and fits(at, left + 1))
        return left < len(uri) and whole[at] in ("?", uri[left]) and fits(at + 1, left + 1)

    return fits(0, 0)


@UNHURRIED
@given(patterns, uris)
@example("*a?b*b", "/aaabab")
@example("*aab*ab", "/aaabaab")
@example("", "/")
@example("**", "/x")
@example("/?*?", "/ab")
def test_a_pattern_matches_by_its_definition(pattern: str, uri: str) -> None:
    """However the stars share the URI among them."""
    assert matches(pattern, uri) == (path_regex(pattern).fullmatch(uri) is not None)


@UNHURRIED
@given(patterns, st.data())
def test_what_a_pattern_was_filled_from_matches(pattern: str, data: st.DataObject) -> None:
    """Stars replaced by any text and question marks by any character give a URI that matches."""
    whole = pattern if pattern.startswith(("/", "*")) else "/" + pattern
    fill = {"*": st.text("ab/", max_size=4), "?": st.sampled_from("ab/.")}
    uri = "".join(data.draw(fill[each]) if each in fill else each for each in whole)

    assert path_regex(pattern).fullmatch(uri) is not None

"""Silence: whatever happened before, requests that are answered are nothing to remark upon."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from origin_router.routing.silence import LEARNED, Silence

events = st.lists(st.booleans(), max_size=200)
"""Requests (True) and responses (False), in any order."""


def played(history: list[bool]) -> tuple[Silence, list[list[int]]]:
    """A silence with a history, and the lengths at which each of its runs was remarked upon."""
    silence, length, runs = Silence(), 0, list[list[int]]()
    for is_request in history:
        if not is_request:
            length = 0
            silence.heard()
            continue
        length += 1
        if length == 1:
            runs.append([])
        if silence.sent():
            runs[-1].append(length)
    return silence, runs


@given(events, st.lists(st.integers(1, 2), max_size=100))
def test_never_while_each_request_is_followed_by_its_response(history: list[bool], at_once: list[int]) -> None:
    """Nor where two are under way at once."""
    silence, _ = played(history)
    silence.heard()
    for count in at_once:
        assert [silence.sent() for _ in range(count)] == [False] * count
        for _ in range(count):
            silence.heard()


@given(events)
def test_a_run_is_remarked_upon_seldom(history: list[bool]) -> None:
    """Never before three, never before enough was learned, and again when it is more than twice as long."""
    _, runs = played(history)

    assert all(run[0] >= 3 for run in runs if run)
    assert not any(runs) or history.count(False) >= LEARNED
    assert all(later > 2 * earlier for run in runs for earlier, later in pairwise(run))


@given(events)
def test_no_silence_lasts_for_ever(history: list[bool]) -> None:
    """Once usual traffic is known, a hundred requests in vain are noticed, however it was."""
    silence, _ = played([*history, *[False] * LEARNED])

    assert any(silence.sent() for _ in range(100))

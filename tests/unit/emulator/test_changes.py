"""Changes of a document: what each does, and that a copy that hears them all stays the same."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from origin_router.emulator.changes import (
    SERIES_POINTS,
    SERIES_S,
    Append,
    Backlog,
    Change,
    Put,
    Remove,
    apply,
    look,
    wire,
)


@pytest.mark.parametrize(
    ("before", "change", "after"),
    [
        pytest.param({}, Put(("a", "b"), 1), {"a": {"b": 1}}, id="put makes the way"),
        pytest.param({"a": 1}, Put(("a",), 2), {"a": 2}, id="put replaces"),
        pytest.param({}, Append(("a",), [1.0, 5]), {"a": [[1.0, 5]]}, id="append begins a list"),
        pytest.param({"a": [[0.0]]}, Append(("a",), [SERIES_S]), {"a": [[0.0], [SERIES_S]]}, id="append keeps"),
        pytest.param({"a": [[0.0], [1.0]]}, Append(("a",), [SERIES_S + 1]), {"a": [[1.0], [SERIES_S + 1]]}, id="old"),
        pytest.param({"a": {"b": 1, "c": 2}}, Remove(("a", "b")), {"a": {"c": 2}}, id="remove"),
        pytest.param({"a": {}}, Remove(("a", "b")), {"a": {}}, id="remove nothing"),
    ],
)  # fmt: skip
def test_a_change_does_what_it_says(before: dict[str, Any], change: Change, after: dict[str, Any]) -> None:
    apply(before, change)

    assert after == before


def test_a_list_is_bounded_however_fast_it_grows() -> None:
    document: dict[str, Any] = {}
    for index in range(SERIES_POINTS + 50):
        apply(document, Append(("a",), [index / 1000]))

    assert len(document["a"]) == SERIES_POINTS
    assert document["a"][0] == [50 / 1000]


def test_looking_where_nothing_is_finds_nothing() -> None:
    assert look({"a": {"b": 1}}, ("a", "b")) == 1
    assert look({"a": {"b": 1}}, ("a", "c", "d")) is None
    assert look({"a": 1}, ("a", "b")) is None


SEQUENCES: list[list[Change]] = [
    [Put(("a",), 1), Put(("a",), 2)],
    [Put(("a",), {}), Put(("a", "b"), 1), Put(("a",), {"c": 3})],
    [Put(("a", "b"), 1), Remove(("a", "b")), Put(("a", "b"), 2)],
    [Put(("a", "b"), 1), Remove(("a", "b"))],
    [Put(("a", "b"), 1), Remove(("a",)), Put(("a", "c"), 2)],
    [Append(("s",), [1.0, 1]), Append(("s",), [2.0, 2]), Put(("t",), 1)],
    [Put(("a", "b"), 1), Put(("a",), {}), Put(("a", "b"), 2), Put(("a", "b"), 3)],
]


@pytest.mark.parametrize("sequence", SEQUENCES)
def test_a_backlog_says_less_and_leads_to_the_same_document(sequence: list[Change]) -> None:
    """A page that is told only what gathered in the meantime sees what the server sees."""
    document: dict[str, Any] = {"a": {"b": 0}}
    page = copy.deepcopy(document)
    backlog = Backlog()
    backlog.add(sequence)
    gathered = backlog.take()
    for change in sequence:
        apply(document, copy.deepcopy(change))
    for change in gathered:
        apply(page, copy.deepcopy(change))

    assert document == page
    assert len(gathered) <= len(sequence)
    assert backlog.take() == []


def test_the_wire_form_is_plain_json() -> None:
    changes: list[Change] = [Put(("a", "b"), 1), Append(("a", "s"), [1.0, None]), Remove(("a", "b"))]

    sent = json.dumps([wire(change) for change in changes])

    assert sent == '[["put", ["a", "b"], 1], ["append", ["a", "s"], [1.0, null]], ["remove", ["a", "b"]]]'

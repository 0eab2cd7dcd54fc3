"""Whatever a function prints, the page goes on: events with arbitrary fields never upset the view."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from origin_router.emulator.changes import Backlog, apply
from origin_router.emulator.view import View

NAMES = st.sampled_from(["eu", "us", "web", "r1", "r2", "__proto__", ""])
NUMBERS = st.floats(0, 1e6) | st.sampled_from([float("nan"), float("inf")])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=5,
)
OUTCOMES = st.sampled_from(["ok", "refused"])
ESTIMATES = st.dictionaries(NAMES, st.none() | NUMBERS, max_size=3)
HEALTH = st.dictionaries(NAMES, st.sampled_from(["serving", "ejected"]), max_size=3)
FIELDS = {
    "pool": NAMES, "origin": NAMES, "outcome": OUTCOMES, "moment": NAMES, "response_ms": st.none() | NUMBERS,
    "reason": NAMES, "method": NAMES, "uri": NAMES, "request_id": NAMES, "after": NAMES, "error": NAMES,
    "estimates": ESTIMATES, "health": HEALTH, "cs-method": NAMES, "cs-uri-stem": NAMES, "time-taken": NUMBERS,
    "sc-status": st.integers(0, 599), "x-edge-request-id": NAMES, "r-host": st.none() | NAMES,
    "x-edge-result-type": st.sampled_from(["Hit", "Miss", "Error"]), "state": st.sampled_from(["idle", "dead"]),
    "invocations": st.integers(0, 9), "cold_start_ms": st.none() | NUMBERS, "requests_per_s": st.integers(0, 9),
}  # fmt: skip


@st.composite
def contents(draw: st.DrawFn) -> dict[str, Any]:
    """Fields that are mostly right, now and then anything at all, now and then missing."""
    fields = draw(st.fixed_dictionaries(FIELDS))
    fields |= draw(st.dictionaries(st.sampled_from(list(FIELDS)), VALUES, max_size=1))
    for missing in draw(st.lists(st.sampled_from(list(FIELDS)), max_size=1)):
        del fields[missing]
    kind = draw(st.sampled_from(["probe", "choice", "decision", "health", "moment", "error", "other"]))
    return {"event": kind} | fields


@st.composite
def events(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(["journal", "request", "environment", "edge", "origin", "traffic", "log"]))
    content = draw(contents())
    envelope = {"type": kind, "at": draw(st.floats(0, 1e6)), "edge": draw(NAMES), "environment": draw(NAMES)}
    return content | envelope | {"line": content, "entry": content}


@given(st.lists(events(), max_size=15), st.integers(0, 15))
def test_the_view_takes_anything_and_a_page_follows_it_exactly(happened: list[dict[str, Any]], opened_at: int) -> None:
    """A page that opens in the middle, and hears the rest in one batch as JSON, ends with the same document."""
    view = View()
    for event in happened[:opened_at]:
        view.fold(event)
    page = json.loads(json.dumps(view.document, allow_nan=False))
    backlog = Backlog()
    for event in happened[opened_at:]:
        backlog.add(view.fold(event))
    for change in backlog.take():
        apply(page, copy.deepcopy(change))

    assert page == json.loads(json.dumps(view.document, allow_nan=False))

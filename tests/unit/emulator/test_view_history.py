"""The history of a document: played from its beginning it leads to the document, within a bound of bytes."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import pytest

from origin_router.emulator.changes import Append, Change, Put, Remove, apply
from origin_router.emulator.view import View
from origin_router.emulator.view_history import FRAME_S, History

KINDS: dict[str, Any] = {"put": Put, "append": Append, "remove": Remove}


def played(history: History, now: float, until: float = float("inf")) -> dict[str, Any]:
    """Do what a page does with an export: begin at the start, apply the frames."""
    start, frames = history.until(now)
    document = copy.deepcopy(start)
    for frame in frames:
        at, changes = json.loads(frame)
        if at > until:
            break
        for kind, path, *value in changes:
            apply(document, KINDS[kind](tuple(path), *value))
    return document


def run(events: list[dict[str, Any]], **options: Any) -> tuple[View, History]:
    view, history = View(), History(**options)
    for event in events:
        history.add(event["at"], view.fold(event))
    return view, history


def busy_events(seconds: int, per_s: int) -> list[dict[str, Any]]:
    """Requests, probes, environments and faults of a run, by a seeded script."""
    chance = random.Random(3)
    events: list[dict[str, Any]] = []
    for index in range(seconds * per_s):
        at = index / per_s
        entry = {
            "x-edge-request-id": f"r{index}", "cs-method": "GET", "cs-uri-stem": "/a", "sc-status": 200,
            "time-taken": 0.01, "x-edge-result-type": "Miss", "r-host": "eu.example.com",
        }  # fmt: skip
        events.append({"type": "request", "at": at, "edge": "eu-west-1", "entry": entry})
        probe = {"event": "probe", "pool": "web", "origin": chance.choice("ab"), "outcome": "ok", "moment": "race"}
        line = probe | {"response_ms": chance.random()}
        events.append({"type": "journal", "at": at, "edge": "eu-west-1", "environment": "e", "line": line})
        state = chance.choice(["busy", "frozen", "dead"])
        about = {"environment": f"e{chance.randrange(40)}", "state": state, "invocations": 1}
        events.append({"type": "environment", "at": at, "edge": "eu-west-1", **about})
        fault = {"id": f"f{chance.randrange(3)}", "kind": "refused", "edge": "*", "origin": "*"}
        events.append({"type": "fault", "at": at, "fault": fault, "is_active": chance.random() < 0.5})
    return events


@pytest.mark.parametrize("limit_bytes", [10_000_000, 40_000, 0])
def test_the_end_of_the_history_is_the_document(limit_bytes: int) -> None:
    """Also when most of it, or all, was merged into its beginning."""
    view, history = run(busy_events(seconds=30, per_s=20), limit_bytes=limit_bytes)

    assert played(history, now=31.0) == view.document


def test_every_moment_can_be_played() -> None:
    events = busy_events(seconds=6, per_s=20)
    _, history = run(events)

    for moment in (1.0, 3.0, 5.0):
        view, _ = run([event for event in events if event["at"] < moment])
        assert played(history, now=7.0, until=moment) == view.document


def test_the_history_is_bounded_in_bytes_however_long_it_runs() -> None:
    _, history = run(busy_events(seconds=60, per_s=20), limit_bytes=50_000)

    sizes = [len(frame) for frame in history.until(61.0)[1]]

    assert sum(sizes) <= 50_000
    assert len(sizes) > 3, "it is as long as it may be"


def test_under_load_a_second_costs_what_can_be_seen_of_it() -> None:
    """Of 3,000 requests in a second a hundred rows are left; that the others came and went is not kept."""
    _, history = run(busy_events(seconds=2, per_s=3_000))

    second = max(history.until(3.0)[1], key=len)

    rows = [change for change in json.loads(second)[1] if change[1][2:3] == ["requests"]]
    assert len(rows) <= 100 + 100


def test_an_export_in_the_middle_does_not_disturb_the_history() -> None:
    events = busy_events(seconds=4, per_s=10)
    view, history = View(), History()
    for event in events:
        history.add(event["at"], view.fold(event))
        list(history.until(event["at"])[1])

    assert played(history, now=5.0) == view.document


def test_a_clock_that_is_set_back_does_not_hold_up_the_history() -> None:
    history = History()
    for at in (1_000.0, 10.0, 11.5, 13.0):
        history.add(at, [Put(("demo",), at)])

    _, frames = history.until(14.0)

    assert [json.loads(frame)[0] for frame in frames] == [11.0, 12.5, 14.0]


def test_nothing_that_happened_makes_no_frame() -> None:
    history = History()
    no_changes: list[Change] = []
    history.add(1.0, no_changes)
    history.add(1.0 + 5 * FRAME_S, no_changes)

    assert list(history.until(10.0)[1]) == []

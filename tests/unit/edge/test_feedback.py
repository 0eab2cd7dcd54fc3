"""The stamp that travels with a request, and what a response to it may be believed to say."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from origin_router.edge.feedback import (
    Stamp,
    attempt_of,
    may_stamp,
    observation_of,
    outcome_of,
    read_stamp,
    write_stamp,
)
from origin_router.routing.config import FeedbackConfig
from origin_router.routing.model import OriginRef, Outcome, Source
from tests.support.edge import config, origin, ref
from tests.support.scripted_prober import EPOCH, Behaviour, Stage

STAMP = Stamp(OriginRef("web", "eu"), 1, 1_800_000_000.25, "id-1")
names = st.from_regex(r"[a-z][a-z0-9-]{0,31}", fullmatch=True)


@given(
    names, names, st.integers(0, 2), st.integers(0, 4_000_000_000_000), st.from_regex(r"[\w=-]{1,80}", fullmatch=True)
)
def test_a_stamp_is_read_as_it_was_written(pool: str, name: str, attempt: int, sent_ms: int, request_id: str) -> None:
    """By the response's trigger, to the millisecond."""
    headers: dict[str, Any] = {}
    stamp = Stamp(OriginRef(pool, name), attempt, sent_ms / 1000, request_id)
    write_stamp(headers, stamp)
    read = read_stamp(headers, request_id)

    assert read is not None
    assert read[:2] == stamp[:2]
    assert abs(read.sent_at - stamp.sent_at) <= 0.0011


FORGED = [
    "web/eu;a=1;t=1;r=id-2",
    "web/eu;a=1;t=1;r=",
    "web/eu;a=1;t=1",
    "web/eu;a=1;t=1;r=id-1;r=id-1",
    "web/eu;a=x;t=1;r=id-1",
    "web/eu;a=1;t=1e9;r=id-1",
    "web/eu;a=1;t=;r=id-1",
    "",
    ";;;",
    "web/eu;t=1;a=1;r=id-1",
    "web/eu;a=1;t=" + "9" * 400 + ";r=id-1",
]


@pytest.mark.parametrize("value", FORGED)
def test_a_stamp_that_is_not_ours_is_none(value: str) -> None:
    """Another request's id, or anything that we do not write: nothing is learned, nothing raised."""
    assert read_stamp({"x-origin-router": [{"key": "x", "value": value}]}, "id-1") is None


@given(
    st.dictionaries(
        st.just("x-origin-router"),
        st.none() | st.text() | st.lists(st.none() | st.dictionaries(st.just("value"), st.text())),
    )
)
def test_no_header_breaks_the_reading(headers: dict[str, Any]) -> None:
    """Whatever a viewer or CloudFront puts there."""
    assert read_stamp(headers, "id-1") is None


ELAPSED = [
    # (seconds from the stamp to the response, has the environment been warm, the latency that is believed)
    (0.25, True, 0.25),
    (119.9, True, 119.9),
    (0.0, True, None),
    (-0.001, True, None),
    (-3600.0, True, None),
    (120.0, True, None),
    (7200.0, True, None),
    (0.25, False, None),
]


@pytest.mark.parametrize(("elapsed_s", "is_trusted", "believed_s"), ELAPSED)
def test_clocks_that_disagree_and_cold_starts_spoil_a_time_and_no_outcome(
    elapsed_s: float, is_trusted: bool, believed_s: float | None
) -> None:
    """Two environments' clocks: less than nothing, or more than any request can take, is thrown away."""
    good = observation_of(STAMP, 200, STAMP.sent_at + elapsed_s, 5.0, is_trusted=is_trusted)
    bad = observation_of(STAMP, 503, STAMP.sent_at + elapsed_s, 5.0, is_trusted=is_trusted)

    assert good.latency_s == (None if believed_s is None else pytest.approx(believed_s))
    assert (good.outcome, good.source, good.at) == (Outcome.OK, Source.TRAFFIC, 5.0)
    assert (bad.outcome, bad.latency_s) == (Outcome.BAD_STATUS, None)


STATUSES = {
    200: "ok",
    304: "ok",
    404: "ok",
    428: "ok",
    429: "overloaded",
    499: "ok",
    500: "bad_status",
    504: "bad_status",
}


@pytest.mark.parametrize("status", STATUSES)
def test_what_a_status_says_of_its_origin(status: int) -> None:
    """A 404 is the viewer's business."""
    assert outcome_of(status) == STATUSES[status]


def test_a_request_that_has_no_room_is_not_stamped() -> None:
    """CloudFront refuses what a function made too large; nor can an id be sent that is no header text."""
    request = {"uri": "/", "querystring": "", "headers": {"cookie": [{"key": "Cookie", "value": "x" * 32_300}]}}

    assert may_stamp({"uri": "/", "headers": {}}, "id-1")
    assert not may_stamp(request, "id-1")
    assert not may_stamp({"uri": "/", "headers": {}}, "id\n1")


@pytest.mark.parametrize(("value", "attempt"), [("1", 1), ("2", 2), ("3", 0), ("", 0), ("x", 0)])
def test_the_placeholder_says_which_attempt_it_is(value: str, attempt: int) -> None:
    """Of either kind of origin."""
    for kind in ("custom", "s3"):
        tag = {"x-origin-router-attempt": [{"key": "x", "value": value}]}
        assert attempt_of({"origin": {kind: {"customHeaders": tag}}}) == attempt
    assert attempt_of({}) == 0


def answered(*, debug_header: bool, headers: dict[str, Any]) -> dict[str, Any]:
    """Send one request through both triggers; return the response's headers."""
    feedback = FeedbackConfig(enabled=True, debug_header=debug_header)
    routed = replace(config(origin("a")), feedback=feedback)
    stage = Stage(routed, {ref("a"): Behaviour(0.01)}).start()
    request = stage.environment.handle({"method": "GET", "uri": "/", "headers": {}, "origin": {}}, "id-1")
    stage.clock.now += 0.125
    response = {"status": "200", "headers": headers}
    given_headers: dict[str, Any] = stage.environment.handle_response(request, response, "id-1")["headers"]
    return given_headers


def test_the_debug_header_is_off_by_default_and_keeps_the_origins_own() -> None:
    """Asked for, it names the origin and how long it took, beside what the origin says itself."""
    own = {"server-timing": [{"key": "Server-Timing", "value": "db;dur=3"}], "via": [{"key": "Via", "value": "x"}]}
    off = answered(debug_header=False, headers=dict(own))
    on = answered(debug_header=True, headers=dict(own))

    assert not FeedbackConfig().debug_header
    assert off == own
    assert on["x-origin-router"] == [{"key": "X-Origin-Router", "value": "web/a"}]
    assert [each["value"] for each in on["server-timing"]] == ["db;dur=3", 'origin;desc="web/a";dur=125']
    assert on["via"] == own["via"]


def test_nothing_is_shown_of_a_response_that_is_not_ours() -> None:
    """No stamp, or one that a viewer made up: nobody can have the header say what they like."""
    feedback = FeedbackConfig(enabled=True, debug_header=True)
    stage = Stage(replace(config(origin("a")), feedback=feedback), {ref("a"): Behaviour(0.01)}).start()
    forged = {"x-origin-router": [{"key": "x", "value": f"web/a;a=0;t={int(EPOCH * 1000)};r=guessed"}]}
    for headers in ({}, forged):
        response: dict[str, Any] = {"status": "200", "headers": {}}
        assert stage.environment.handle_response({"headers": headers}, response, "id-1")["headers"] == {}

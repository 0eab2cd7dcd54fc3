"""Word in the stamp: read as it was written, never believed to be of the future, never an exception."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from origin_router.config.values import LAMBDA_NAME_CHARS, name_problem
from origin_router.edge.feedback import MAX_REQUEST_BYTES, ROOM_BYTES, STAMP_HEADER, Stamp, Word, may_stamp, read_stamp
from origin_router.edge.feedback import write_stamp as write
from origin_router.routing.config import FeedbackConfig
from origin_router.routing.model import OriginRef, Outcome
from origin_router.routing.news import FRESH_S
from origin_router.routing.schedule import JITTER, RECHECK_S
from tests.support.edge import config, origin, pool, ref
from tests.support.scripted_prober import EPOCH, Behaviour, Stage

names = st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True)
refs = st.builds(OriginRef, names, names)
words = st.builds(Word, refs, st.booleans(), st.floats(0, FRESH_S))
stamps = st.builds(
    Stamp,
    refs,
    st.integers(0, 2),
    st.floats(0, 4e9),
    st.from_regex(r"[\w=-]{1,56}", fullmatch=True),
    st.none() | refs,
    st.none() | words,
)

CLOUDFRONT_ID = "0BeBBvs6PFbC4GOjCH5RMy8vNG-YLxkmCAR-yqnASGBk7P6CXuu3Yw=="
"""56 characters, as all of CloudFront's request ids."""


def headers_of(value: str) -> dict[str, Any]:
    """A stamp's header."""
    return {STAMP_HEADER: [{"key": "X-Origin-Router", "value": value}]}


@given(stamps)
def test_every_stamp_is_read_as_it_was_written(stamp: Stamp) -> None:
    """To the millisecond, with and without the failed origin and word."""
    headers: dict[str, Any] = {}
    write(headers, stamp)
    read = read_stamp(headers, stamp.request_id)

    assert read is not None
    assert read._replace(sent_at=0.0, word=None) == stamp._replace(sent_at=0.0, word=None)
    assert stamp.sent_at - 0.0011 <= read.sent_at <= stamp.sent_at + 0.0001
    assert (read.word is None) is (stamp.word is None)
    if read.word is not None and stamp.word is not None:
        assert read.word[:2] == stamp.word[:2]
        assert stamp.word.age_s - 0.0011 <= read.word.age_s <= stamp.word.age_s + 0.0001


BEGIN = "web/a;a=1;t=1;r=id-1"
BROKEN = [
    ";d=web/a",
    ";s=5",
    ";d=web/a;s=",
    ";d=web/a;s=x",
    ";d=web/a;s=1.5",
    ";d=web/a;s=" + "9" * 400,
    ";d=web/a;s=" + "9" * 5000,
    ";d=web/a;s=5;s=5",
    ";d=web/a;s=5;u=web/a;s=5",
    ";s=5;d=web/a",
    ";x=web/a;s=5",
    ";d=web/a;x=5",
    ";d=web/a;s=5;f=web/b",
    ";f=web/a;f=web/b",
    ";;",
    ";",
]


@pytest.mark.parametrize("more", BROKEN)
def test_a_stamp_with_broken_word_is_none(more: str) -> None:
    """Nothing of it is believed."""
    assert read_stamp(headers_of(BEGIN), "id-1") is not None
    assert read_stamp(headers_of(BEGIN + more), "id-1") is None


@given(st.text(alphabet="web/abdufst=;0123456789-. \x00é", max_size=60))
def test_whatever_stands_behind_a_stamp_raises_nothing(more: str) -> None:
    """Cut short, made longer, garbage: a stamp that can be used, or none."""
    stamp = read_stamp(headers_of(BEGIN + more), "id-1")

    assert stamp is None or isinstance(stamp.text(), str)


@given(stamps, st.integers(0, 600))
def test_a_stamp_that_was_cut_raises_nothing(stamp: Stamp, length: int) -> None:
    """Wherever."""
    read_stamp(headers_of(stamp.text()[:length]), stamp.request_id)


def test_the_longest_stamp_has_room() -> None:
    """With names as long as the configuration allows, of three origins, and CloudFront's own id."""
    longest = OriginRef("p" * LAMBDA_NAME_CHARS, "o" * LAMBDA_NAME_CHARS)
    stamp = Stamp(longest, 2, EPOCH + 0.123, CLOUDFRONT_ID, longest, Word(longest, False, FRESH_S))
    headers: dict[str, Any] = {}
    write(headers, stamp)
    ((name, (entry,)),) = headers.items()

    assert name_problem(longest.pool) is None
    assert name_problem("p" * (LAMBDA_NAME_CHARS + 1)) is not None
    assert len(name) + len(entry["value"]) + 4 == 499 <= ROOM_BYTES
    assert read_stamp(headers, CLOUDFRONT_ID) is not None


def test_a_request_with_just_enough_room_is_stamped() -> None:
    """One character more is too much."""
    free = MAX_REQUEST_BYTES - ROOM_BYTES - len("/") - len("cookie") - 4
    for length, has_room in ((free, True), (free + 1, False)):
        request = {"uri": "/", "querystring": "", "headers": {"cookie": [{"key": "Cookie", "value": "x" * length}]}}
        assert may_stamp(request, CLOUDFRONT_ID) is has_room


def a_stage() -> Stage:
    """An environment that knows two origins of `web`, and serves from `a`."""
    others = {"api": pool(origin("x"), origin("a"))}
    routed = replace(config(origin("a"), origin("b"), others=others), feedback=FeedbackConfig(enabled=True))
    said = {ref("a"): Behaviour(0.01), ref("b"): Behaviour(0.05)}
    said |= {ref("x", "api"): Behaviour(0.01), ref("a", "api"): Behaviour(0.02)}
    stage = Stage(routed, said).start()
    for _ in range(3):
        stage.request(after_s=0.1)
    return stage


def deliver(stage: Stage, values: Iterable[str]) -> None:
    """Let responses of other environments' requests pass, a millisecond apart, each with such a stamp."""
    for value in values:
        stage.clock.now += 0.001
        response: dict[str, Any] = {"status": "200", "headers": {}}
        stage.environment.handle_response({"headers": headers_of(value)}, response, "id-1")
        stage.environment.answered("r")


def stamped(stage: Stage, more: str, *, ahead_s: float = 0.0) -> str:
    """A stamp written now, by an environment whose clock is ahead of ours."""
    return f"web/b;a=0;t={int((EPOCH + stage.clock.now + ahead_s) * 1000)};r=id-1{more}"


ages_ms = st.integers(-(10**18), 10**18) | st.integers(-10_000, 10_000) | st.just(10**300)


@settings(deadline=None)  # a busy machine is no defect
@given(st.lists(st.tuples(st.sampled_from("du"), ages_ms, st.sampled_from([0.0, 3600.0, -3600.0, 1e9])), max_size=6))
@example([("d", -(10**12), 3600.0)])
@example([("d", 0, 1e9), ("u", 0, 1e9)])
def test_no_word_is_of_the_future_whatever_ages_and_clocks_say(said: list[tuple[str, int, float]]) -> None:
    """One answer to our own probe refutes all that was heard before."""
    stage = a_stage()
    deliver(stage, [stamped(stage, f";{kind}=web/a;s={age_ms}", ahead_s=ahead_s) for kind, age_ms, ahead_s in said])
    record = stage.environment.router.pools["web"].origins["a"]
    assert record.blamed_at <= EPOCH + stage.clock.now
    stage.request(after_s=2.0)
    stage.request(after_s=2.0)

    assert stage.request() == "a.test"
    assert not record.is_blamed
    assert stage.events("error") == []


UNKNOWN = ["web/x", "api/b", "nowhere/a", "web/", "/a", "/", "", "web/a/b", "WEB/a", "web/a "]


@pytest.mark.parametrize("name", UNKNOWN)
@pytest.mark.parametrize("kind", "du")
def test_word_of_an_origin_that_we_do_not_know_is_ignored(name: str, kind: str) -> None:
    """Of another version of the configuration: what else the stamp says still counts."""
    stage = a_stage()
    deliver(stage, [stamped(stage, f";{kind}={name};s=0")])
    router = stage.environment.router

    assert stage.request() == "a.test"
    assert router.pools["web"].origins["b"].traffic.value_s is not None
    assert not any(each.is_blamed for each_pool in router.pools.values() for each in each_pool.origins.values())


def test_word_of_another_pool_s_origin_is_taken_there() -> None:
    """And not of the origin of the same name in the pool that the request belongs to."""
    stage = a_stage()
    deliver(stage, [stamped(stage, ";d=api/a;s=0")])
    pools = stage.environment.router.pools

    assert pools["api"].origins["a"].is_blamed
    assert not pools["web"].origins["a"].is_blamed


def test_word_travels_until_it_is_refuted() -> None:
    """In the stamps of all requests, with its age; in none before, in none after the next answered probe."""
    stage = a_stage()
    stage.prober.behaviours[ref("b")] = Behaviour(0.01, outcome=Outcome.REFUSED)
    ages_s = []
    for number in range(400):
        stage.clock.now += 0.1
        request = {"method": "GET", "uri": "/", "querystring": "", "headers": {}, "origin": {}}
        stamp = read_stamp(stage.environment.handle(request, f"id-{number}")["headers"], f"id-{number}")
        stage.environment.answered("a")
        assert stamp is not None
        if stamp.word is not None:
            assert stamp.word[:2] == (ref("b"), False)
            ages_s.append(stamp.word.age_s)
        if len(ages_s) == 1:
            stage.prober.behaviours[ref("b")] = Behaviour(0.05)

    assert ages_s[0] == 0.0
    assert ages_s == sorted(ages_s)
    assert ages_s[-1] == pytest.approx(RECHECK_S * (1 + JITTER / 2), abs=0.21)
    assert len(ages_s) == pytest.approx(ages_s[-1] / 0.1, abs=2)

"""`weighted`: shares of viewers that follow the weights, the same viewer always on the same side."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from origin_router.routing.config import PoolConfig
from origin_router.routing.control import Control
from origin_router.routing.model import Outcome, Reason
from tests.scenario.routing.player import (
    START_AT,
    FakeRequest,
    a_router,
    decide_all,
    origin,
    ref_of,
    shares,
    tell,
    viewers,
)

KEYS = 20_000
REQUESTS = viewers(KEYS)
FEWER = REQUESTS[:3000]


def pool_of(weights: Mapping[str, int], *, key: str = "client") -> PoolConfig:
    """A weighted pool."""
    return PoolConfig(policy="weighted", key=key, origins=tuple(origin(each, weight=w) for each, w in weights.items()))


def is_near(count: float, expected_share: float, of: int = KEYS) -> bool:
    """Within four standard deviations of what chance would give: one honest test in 16,000 is outside."""
    sigma = (of * expected_share * (1 - expected_share)) ** 0.5
    return bool(abs(count - of * expected_share) <= 4 * sigma + 1e-9)


WEIGHTS = [
    {"main": 95, "canary": 5},
    {"main": 1000, "canary": 1},
    {"a": 1, "b": 2, "c": 3},
    {"a": 100, "b": 100, "c": 0},
    {"a": 10, "b": 20, "c": 30, "d": 40, "e": 900},
]


@pytest.mark.parametrize("weights", WEIGHTS, ids=str)
def test_shares_follow_the_weights(weights: dict[str, int]) -> None:
    """Over 20,000 viewers, within what chance allows."""
    found = shares(decide_all(a_router(pool_of(weights)), REQUESTS))

    for name, weight in weights.items():
        assert is_near(found.get(name, 0) * KEYS, weight / sum(weights.values())), (name, found)


def test_a_viewer_is_on_the_same_side_in_every_environment_at_any_time() -> None:
    """Environments agree without a word: the side depends on nothing but key, origins and weights."""
    one, other = a_router(pool_of({"a": 70, "b": 30})), a_router(pool_of({"a": 70, "b": 30}), jitter=0.9)
    tell(other, "b", 5.0, START_AT)
    first, later = decide_all(one, REQUESTS[:2000]), decide_all(other, REQUESTS[:2000], START_AT + 86_400)

    assert first == later
    assert {Reason.WEIGHTED} == {each.reason for each in first}


def test_the_order_in_the_file_does_not_matter() -> None:
    """An origin that is written elsewhere in the file keeps its viewers."""
    one, other = a_router(pool_of({"a": 70, "b": 30, "c": 10})), a_router(pool_of({"c": 10, "a": 70, "b": 30}))

    assert decide_all(one, REQUESTS[:2000]) == decide_all(other, REQUESTS[:2000])


CHANGES = [
    # (weights before, after)
    ({"main": 95, "canary": 5}, {"main": 90, "canary": 10}),
    ({"main": 95, "canary": 5}, {"main": 0, "canary": 5}),
    ({"a": 100, "b": 100, "c": 100}, {"a": 100, "b": 50, "c": 100}),
    ({"a": 100, "b": 100}, {"a": 200, "b": 200}),
    ({"a": 100, "b": 100}, {"a": 100, "b": 100, "new": 100}),
    ({"a": 100, "b": 100, "leaving": 100}, {"a": 100, "b": 100}),
]


@pytest.mark.parametrize(("before", "after"), CHANGES, ids=str)
def test_no_more_viewers_move_than_must(before: dict[str, int], after: dict[str, int]) -> None:
    """As many as the shares differ by, and only towards origins whose share grew."""
    was = decide_all(a_router(pool_of(before)), FEWER)
    now = decide_all(a_router(pool_of(after)), FEWER)
    share_before = {name: weight / sum(before.values()) for name, weight in before.items()}
    share_after = {name: weight / sum(after.values()) for name, weight in after.items()}
    gains = {name: share_after[name] - share_before.get(name, 0) for name in share_after}

    moved = [(one.origin.origin, other.origin.origin) for one, other in zip(was, now, strict=True) if one != other]
    must = sum(max(0.0, gain) for gain in gains.values())
    assert is_near(len(moved), must, len(FEWER))
    assert all(gains[to] > 1e-9 for _, to in moved), "nobody moves to an origin whose share did not grow"


def test_the_viewers_of_a_failed_origin_are_shared_among_the_others_and_come_back() -> None:
    """Only they move, in the shares of the others, and to where they came from when it has recovered."""
    router = a_router(pool_of({"a": 60, "b": 30, "c": 10}))
    before = decide_all(router, FEWER)
    tell(router, "a", Outcome.REFUSED, START_AT)
    during = decide_all(router, FEWER)
    for n in range(2):
        tell(router, "a", 20.0, START_AT + 1 + n)
    after = decide_all(router, FEWER)

    assert before == after
    orphans = [to for was, to in zip(before, during, strict=True) if was.origin.origin == "a"]
    assert all(was == to for was, to in zip(before, during, strict=True) if was.origin.origin != "a")
    assert is_near(sum(each.origin.origin == "b" for each in orphans), 0.75, len(orphans))


def test_an_origin_without_a_share_serves_when_no_other_can() -> None:
    """Weight 0 is a share of nothing, not an absence."""
    router = a_router(pool_of({"a": 100, "b": 0}))
    before = shares(decide_all(router, REQUESTS[:500]))
    tell(router, "a", Outcome.REFUSED, START_AT)

    assert before == {"a": 1.0}
    assert shares(decide_all(router, REQUESTS[:500])) == {"b": 1.0}


def test_a_reserve_gets_no_share_while_one_of_better_priority_can_be_trusted() -> None:
    """Weights share requests among equals; priority says who is one."""
    pool = PoolConfig(
        policy="weighted",
        origins=(origin("a", weight=1), origin("b", weight=1), origin("reserve", priority=2, weight=1000)),
    )
    router = a_router(pool)
    seen = [set(shares(decide_all(router, REQUESTS[:200])))]
    for name in ("a", "b"):
        tell(router, name, Outcome.REFUSED, START_AT)
        seen.append(set(shares(decide_all(router, REQUESTS[:200]))))

    assert [{"a", "b"}, {"b"}, {"reserve"}] == seen


KEY_KINDS: list[tuple[str, FakeRequest, FakeRequest]] = [
    # (key, a request, another one of the same viewer by this key)
    ("client", FakeRequest(client="192.0.2.7"), FakeRequest(client="192.0.2.7", uri="/other")),
    ("cookie:id", FakeRequest(client="192.0.2.7", cookies={"id": "7"}), FakeRequest(cookies={"id": "7"})),
    ("header:X-User", FakeRequest(client="192.0.2.7", headers={"x-user": "7"}), FakeRequest(headers={"x-user": "7"})),
    ("query:user", FakeRequest(client="192.0.2.7", queries={"user": "7"}), FakeRequest(queries={"user": "7"})),
    ("cookie:id", FakeRequest(client="192.0.2.7"), FakeRequest(client="192.0.2.7", cookies={"other": "7"})),
    ("header:x-user", FakeRequest(client="192.0.2.7"), FakeRequest(client="192.0.2.7", queries={"x-user": "7"})),
    ("query:user", FakeRequest(client="192.0.2.7"), FakeRequest(client="192.0.2.7", queries={"user": ""})),
]


@pytest.mark.parametrize(("key", "one", "other"), KEY_KINDS)
def test_what_tells_viewers_apart(key: str, one: FakeRequest, other: FakeRequest) -> None:
    """The configured part of the request, or the client's address where that is missing."""
    router = a_router(pool_of({f"o{n}": 100 for n in range(50)}, key=key))

    assert router.decide(one, START_AT) == router.decide(other, START_AT)


@pytest.mark.parametrize("key", ["cookie:id", "header:x-user", "query:user"])
def test_viewers_of_one_address_are_told_apart_by_their_key(key: str) -> None:
    """Behind one proxy they would all be one viewer otherwise."""
    name = key.partition(":")[2]
    values = [str(number) for number in range(400)]
    requests = [FakeRequest(headers={name: v}, cookies={name: v}, queries={name: v}) for v in values]
    found = shares(decide_all(a_router(pool_of({"a": 50, "b": 50}, key=key)), requests))

    assert is_near(found["a"] * 400, 0.5, 400)


def test_ordered_weights_hold_until_their_end() -> None:
    """From the control document: a canary is opened without a deployment, and closes by itself."""
    router = a_router(pool_of({"main": 100, "canary": 0}))
    router.apply(Control(1, weights={ref_of("canary"): (100.0, START_AT + 60)}))
    during, after = (shares(decide_all(router, REQUESTS[:2000], START_AT + at)) for at in (59, 60))

    assert is_near(during["canary"] * 2000, 0.5, 2000)
    assert after == {"main": 1.0}


@pytest.mark.parametrize("policy", ["weighted", "sticky"])
def test_half_a_character_is_a_key_like_any_other(policy: str) -> None:
    """JSON can carry it, UTF-8 cannot: each such request would write one of the few lines there are for errors."""
    pool = PoolConfig(
        policy=policy,  # type: ignore[arg-type]
        on_failure="move" if policy == "sticky" else "return",
        key="cookie:id",
        origins=(origin("a"), origin("b")),
    )
    router = a_router(pool, heard=[(0, "a", Outcome.OK), (0, "b", Outcome.OK), (1, "a", Outcome.REFUSED)])

    assert router.decide(FakeRequest(cookies={"id": "\ud800"}), START_AT + 2).origin == ref_of("b")


def test_a_viewer_may_send_what_it_likes() -> None:
    """Empty, long and strange keys are keys."""
    router = a_router(pool_of({"a": 50, "b": 50}, key="header:x"))
    for value in ("", "x" * 100_000, "\x00", "🦊", "\udcff".encode("utf-8", "surrogateescape").decode("latin-1")):
        assert router.decide(FakeRequest(headers={"x": value}), START_AT).reason is Reason.WEIGHTED

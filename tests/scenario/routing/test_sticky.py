"""`sticky`: each viewer has an origin of its own; what happens while that one fails, and afterwards."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from origin_router.routing.config import HealthConfig, PoolConfig
from origin_router.routing.control import Control
from origin_router.routing.model import Decision, Outcome, Reason
from origin_router.routing.records import MAX_MOVES
from origin_router.routing.router import Router
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

NAMES = ("a", "b", "c")


def pool_of(on_failure: str, **origins: int) -> PoolConfig:
    """A sticky pool; names and priorities."""
    given = origins or dict.fromkeys(NAMES, 1)
    return PoolConfig(
        policy="sticky",
        on_failure=on_failure,  # type: ignore[arg-type]
        origins=tuple(origin(name, priority=priority) for name, priority in given.items()),
    )


def viewer_of(router: Router, name: str) -> FakeRequest:
    """Return a viewer whose own origin this is."""
    return next(each for each in viewers(100) if router.decide(each, START_AT).origin.origin == name)


def fail(router: Router, *names: str) -> None:
    """Let origins fail."""
    for name in names:
        tell(router, name, Outcome.REFUSED, START_AT)


def recover(router: Router, *names: str) -> None:
    """Let origins answer twice."""
    for _ in range(2):
        for name in names:
            tell(router, name, 20.0, START_AT)


def test_every_viewer_keeps_its_own_origin_and_all_get_equal_shares() -> None:
    """Whatever the speed of the origins."""
    router = a_router(pool_of("return"), heard=[(0, "a", 5.0), (0, "b", 500.0)])
    first, later = (decide_all(router, viewers(6000), START_AT + at) for at in (0, 9999))

    assert first == later
    assert {Reason.STICKY} == {each.reason for each in first}
    assert all(abs(share - 1 / 3) < 0.025 for share in shares(first).values())


AFTERWARDS = [
    # (on_failure, does it leave its failed origin, does it come back)
    ("return", True, True),
    ("move", True, False),
    ("stay", False, True),
]


@pytest.mark.parametrize(("on_failure", "leaves", "returns"), AFTERWARDS)
def test_a_viewer_whose_origin_fails(on_failure: str, leaves: bool, returns: bool) -> None:
    """Return, move or stay: while it fails, and when it has recovered."""
    router = a_router(pool_of(on_failure))
    viewer = viewer_of(router, "a")
    fail(router, "a")
    during = router.decide(viewer, START_AT)
    recover(router, "a")
    after = router.decide(viewer, START_AT)

    assert leaves == (during.origin.origin != "a")
    assert (Reason.MOVED if leaves else Reason.STICKY) is during.reason
    assert returns == (after.origin.origin == "a")
    assert Reason.STICKY is after.reason
    assert returns or after.origin == during.origin


@pytest.mark.parametrize("on_failure", ["return", "move", "stay"])
def test_nobody_else_is_moved(on_failure: str) -> None:
    """Viewers of the origins that do not fail notice nothing."""
    router = a_router(pool_of(on_failure))
    requests = viewers(1000)
    before = decide_all(router, requests)
    fail(router, "a")
    during = decide_all(router, requests)

    assert all(was == to for was, to in zip(before, during, strict=True) if was.origin.origin != "a")


def test_viewers_of_a_failed_origin_are_shared_among_the_others() -> None:
    """Not all of them to the next in the file."""
    router = a_router(pool_of("return"))
    fail(router, "a")
    moved = [each for each in decide_all(router, viewers(3000)) if each.reason is Reason.MOVED]

    assert all(0.4 < share < 0.6 for share in shares(moved).values())


def test_one_that_moved_for_good_moves_again_when_that_one_fails() -> None:
    """From `a` to another, from there to the last; and it stays there when both are back."""
    router = a_router(pool_of("move"))
    viewer = viewer_of(router, "a")
    went_to: list[str] = []
    for failing in ("a", None):
        fail(router, failing or went_to[-1])
        went_to.append(router.decide(viewer, START_AT).origin.origin)
    recover(router, *NAMES)

    assert {"a", *went_to} == set(NAMES)
    assert went_to[-1] == router.decide(viewer, START_AT).origin.origin


def test_one_that_moved_for_good_goes_back_to_its_own_when_nothing_else_is_left() -> None:
    """Better than an error."""
    router = a_router(pool_of("move", a=1, b=1))
    viewer = viewer_of(router, "a")
    fail(router, "a")
    router.decide(viewer, START_AT)
    recover(router, "a")
    fail(router, "b")

    decided = decide_all(router, [viewer, viewer])

    assert [each.origin.origin for each in decided] == ["a", "a"]
    assert [each.reason for each in decided] == [Reason.MOVED, Reason.STICKY]


def test_who_was_not_there_during_the_failure_has_not_moved() -> None:
    """A move is remembered per viewer that made it."""
    router = a_router(pool_of("move"))
    viewer = viewer_of(router, "a")
    fail(router, "a")
    recover(router, "a")

    assert Decision(ref_of("a"), Reason.STICKY) == router.decide(viewer, START_AT)


def test_moves_are_forgotten_oldest_first() -> None:
    """An environment remembers so many; memory does not grow with the number of viewers."""
    router = a_router(pool_of("move", a=1, b=2))
    requests = viewers(MAX_MOVES + 10)
    fail(router, "a")
    during = decide_all(router, requests)
    recover(router, "a")
    after = decide_all(router, requests)

    assert shares(during) == {"b": 1.0}
    assert len(router.pools["web"].moves) == MAX_MOVES
    assert [each.origin.origin for each in after[:10]] == ["a"] * 10
    assert shares(after[10:]) == {"b": 1.0}


def test_a_move_takes_no_more_memory_because_a_viewer_s_key_is_long() -> None:
    """Ten thousand cookies of 8 KB would be more than what Lambda@Edge has to give by default (128 MB)."""
    router = a_router(replace(pool_of("move", a=1, b=2), key="cookie:id"))
    fail(router, "a")
    for n in range(300):
        router.decide(FakeRequest(cookies={"id": f"{n}" + "x" * 8_000}), START_AT)
    moves = router.pools["web"].moves

    assert len(moves) == 300
    assert max(map(sys.getsizeof, moves)) <= 64


@pytest.mark.parametrize("on_failure", ["return", "move", "stay"])
def test_draining_is_for_now(on_failure: str) -> None:
    """A drained origin loses its viewers, and has them again afterwards: it never failed."""
    router = a_router(pool_of(on_failure))
    requests = viewers(500)
    before = decide_all(router, requests)
    router.apply(Control(1, drained={ref_of("a"): START_AT + 60}))
    during, after = (decide_all(router, requests, START_AT + at) for at in (59, 60))

    assert "a" not in shares(during)
    assert before == after


def test_a_reserve_is_nobody_s_own() -> None:
    """It takes over viewers only when all of better priority have failed."""
    router = a_router(pool_of("return", a=1, b=1, reserve=2))
    requests = viewers(300)
    seen = [set(shares(decide_all(router, requests)))]
    for name in ("a", "b"):
        fail(router, name)
        decided = decide_all(router, requests)
        seen.append(set(shares(decided)))

    assert [{"a", "b"}, {"b"}, {"reserve"}] == seen
    assert {Reason.MOVED} == {each.reason for each in decided}


def test_in_panic_everybody_goes_to_the_one_that_shows_a_sign_of_life() -> None:
    """All failed, `b` answers again: an origin of one's own that is dead is no use."""
    pool = PoolConfig(policy="sticky", origins=pool_of("return").origins, health=HealthConfig(max_ejected_pct=100))
    router = a_router(pool)
    fail(router, *NAMES, *NAMES)
    before = decide_all(router, viewers(300))
    tell(router, "b", 20.0, START_AT + 1)
    after = decide_all(router, viewers(300), START_AT + 1)

    assert set(NAMES) == set(shares(before))
    assert shares(after) == {"b": 1.0}
    assert {Reason.PANIC} == {each.reason for each in [*before, *after]}


def test_weights_count_for_sticky_too() -> None:
    """A canary of a tenth for whole sessions."""
    pool = PoolConfig(policy="sticky", origins=(origin("main", weight=90), origin("canary", weight=10)))

    assert abs(shares(decide_all(a_router(pool), viewers(6000)))["canary"] - 0.1) < 0.016

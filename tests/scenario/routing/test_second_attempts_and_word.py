"""A second attempt that nobody can ascribe, where others have said which origin fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from origin_router.routing.config import PoolConfig
from origin_router.routing.model import Outcome, Reason
from origin_router.routing.news import News
from origin_router.routing.router import Router
from tests.scenario.routing.player import ANY, START_AT, Heard, a_router, origin, ref_of, tell, viewers

LATER = START_AT + 5.0
LATENCIES_MS = {"a": 20.0, "b": 50.0, "c": 80.0}


def measured(names: str, *, policy: Any = "fastest", has_reserve: bool = False) -> Router:
    """All have answered; the choice is `a`, then `b`."""
    reserve = PoolConfig(origins=(origin("r"),))
    pool = PoolConfig(policy=policy, origins=tuple(map(origin, names)), fallback_pool="reserve" if has_reserve else "")
    heard: list[Heard] = [(0, name, LATENCIES_MS[name]) for name in names]
    router = a_router(pool, heard=[*heard, (0, "reserve/r", 100.0)], reserve=reserve)
    for name in names:
        router.launched(ref_of(name), START_AT)
    router.launched(ref_of("reserve/r"), START_AT)
    return router


def hears(router: Router, name: str) -> None:
    """Word that it fails, of another environment."""
    router.take_news(News(ref_of(name), is_good=False, at=LATER), LATER)


def hears_and_probes(router: Router, name: str) -> None:
    """The same, and then a probe of ours fails, too."""
    hears(router, name)
    tell(router, name, Outcome.RESPONSE_TIMEOUT, LATER + 0.1)


def ejects(router: Router, name: str) -> None:
    """Our own probes say so."""
    for number in range(3):
        tell(router, name, Outcome.RESPONSE_TIMEOUT, LATER + number / 10)


SECOND = [
    # (origins, those of which there is bad news, where a second attempt goes that nobody can ascribe)
    ("ab", "", "b"),
    ("ab", "b", "a"),
    ("abc", "", "b"),
    ("abc", "b", "c"),
    ("abc", "c", "b"),
    ("abc", "bc", "a"),
]


@pytest.mark.parametrize("learn", [hears, hears_and_probes, ejects])
@pytest.mark.parametrize(("names", "blamed", "expected"), SECOND)
def test_it_does_not_go_where_others_have_just_failed(
    names: str, blamed: str, expected: str, learn: Callable[[Router, str], None]
) -> None:
    """It is most likely the blamed one that failed, for somebody who had not heard. Ours answers."""
    router = measured(names)
    for each in blamed:
        learn(router, each)
    decision = router.decide_blindly(ANY, LATER + 1)

    assert (decision.origin.origin, decision.reason) == (expected, Reason.FAILOVER)
    assert router.decide(ANY, LATER + 1).origin.origin == "a"


@pytest.mark.parametrize(("names", "blamed"), [("ab", "b"), ("abc", "b"), ("abc", "c")])
def test_nor_is_our_own_choice_suspected_then(names: str, blamed: str) -> None:
    """The blamed origin explains it, however often."""
    router = measured(names)
    hears(router, blamed)
    for _ in range(5):
        router.hear(ref_of("a"), LATER + 0.1)

    assert router.decide(ANY, LATER + 0.1).origin.origin == "a"
    assert ref_of("a") not in router.due(LATER + 0.1)


@pytest.mark.parametrize("names", ["ab", "abc"])
def test_once_our_own_probe_is_answered_it_is_as_before(names: str) -> None:
    """Word is no proof."""
    router = measured(names)
    hears(router, "b")
    tell(router, "b", 50.0, LATER + 0.1)

    assert router.decide_blindly(ANY, LATER + 0.2).origin.origin == "b"


@pytest.mark.parametrize("policy", ["weighted", "sticky"])
def test_where_viewers_have_origins_of_their_own(policy: str) -> None:
    """There word only has an origin probed; a second attempt passes it over all the same."""
    router = measured("ab", policy=policy)
    hears(router, "b")
    first = {router.decide(viewer, LATER).origin.origin for viewer in viewers(30)}
    second = {router.decide_blindly(viewer, LATER).origin.origin for viewer in viewers(30)}

    assert first == {"a", "b"}
    assert second == {"a"}


def test_where_everything_is_blamed_it_goes_elsewhere_than_our_own_choice() -> None:
    """An ill environment says so of all: nothing is known, so the other one is the better bet."""
    router = measured("ab")
    for each in "ab":
        hears(router, each)
    own = router.decide(ANY, LATER).origin.origin

    assert router.decide_blindly(ANY, LATER).origin.origin == {"a": "b", "b": "a"}[own]


@pytest.mark.parametrize("learn", [hears, ejects])
def test_a_fallback_pool_is_better_than_either(learn: Callable[[Router, str], None]) -> None:
    """It has to do neither with the blamed origin nor with ours."""
    router = measured("ab", has_reserve=True)
    learn(router, "b")

    assert router.decide_blindly(ANY, LATER + 1).origin == ref_of("reserve/r")
    assert router.decide(ANY, LATER + 1).origin.origin == "a"

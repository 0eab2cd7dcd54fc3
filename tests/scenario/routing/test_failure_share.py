"""The share of failures within a window ejects, too: what never fails three times in a row may still fail too often."""

from __future__ import annotations

import pytest

from origin_router.routing.config import HealthConfig, PoolConfig
from origin_router.routing.model import Outcome, Reason, State
from tests.scenario.routing.player import ANY, START_AT, Heard, Real, a_router, origin, play, ref_of, tell

ORIGINS = (origin("eu"), origin("us"))
FAILED, OVERLOADED, OK = Real(Outcome.BAD_STATUS), Real(Outcome.OVERLOADED), Real(Outcome.OK)
WORDS = {"F": FAILED, "O": OVERLOADED, "S": OK}


def pool_of(*, failure_pct: float = 50, min_samples: int = 10, window_s: int = 30) -> PoolConfig:
    """A pool in which only the share ejects."""
    health = HealthConfig(fall=100, failure_pct=failure_pct, min_samples=min_samples, window_s=window_s)
    return PoolConfig(origins=ORIGINS, health=health)


SHARES = [
    # (failure_pct, min_samples, what real traffic found, ten a second; after how many is it ejected)
    (50, 10, "SF" * 6, 10),
    (50, 10, "FS" * 6, 11),
    (50, 10, "SSF" * 10, None),
    (50, 10, "SSSSSFFFFF", 10),
    (50, 10, "FFFFF", None),
    (50, 5, "FFFFF", 5),
    (50, 1, "F", 1),
    (50, 1, "SF", 2),
    (34, 10, "SSF" * 10, None),
    (33, 10, "SSF" * 10, 12),
    (100, 10, "F" * 9 + "S" + "F" * 20, None),
    (100, 10, "F" * 10, 10),
    (0, 1, "F" * 99, None),
    (50, 10, "O" * 10, 10),
    (50, 10, "SO" * 6, 10),
    (50, 10, "SSFO" * 3, 12),
]


@pytest.mark.parametrize(("failure_pct", "min_samples", "found", "ejected_after"), SHARES)
def test_from_which_share_on_an_origin_is_ejected(
    failure_pct: float, min_samples: int, found: str, ejected_after: int | None
) -> None:
    """Judged with each failure, over all outcomes in the window, once there are enough of them."""
    heard: list[Heard] = [(10 + n / 10, "eu", WORDS[word]) for n, word in enumerate(found)]
    played = play(pool_of(failure_pct=failure_pct, min_samples=min_samples), heard=heard, asked=[])

    ejected = [round((each.at - 10) * 10) + 1 for each in played.changed if each.after is State.EJECTED]
    assert ([] if ejected_after is None else [ejected_after]) == ejected


WINDOWS = [
    # (window_s, seconds between five failures and five more, is it ejected by the second five)
    (30, 20, True),
    (30, 26, True),
    (30, 30, False),
    (30, 3600, False),
    (600, 530, True),
    (600, 600, False),
    (1, 0.5, True),
    (1, 1, False),
]


@pytest.mark.parametrize(("window_s", "pause_s", "is_ejected"), WINDOWS)
def test_what_is_older_than_the_window_is_forgotten(window_s: int, pause_s: float, is_ejected: bool) -> None:
    """Forgetting happens by looking: also when nobody looked for an hour."""
    heard: list[Heard] = [(start, "eu", FAILED) for start in (10, 10 + pause_s) for _ in range(5)]
    played = play(pool_of(window_s=window_s), heard=heard, asked=[])

    assert is_ejected == (State.EJECTED in {each.after for each in played.changed})


@pytest.mark.parametrize("per_second", [1, 10, 100])
def test_the_window_is_as_long_at_any_rate_of_requests(per_second: int) -> None:
    """A third of the requests fails for 20 s: not enough of them within 30 s after a minute without, at any rate."""
    pool = pool_of(failure_pct=30, min_samples=10)
    router = a_router(pool)
    ejected_at = None
    for n in range(90 * per_second):
        at = n / per_second
        word = FAILED if at >= 60 and n % 3 == 0 else OK
        if tell(router, "eu", word, START_AT + at) and ejected_at is None and at > 0:
            ejected_at = at

    assert ejected_at is not None
    assert 84 <= ejected_at <= 90, "a third of 27 to 30 s of requests is nine tenths of a third of the window"


def test_after_recovery_the_window_starts_empty() -> None:
    """What was counted before the ejection was punished already: one more failure is the first."""
    heard: list[Heard] = [(10, "eu", FAILED) for _ in range(10)]
    heard += [(15, "eu", 20.0), (16, "eu", OK), (16, "eu", OK), (17, "eu", FAILED)]
    played = play(pool_of(), heard=heard, asked=[])

    assert played.changes_of("eu") == [(10, State.EJECTED), (15, State.PROBATION), (16, State.SERVING)]


def test_an_origin_ejected_for_its_share_of_real_traffic_is_tried_by_real_traffic() -> None:
    """Overloaded, not failing in a row: an answered probe brings it on trial, and the trial is a request."""
    router = a_router(
        pool_of(), heard=[(0, "us", 80.0), *((10, "eu", OVERLOADED) for _ in range(10)), (15, "eu", 20.0)]
    )
    health = router.pools["web"].origins["eu"].health
    decision = router.try_out(ANY, router.decide(ANY, START_AT + 15), START_AT + 15)

    assert State.PROBATION is health.state
    assert (ref_of("eu"), Reason.TRIAL) == (decision.origin, decision.reason)


def test_overloads_alone_make_nobody_suspect() -> None:
    """A few 429 are the origin's own way to say less: it keeps its requests."""
    router = a_router(pool_of(), heard=[(10, "eu", OK), *((11, "eu", OVERLOADED) for _ in range(4))])
    health = router.pools["web"].origins["eu"].health

    assert State.SERVING is health.state
    assert not health.is_suspect

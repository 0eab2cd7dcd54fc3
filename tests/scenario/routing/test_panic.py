"""No origin can be trusted: health is ignored, whoever shows a sign of life goes first, and life returns soon."""

from __future__ import annotations

import random

import pytest

from origin_router.routing.config import HealthConfig, PoolConfig
from origin_router.routing.control import Control
from origin_router.routing.model import Outcome, Reason, State
from tests.scenario.routing.player import (
    ANY,
    START_AT,
    Behaviour,
    Decided,
    Heard,
    Real,
    Said,
    Traffic,
    a_router,
    every,
    origin,
    play,
    ref_of,
    tell,
)

EJECTS_ALL = HealthConfig(max_ejected_pct=100)
FASTEST = PoolConfig(origins=(origin("eu"), origin("us")), fallback="us", health=EJECTS_ALL)
PRIORITY = PoolConfig(
    policy="priority", origins=(origin("eu"), origin("us", priority=2)), fallback="us", health=EJECTS_ALL
)
BOTH_ANSWER: list[Heard] = [(0, "eu", 20), (0, "us", 80)]
BOTH_DIE: list[Heard] = [(float(10 + n), name, Outcome.BAD_STATUS) for n in range(3) for name in ("eu", "us")]


def test_all_failed_the_fastest_known_answers() -> None:
    """What was known before still is the best guess, from the moment that none can be trusted."""
    played = play(FASTEST, heard=BOTH_ANSWER + BOTH_DIE, asked=[9, 10, 12, 13])

    assert Decided(9, "eu", Reason.FASTEST) == played.decided[0]
    assert [Decided(at, "eu", Reason.PANIC) for at in (10, 12, 13)] == played.decided[1:]
    assert [(0, State.SERVING), (12, State.EJECTED)] == played.changes_of("eu") == played.changes_of("us")


def test_all_failed_priority_keeps_its_order() -> None:
    """Order rules where health is ignored."""
    played = play(PRIORITY, heard=BOTH_ANSWER + BOTH_DIE, asked=[12])

    assert [Decided(12, "eu", Reason.PANIC)] == played.decided


def test_all_failed_without_ever_having_answered_the_fallback_answers() -> None:
    """Nothing was ever measured: the operator's fallback, by either policy."""
    by_fastest = play(FASTEST, heard=BOTH_DIE, asked=[13])
    by_priority = play(PRIORITY, heard=BOTH_DIE, asked=[13])

    assert [Decided(13, "us", Reason.FALLBACK)] == by_fastest.decided == by_priority.decided


def test_an_origin_that_never_answered_does_not_go_before_one_that_did() -> None:
    """Ejected both; the one of better priority has never been seen alive."""
    played = play(PRIORITY, heard=[(0, "us", 80), *BOTH_DIE], asked=[13])

    assert [Decided(13, "us", Reason.PANIC)] == played.decided


def test_the_first_sign_of_life_ends_the_guessing() -> None:
    """`us` is on probation, `eu` is still ejected: however fast `eu` once was, `us` answered."""
    heard = [*BOTH_ANSWER, *BOTH_DIE, (17, "us", 80), (18, "us", 80)]
    by_fastest = play(FASTEST, heard=heard, asked=[16, 17, 18])
    by_priority = play(PRIORITY, heard=heard, asked=[16, 17, 18])

    assert [each.origin for each in by_fastest.decided] == ["eu", "us", "us"]
    assert [each.reason for each in by_fastest.decided] == [Reason.PANIC, Reason.PANIC, Reason.FASTEST]
    assert [each.origin for each in by_priority.decided] == ["eu", "us", "us"]


def test_an_answer_counts_in_panic_although_the_ejection_is_not_over() -> None:
    """Two seconds into an ejection of five: the trial begins at once, because there is nobody else."""
    heard = [*BOTH_ANSWER, *BOTH_DIE, (14, "us", 80), (15, "us", 80)]
    played = play(FASTEST, heard=heard, asked=[13, 14, 15])

    assert played.changes_of("us")[2:] == [(14, State.PROBATION), (15, State.SERVING)]
    assert [each.origin for each in played.decided] == ["eu", "us", "us"]


def test_where_another_is_left_an_answer_does_not_end_an_ejection_early() -> None:
    """The same answer two seconds into the ejection is a straggler, as long as `us` can be trusted."""
    died: list[Heard] = [(float(10 + n), "eu", Outcome.BAD_STATUS) for n in range(3)]
    played = play(FASTEST, heard=[*BOTH_ANSWER, *died, (14, "eu", 20), (15, "eu", 20)], asked=[])

    assert played.changes_of("eu") == [(0, State.SERVING), (12, State.EJECTED)]


@pytest.mark.parametrize("is_real", [False, True])
def test_failures_in_panic_do_not_lengthen_an_ejection_that_runs(is_real: bool) -> None:
    """Requests go on in panic: growing with their number, an ejection would reach its maximum in seconds."""
    router = a_router(FASTEST, heard=BOTH_ANSWER + BOTH_DIE)
    health = router.pools["web"].origins["eu"].health
    before = health.ejected_until_at
    for n in range(40):
        outcome = Outcome.BAD_STATUS
        tell(router, "eu", (Real(outcome) if is_real else outcome), START_AT + 12 + n / 10)

    assert START_AT + 17 == before == health.ejected_until_at


PANIC_SHARES = [
    # (panic_pct, how many of four have failed, is health ignored then)
    (0, 3, False),
    (0, 4, True),
    (24, 3, False),
    (25, 3, True),
    (25, 2, False),
    (50, 1, False),
    (50, 2, True),
    (100, 0, True),
]


@pytest.mark.parametrize(("panic_pct", "failed", "is_panic"), PANIC_SHARES)
def test_from_which_share_on_health_is_ignored(panic_pct: float, failed: int, is_panic: bool) -> None:
    """No more than this share can be trusted; one whose last word was an error still comes last."""
    names = ["a", "b", "c", "d"]
    pool = PoolConfig(origins=tuple(map(origin, names)), health=HealthConfig(panic_pct=panic_pct))
    heard: list[Heard] = [(0, name, 20.0 + n) for n, name in enumerate(names)]
    heard += [(1, name, Outcome.REFUSED) for name in names[:failed]]
    played = play(pool, heard=heard, asked=[1])

    assert is_panic == (played.decided[0].reason is Reason.PANIC)
    assert names[failed % 4] == played.decided[0].origin


POLICIES = ["fastest", "priority", "weighted", "sticky"]


@pytest.mark.parametrize("has_feedback", [False, True])
@pytest.mark.parametrize("max_ejected_pct", [50, 100])
@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("refresh_s", [5.0, 30.0])
def test_everything_is_dead_then_one_returns(
    policy: str, max_ejected_pct: float, has_feedback: bool, refresh_s: float
) -> None:
    """After six minutes without an origin, requests reach the one that returns within two refresh intervals."""
    names = ["a", "b", "c"]
    pool = PoolConfig(
        policy=policy,  # type: ignore[arg-type]
        refresh_s=refresh_s,
        origins=tuple(map(origin, names)),
        health=HealthConfig(max_ejected_pct=max_ejected_pct),
    )
    for seed, returning in enumerate(names):
        down: list[tuple[float, Said]] = [(0, 50.0), (30, Outcome.REFUSED)]
        behaviour = {name: [*down, (400.0, 50.0)] if name == returning else down for name in names}
        traffic = Traffic(pool, behaviour, jitter=random.Random(seed).random, has_feedback=has_feedback)
        played = traffic.play(every(1, until=400 + 3 * refresh_s))

        assert Reason.PANIC is played.decided[399].reason
        assert {returning} == played.between(400 + 2 * refresh_s, 400 + 3 * refresh_s)


def test_recovery_is_as_quick_beside_an_origin_that_was_drained() -> None:
    """A healthy origin that gets no requests is no reason to wait for the ejections of the others."""
    names = ["a", "b", "c", "drained"]
    down: list[tuple[float, Said]] = [(0, 50.0), (30, Outcome.REFUSED)]
    behaviour: Behaviour = {"a": down, "b": down, "c": [*down, (1830, 50.0)], "drained": [(0, 20.0)]}
    pool = PoolConfig(origins=tuple(map(origin, names)), refresh_s=10, health=HealthConfig(max_ejected_pct=100))
    traffic = Traffic(pool, behaviour, jitter=random.Random(5).random)
    traffic.router.apply(Control(1, drained={ref_of("drained"): START_AT + 9999}))
    played = traffic.play(every(0.5, until=1860))

    assert {"c"} == played.between(1850, 1860)


@pytest.mark.parametrize("has_feedback", [False, True])
def test_an_outage_of_everything_is_recovered_from_without_help(has_feedback: bool) -> None:
    """All dead for 20 s in the middle of traffic: no request is refused a decision, and the best is back soon."""
    down: list[tuple[float, Said]] = [(30, Outcome.CONNECT_TIMEOUT), (50, 25.0)]
    behaviour: Behaviour = {"eu": [(0, 20.0), *down], "us": [(0, 80.0), *down[:1], (50, 80.0)]}
    traffic = Traffic(FASTEST, behaviour, jitter=lambda: 0.5, has_feedback=has_feedback)
    played = traffic.play(every(0.1, until=120))

    assert Reason.PANIC in {each.reason for each in played.decided if 40 < each.at < 50}
    assert not [each for each in played.decided if each.reason is Reason.PANIC and each.at > 50 + 12]
    assert {State.SERVING} == {record.health.state for record in traffic.router.pools["web"].origins.values()}
    assert {"eu"} == played.between(90, 120)


@pytest.mark.parametrize("has_feedback", [False, True])
def test_one_that_was_used_in_panic_is_back_as_soon_as_any(has_feedback: bool) -> None:
    """A thousand requests failed on `eu` in half a minute of panic: that makes its ejection no longer."""
    behaviour: Behaviour = {
        "eu": [(0, 20.0), (30, Outcome.BAD_STATUS), (80, 20.0)],
        "us": [(0, 80.0), (30, Outcome.BAD_STATUS), (60, 80.0)],
    }
    traffic = Traffic(FASTEST, behaviour, jitter=lambda: 0.5, has_feedback=has_feedback)
    played = traffic.play(every(0.05, until=160))

    assert {"us"} == played.between(75, 80)
    assert {"eu"} == played.between(130, 160)


def test_a_short_refusal_of_all_by_our_own_network_ejects_at_most_half() -> None:
    """One lost second at our end fails every probe at once: with the default cap not all of them are out for it."""
    names = ["a", "b", "c", "d"]
    router = a_router(PoolConfig(origins=tuple(map(origin, names))), heard=[(0, name, 20.0) for name in names])
    for n in range(2):
        for name in names:
            tell(router, name, Outcome.UNREACHABLE, START_AT + 10 + n)

    states = [each.health.state for each in router.pools["web"].origins.values()]
    assert states == [State.EJECTED] * 2 + [State.SERVING] * 2
    assert Reason.PANIC is router.decide(ANY, START_AT + 12).reason

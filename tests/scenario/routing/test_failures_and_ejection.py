"""Failures in a row eject, by weight; ejections lengthen; probation ends them; a straggler proves nothing."""

from __future__ import annotations

from itertools import pairwise

import pytest

from origin_router.routing.config import HealthConfig, PoolConfig
from origin_router.routing.model import Outcome, Reason, State
from tests.scenario.routing.player import Behaviour, Changed, Decided, Heard, Real, Traffic, every, origin, play

POOL = PoolConfig(origins=(origin("eu"), origin("us")))
BOTH_ANSWER: list[Heard] = [(0, "eu", 20), (0, "us", 80)]

WEIGHTS: list[tuple[Outcome, bool, int, int | None]] = [
    # (failure, of real traffic?, suspect after so many in a row, ejected after so many; fall is 3)
    (Outcome.DNS, False, 1, 2),
    (Outcome.REFUSED, False, 1, 2),
    (Outcome.UNREACHABLE, False, 1, 2),
    (Outcome.CONNECT_TIMEOUT, False, 1, 2),
    (Outcome.TLS, False, 1, 2),
    (Outcome.RESPONSE_TIMEOUT, False, 1, 3),
    (Outcome.BAD_STATUS, False, 1, 3),
    (Outcome.PROTOCOL, False, 1, 3),
    (Outcome.OVERLOADED, False, 99, None),
    (Outcome.FAILED_OVER, True, 1, 2),
    (Outcome.BAD_STATUS, True, 2, 5),
    (Outcome.OVERLOADED, True, 99, None),
]


@pytest.mark.parametrize(("failure", "is_real", "suspect_after", "ejected_after"), WEIGHTS)
def test_how_much_a_failure_weighs(
    failure: Outcome, is_real: bool, suspect_after: int, ejected_after: int | None
) -> None:
    """An error is not attractive, however fast it came; no connection at all weighs most, one bad URL least."""
    said = Real(failure) if is_real else failure
    times = [10.0 + n for n in range(6)]
    played = play(POOL, heard=[*BOTH_ANSWER, *((at, "eu", said) for at in times)], asked=[9, *times])

    expected = ["eu", *("us" if n + 1 >= suspect_after else "eu" for n in range(6))]
    assert expected == [each.origin for each in played.decided]
    ejected = [each.at - 9 for each in played.changed if each.after is State.EJECTED]
    assert ([] if ejected_after is None else [ejected_after]) == ejected


FALLS: list[tuple[int, Outcome, bool, int]] = [
    # (fall, failure, of real traffic?, ejected after so many)
    (1, Outcome.REFUSED, False, 1),
    (1, Outcome.BAD_STATUS, False, 1),
    (1, Outcome.BAD_STATUS, True, 2),
    (2, Outcome.REFUSED, False, 2),
    (4, Outcome.REFUSED, False, 3),
    (6, Outcome.REFUSED, False, 4),
    (6, Outcome.BAD_STATUS, True, 10),
    (15, Outcome.BAD_STATUS, True, 25),
    (100, Outcome.BAD_STATUS, False, 100),
]


@pytest.mark.parametrize(("fall", "failure", "is_real", "ejected_after"), FALLS)
def test_fall_counts_by_weight(fall: int, failure: Outcome, is_real: bool, ejected_after: int) -> None:
    """`fall` divided by the weight, rounded up, and not by a rounding error more."""
    pool = PoolConfig(origins=POOL.origins, health=HealthConfig(fall=fall, failure_pct=0))
    said = Real(failure) if is_real else failure
    played = play(pool, heard=[*BOTH_ANSWER, *((10.0 + n, "eu", said) for n in range(120))], asked=[])

    assert next(each.at - 9 for each in played.changed if each.after is State.EJECTED) == ejected_after


def test_failures_of_different_weight_add_up() -> None:
    """Two 5xx of real traffic and one refused probe are 2.7, the next 5xx makes 3.3."""
    heard: list[Heard] = [*BOTH_ANSWER, (10, "eu", Real(Outcome.BAD_STATUS)), (11, "eu", Real(Outcome.BAD_STATUS))]
    heard += [(12, "eu", Outcome.REFUSED), (13, "eu", Real(Outcome.BAD_STATUS))]
    played = play(POOL, heard=heard, asked=[])

    assert played.changes_of("eu") == [(0, State.SERVING), (13, State.EJECTED)]


def test_an_overload_in_between_neither_counts_nor_forgives() -> None:
    """A 429 is no success: two failures before it and one after it are three in a row."""
    heard: list[Heard] = [*BOTH_ANSWER, *_found("eu", "FF", since=10)]
    heard += [(12, "eu", Real(Outcome.OVERLOADED)), (13, "eu", Outcome.BAD_STATUS)]
    played = play(POOL, heard=heard, asked=[])

    assert played.changes_of("eu") == [(0, State.SERVING), (13, State.EJECTED)]


def test_an_overload_in_between_does_not_keep_trust_from_returning() -> None:
    """Answered, overloaded, answered: two successes since the failure are two, the origin is alive."""
    heard: list[Heard] = [*BOTH_ANSWER, (10, "eu", Outcome.BAD_STATUS)]
    heard += [(11, "eu", 20.0), (12, "eu", Real(Outcome.OVERLOADED)), (13, "eu", 20.0)]
    played = play(POOL, heard=heard, asked=[11, 12, 13])

    assert [each.origin for each in played.decided] == ["us", "us", "eu"]


IN_A_ROW = [
    # what a probe found, one per second; F fails, S succeeds; after which one is it ejected (fall 3, rise 2)
    ("FFF", 2),
    ("FFSFFSFFSFF", None),
    ("FSFSFSFSFS", None),
    ("FFSFFF", 5),
    ("FFSSFF", None),
]


@pytest.mark.parametrize(("found", "ejected_by"), IN_A_ROW)
def test_only_failures_in_a_row_eject(found: str, ejected_by: int | None) -> None:
    """One success in between starts the count anew (though trust takes two)."""
    heard = [*BOTH_ANSWER, *_found("eu", found, since=10)]
    pool = PoolConfig(origins=POOL.origins, health=HealthConfig(failure_pct=0))
    played = play(pool, heard=heard, asked=[])

    ejected = [each.at - 10 for each in played.changed if each.after is State.EJECTED]
    assert ([] if ejected_by is None else [ejected_by]) == ejected


TRUST = [
    # (rise, found after one failure, is it trusted again)
    (1, "S", True),
    (2, "S", False),
    (2, "SS", True),
    (2, "SFS", False),
    (3, "SS", False),
    (3, "SSS", True),
]


@pytest.mark.parametrize(("rise", "found", "is_trusted"), TRUST)
def test_trust_returns_after_successes_in_a_row(rise: int, found: str, is_trusted: bool) -> None:
    """Until then the slower origin answers."""
    pool = PoolConfig(origins=POOL.origins, health=HealthConfig(fall=9, rise=rise))
    played = play(pool, heard=[*BOTH_ANSWER, *_found("eu", "F" + found, since=10)], asked=[30])

    assert ("eu" if is_trusted else "us") == played.decided[-1].origin


def test_a_suspect_origin_serves_where_nothing_better_is_left() -> None:
    """Both failed once, so none can be trusted: no reason to stop using the faster one, which is still in service."""
    played = play(POOL, heard=[*BOTH_ANSWER, (10, "us", Outcome.REFUSED), (11, "eu", Outcome.REFUSED)], asked=[10, 11])

    assert [Decided(10, "eu", Reason.FASTEST), Decided(11, "eu", Reason.PANIC)] == played.decided
    assert [each.after for each in played.changed] == [State.SERVING, State.SERVING]


def test_of_two_suspects_the_one_that_answered_last_serves() -> None:
    """`us` has failed too, but its latest word is an answer: the faster origin's is an error."""
    heard = [*BOTH_ANSWER, *_found("eu", "FF", since=10), *_found("us", "FS", since=10)]
    played = play(POOL, heard=heard, asked=[12])

    assert [each.origin for each in played.decided] == ["us"]


def test_what_arrives_during_an_ejection_changes_nothing() -> None:
    """Stragglers from before: neither do successes end it nor do failures lengthen it."""
    heard = [*BOTH_ANSWER, *_found("eu", "FFF", since=10), *_found("eu", "SSFF", since=12.5), (17, "eu", 20)]
    played = play(POOL, heard=heard, asked=[13, 16])

    assert {"us"} == {each.origin for each in played.decided}
    assert [(each.at, each.after) for each in played.changed[2:]] == [(12, State.EJECTED), (17, State.PROBATION)]


def test_an_ejection_ends_at_its_time_and_not_before() -> None:
    """Three failures up to 12 s, 5 s of ejection: 16.99 s is too early, 17 s is probation."""
    early = play(POOL, heard=[*BOTH_ANSWER, *_found("eu", "FFF", since=10), (16.99, "eu", 20)], asked=[])
    late = play(POOL, heard=[*BOTH_ANSWER, *_found("eu", "FFF", since=10), (17, "eu", 20)], asked=[])

    assert early.changed[-1].after is State.EJECTED
    assert late.changed[-1].after is State.PROBATION


def test_nobody_is_sent_to_an_origin_on_probation() -> None:
    """One trial has succeeded, the next decides; viewers are not the trial."""
    heard = [*BOTH_ANSWER, *_found("eu", "FFF", since=10), *_found("eu", "SS", since=17)]
    played = play(POOL, heard=heard, asked=[17, 18])

    assert [each.origin for each in played.decided] == ["us", "eu"]


def test_ejections_double_up_to_a_minute() -> None:
    """5, 10, 20 ... 60 s: an origin that stays dead is asked less and less, and never less than every minute."""
    behaviour: Behaviour = {"eu": [(0, 20.0), (50, Outcome.REFUSED)], "us": [(0, 80.0)]}
    played = Traffic(POOL, behaviour, jitter=lambda: 0.0).play(every(0.5, until=2000))

    asked = [at for at in played.probed["eu"] if at >= 50]
    pauses = [later - earlier for earlier, later in pairwise(asked)]
    found_after = 0.5  # the next request reads it
    expected = [1, 5, 10, 20, 40, 60, 60, 60, 60, 60, 60]
    assert [pause + found_after for pause in expected] == pauses[:11]
    assert played.decided[-1].origin == "us"


def test_a_failed_trial_lengthens_the_ejection_without_a_word() -> None:
    """Ejected before and ejected after is no transition; the trial after it comes twice as late."""
    heard = [*BOTH_ANSWER, *_found("eu", "FFF", since=10), (17, "eu", Outcome.DNS), (26.9, "eu", 20), (27, "eu", 20)]
    played = play(POOL, heard=heard, asked=[])

    assert [(each.at, each.after) for each in played.changed[2:]] == [(12, State.EJECTED), (27, State.PROBATION)]


FORGIVENESS = [
    # (seconds from recovery to the second ejection, length of that)
    (10.0, 10.0),
    (300.0, 10.0),
    (300.5, 5.0),
]


@pytest.mark.parametrize(("served_s", "length_s"), FORGIVENESS)
def test_ejections_are_forgiven_after_five_minutes_in_service(served_s: float, length_s: float) -> None:
    """A flapping origin is punished more each time, one that had held for long starts at the base."""
    ejected = 18 + served_s
    back = ejected + length_s
    heard = [*BOTH_ANSWER, *_found("eu", "FFF", since=10), *_found("eu", "SS", since=17)]
    heard += [*_found("eu", "FFF", since=ejected - 2), (back - 0.1, "eu", 20), (back, "eu", 20)]
    played = play(POOL, heard=heard, asked=[])

    assert Changed(back, "eu", State.EJECTED, State.PROBATION) == played.changed[-1]


def test_an_origin_that_never_answered_is_ejected_too() -> None:
    """From unknown straight to ejected: it was never in service."""
    played = play(POOL, heard=[(0, "us", 80), *_found("eu", "FFF", since=0.5)], asked=[3])

    assert Changed(2.5, "eu", State.UNKNOWN, State.EJECTED) == played.changed[-1]
    assert [Decided(3, "us", Reason.FASTEST)] == played.decided


def test_fall_and_rise_of_one_are_decided_at_once() -> None:
    """The strictest and the most forgiving setting: one failure ejects, one success brings back."""
    pool = PoolConfig(origins=POOL.origins, health=HealthConfig(fall=1, rise=1))
    played = play(pool, heard=[*BOTH_ANSWER, (10, "eu", Outcome.REFUSED), (15, "eu", 20)], asked=[10, 15])

    assert [
        Changed(10, "eu", State.SERVING, State.EJECTED),
        Changed(15, "eu", State.EJECTED, State.SERVING),
    ] == played.changed[2:]
    assert [each.origin for each in played.decided] == ["us", "eu"]


def _found(name: str, found: str, *, since: float) -> list[Heard]:
    return [(since + n, name, 20.0 if each == "S" else Outcome.RESPONSE_TIMEOUT) for n, each in enumerate(found)]

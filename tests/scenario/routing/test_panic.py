"""All ejected: health is ignored, and whoever shows a sign of life goes first."""

from __future__ import annotations

from tests.scenario.routing.player import Behaviour, Decided, Heard, Said, Traffic, every, origin, play

from origin_router.routing.config import PoolConfig
from origin_router.routing.model import Outcome, Reason, State

FASTEST = PoolConfig(origins=(origin("eu"), origin("us")), fallback="us")
PRIORITY = PoolConfig(policy="priority", origins=(origin("eu"), origin("us", priority=2)), fallback="us")
BOTH_ANSWER: list[Heard] = [(0, "eu", 20), (0, "us", 80)]
BOTH_DIE: list[Heard] = [(float(10 + n), name, Outcome.REFUSED) for n in range(3) for name in ("eu", "us")]


def test_all_ejected_the_fastest_known_answers() -> None:
    """What was known before still is the best guess."""
    played = play(FASTEST, heard=BOTH_ANSWER + BOTH_DIE, asked=[11, 12, 13])

    assert Decided(11, "eu", Reason.FASTEST) == played.decided[0], "suspects, none ejected yet"
    assert [Decided(12, "eu", Reason.PANIC), Decided(13, "eu", Reason.PANIC)] == played.decided[1:]


def test_all_ejected_priority_keeps_its_order() -> None:
    """Order rules where health is ignored."""
    played = play(PRIORITY, heard=BOTH_ANSWER + BOTH_DIE, asked=[12])

    assert [Decided(12, "eu", Reason.PANIC)] == played.decided


def test_all_ejected_without_ever_having_answered_the_fallback_answers() -> None:
    """Nothing was ever measured: the operator's fallback, by either policy."""
    by_fastest = play(FASTEST, heard=BOTH_DIE, asked=[13])
    by_priority = play(PRIORITY, heard=BOTH_DIE, asked=[13])

    assert [Decided(13, "us", Reason.PANIC)] == by_fastest.decided == by_priority.decided


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


def test_one_healthy_origin_is_enough_to_end_the_panic() -> None:
    """The slower one is the only one that recovered: health counts again."""
    heard = [*BOTH_ANSWER, *BOTH_DIE, (17, "us", 80), (18, "us", 80), (19, "us", 80)]
    played = play(FASTEST, heard=heard, asked=[19])

    assert [Decided(19, "us", Reason.FASTEST)] == played.decided


def test_an_outage_of_everything_is_recovered_from_without_help() -> None:
    """All dead for 20 s in the middle of traffic: no request is refused a decision, and normal life returns."""
    down: list[tuple[float, Said]] = [(30, Outcome.CONNECT_TIMEOUT), (50, 25.0)]
    behaviour: Behaviour = {"eu": [(0, 20.0), *down], "us": [(0, 80.0), *down]}
    traffic = Traffic(FASTEST, behaviour, jitter=lambda: 0.5)
    played = traffic.play(every(0.25, until=120))

    assert Reason.PANIC in {each.reason for each in played.decided if 40 < each.at < 50}
    assert not [each for each in played.decided if each.reason is Reason.PANIC and each.at > 50 + 12]
    assert {State.SERVING} == {record.health.state for record in traffic.router.pools["web"].origins.values()}

"""`priority`: the first in order that answers; failover when it fails, failback when it has recovered."""

from __future__ import annotations

from itertools import pairwise

from tests.scenario.routing.player import Behaviour, Changed, Decided, Heard, Traffic, every, origin, play

from origin_router.routing.config import PoolConfig
from origin_router.routing.model import Outcome, Reason, State

FIRST, SECOND, THIRD = origin("first", priority=1), origin("second", priority=2), origin("third", priority=3)
POOL = PoolConfig(policy="priority", origins=(FIRST, SECOND, THIRD))


def test_latency_plays_no_part() -> None:
    """The first answers slowest, and is chosen."""
    played = play(POOL, heard=[(0, "third", 5), (0, "second", 20), (0, "first", 900)], asked=[0])

    assert [Decided(0, "first", Reason.PRIORITY)] == played.decided


def test_order_is_priority_then_the_configured_order() -> None:
    """The number decides, not where it stands in the file; equal numbers keep the file's order."""
    pool = PoolConfig(policy="priority", origins=(origin("c", priority=9), origin("b"), origin("a")))
    played = play(pool, heard=[(0, "a", 1), (0, "c", 1), (0, "b", 1)], asked=[0])

    assert [Decided(0, "b", Reason.PRIORITY)] == played.decided


def test_an_origin_that_has_not_answered_yet_is_not_waited_for() -> None:
    """The second answers first; as soon as the first has answered, it takes over."""
    played = play(POOL, heard=[(0.05, "second", 50), (0.4, "first", 400)], asked=[0, 0.1, 0.4])

    assert [
        Decided(0, "first", Reason.FALLBACK),
        Decided(0.1, "second", Reason.PRIORITY),
        Decided(0.4, "first", Reason.PRIORITY),
    ] == played.decided


def test_failover_comes_with_the_first_failure_and_failback_with_the_second_success() -> None:
    """One failure is enough to prefer an origin that has none; two successes in a row bring the first one back."""
    heard: list[Heard] = [(0, name, 50) for name in ("first", "second", "third")]
    heard += [(10, "first", Outcome.REFUSED), (11, "first", 50), (12, "first", 50)]
    played = play(POOL, heard=heard, asked=[0, 10, 11, 12])

    assert [each.origin for each in played.decided] == ["first", "second", "second", "first"]
    assert {Reason.PRIORITY} == {each.reason for each in played.decided}


def test_failover_goes_down_the_order_and_failback_up() -> None:
    """The first two fail one after the other and come back in the other order."""
    behaviour: Behaviour = {
        "first": [(0, 50.0), (60, Outcome.REFUSED), (400, 50.0)],
        "second": [(0, 50.0), (120, Outcome.CONNECT_TIMEOUT), (240, 50.0)],
        "third": [(0, 50.0)],
    }
    played = Traffic(POOL, behaviour, jitter=lambda: 0.0).play(every(0.5, until=800))

    assert [each.origin for each in played.moves] == ["first", "second", "third", "second", "first"]
    to_second, to_third, back_to_second, back_to_first = (each.at for each in played.moves[1:])
    assert 60 < to_second < 72
    assert 120 < to_third < 132
    assert 240 < back_to_second < 240 + 160, "the fifth ejection lasts 80 s"
    assert 400 < back_to_first < 400 + 320
    assert {Reason.PRIORITY} == {each.reason for each in played.decided[2:]}


def test_a_slow_origin_that_serves_is_watched_as_closely_as_any() -> None:
    """Being slower than an unused origin must not delay the news that the one in use has died."""
    behaviour: Behaviour = {"first": [(0, 200.0), (100, Outcome.REFUSED)], "second": [(0, 20.0)], "third": [(0, 20.0)]}
    played = Traffic(POOL, behaviour, jitter=lambda: 0.999).play(every(0.5, until=200))

    watched = [at for at in played.probed["first"] if at <= 100]
    assert max(later - earlier for earlier, later in pairwise(watched)) <= 12.5
    assert played.moves[-1].origin == "second"
    assert played.moves[-1].at <= 100 + 12.5 + 1


def test_fastest_watches_a_slow_origin_of_better_priority_as_closely_as_any() -> None:
    """The same for `fastest`: what an unused reserve can do says nothing about the one in use."""
    pool = PoolConfig(policy="fastest", origins=(FIRST, SECOND))
    behaviour: Behaviour = {"first": [(0, 200.0), (100, Outcome.REFUSED)], "second": [(0, 20.0)]}
    played = Traffic(pool, behaviour, jitter=lambda: 0.999).play(every(0.5, until=200))

    assert played.moves[-1].origin == "second"
    assert played.moves[-1].at <= 100 + 12.5 + 1


def test_all_transitions_of_a_failure_and_recovery() -> None:
    """Each change of state is told once, with the time at which it was noticed."""
    heard: list[Heard] = [(0, "first", 50)] + [(10.0 + n, "first", Outcome.TLS) for n in range(3)]
    heard += [(18, "first", 50), (19, "first", 50)]
    played = play(POOL, heard=heard, asked=[])

    assert [
        Changed(0, "first", State.UNKNOWN, State.SERVING),
        Changed(12, "first", State.SERVING, State.EJECTED),
        Changed(18, "first", State.EJECTED, State.PROBATION),
        Changed(19, "first", State.PROBATION, State.SERVING),
    ] == played.changed

"""Nothing measured: the fallback answers, unless it is known to be worse than another."""

from __future__ import annotations

import pytest

from origin_router.routing.config import PoolConfig
from origin_router.routing.model import Outcome, Reason
from tests.scenario.routing.player import Decided, Heard, origin, play

ORIGINS = (origin("a"), origin("b"), origin("c"))

UNMEASURED: list[tuple[str, list[Heard], str]] = [
    # (the fallback, what was heard, who answers)
    ("", [], "a"),
    ("b", [], "b"),
    ("c", [], "c"),
    ("b", [(0, "b", Outcome.REFUSED)], "a"),
    ("b", [(0, "b", Outcome.REFUSED), (0, "a", Outcome.DNS)], "c"),
    ("b", [(0, "b", Outcome.REFUSED), (0, "c", Outcome.OK)], "c"),
    ("b", [(0, "c", Outcome.OK)], "b"),
    ("b", [(0, name, Outcome.CONNECT_TIMEOUT) for name in "abc"], "b"),
]


@pytest.mark.parametrize(("fallback", "heard", "who"), UNMEASURED)
def test_fastest_falls_back(fallback: str, heard: list[Heard], who: str) -> None:
    """The fallback, if it has not just failed; else one that is known to answer; else one that has not failed."""
    pool = PoolConfig(origins=ORIGINS, fallback=fallback)
    played = play(pool, heard=heard, asked=[1])

    assert [Decided(1, who, Reason.FALLBACK)] == played.decided


@pytest.mark.parametrize("fallback", ["", "b"])
def test_priority_falls_back_when_nothing_has_answered(fallback: str) -> None:
    """Not the first priority: nothing is known of it. The fallback is what the operator named for this."""
    pool = PoolConfig(policy="priority", origins=(origin("a", priority=2), origin("b")), fallback=fallback)
    played = play(pool, heard=[], asked=[0])

    assert [Decided(0, fallback or "a", Reason.FALLBACK)] == played.decided


def test_an_answer_without_latency_is_enough_for_priority() -> None:
    """Latency plays no part, so that it could not be read is no reason to fall back."""
    pool = PoolConfig(policy="priority", origins=ORIGINS, fallback="c")
    played = play(pool, heard=[(0, "b", Outcome.OK)], asked=[0])

    assert [Decided(0, "b", Reason.PRIORITY)] == played.decided


def test_a_fallback_holds_no_one_back() -> None:
    """It was no choice: the first measurement decides, however close the fallback may be to it later."""
    pool = PoolConfig(origins=ORIGINS, fallback="b", band_ms=1000)
    played = play(pool, heard=[(1, "a", 50)], asked=[0, 1])

    assert [Decided(0, "b", Reason.FALLBACK), Decided(1, "a", Reason.FIRST_ANSWER)] == played.decided


def test_a_fallback_is_no_current_choice() -> None:
    """Measured together with the others, it has no advantage, however wide the band."""
    pool = PoolConfig(origins=ORIGINS, fallback="b", band_ms=1000)
    played = play(pool, heard=[(1, "b", 55), (1, "a", 50), (1, "c", 60)], asked=[0, 1])

    assert [Decided(0, "b", Reason.FALLBACK), Decided(1, "a", Reason.FASTEST)] == played.decided


def test_the_only_origin_answers_whatever_is_heard_of_it() -> None:
    """There is nothing to decide, in every state of health."""
    pool = PoolConfig(origins=(origin("a"),))
    heard: list[Heard] = [(float(at), "a", Outcome.REFUSED) for at in range(1, 5)]
    played = play(pool, heard=[*heard, (20, "a", 30)], asked=[0, 2, 5, 21])

    assert {("a", Reason.ONLY_ORIGIN)} == {each[1:] for each in played.decided}

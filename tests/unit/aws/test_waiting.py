"""Waiting ends, shows signs of life, and takes no real time in tests."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from origin_router.aws.errors import AwsError, Kind
from origin_router.aws.waiting import Patience, duration


class Clock:
    """Time passes only by sleeping; remembers what was said."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.said: list[tuple[str, float]] = []

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds

    def read(self) -> float:
        return self.now_s

    def waiting(self, what: str, elapsed_s: float) -> None:
        self.said.append((what, elapsed_s))

    @property
    def patience(self) -> Patience:
        return Patience(self, sleep=self.sleep, clock=self.read)


def after(count: int) -> Callable[[], bool]:
    """Be true from the n-th question on."""
    answers = iter([False] * count)
    return lambda: next(answers, True)


def test_what_is_so_already_is_not_waited_for() -> None:
    """Not even once."""
    clock = Clock()
    clock.patience.until("it", after(0), every_s=5, limit_s=60)

    assert (clock.now_s, clock.said) == (0.0, [])


def test_every_question_is_announced() -> None:
    """With the time that it took so far."""
    clock = Clock()
    clock.patience.until("it", after(3), every_s=5, limit_s=60)

    assert clock.said == [("it", 0.0), ("it", 5.0), ("it", 10.0)]


def test_intervals_grow_up_to_the_longest() -> None:
    """What takes hours need not be asked for every few seconds."""
    clock = Clock()
    clock.patience.until("it", after(6), every_s=30, longest_s=100, limit_s=3600)
    times = [at for _, at in clock.said]

    assert [round(b - a) for a, b in itertools.pairwise(times)] == [30, 45, 68, 100, 100]


def test_at_the_limit_it_says_so() -> None:
    """And that the command can be run again."""
    clock = Clock()
    with pytest.raises(AwsError, match="not done after 1 min 0 s") as caught:
        clock.patience.until("it", lambda: False, every_s=7, limit_s=60)

    assert caught.value.kind is Kind.BUSY
    assert clock.now_s == pytest.approx(60)


def test_a_failure_that_passes_is_tried_again_until_it_does_not() -> None:
    """Others are raised at once."""
    clock, failures = Clock(), iter([AwsError("a", "role unknown")] * 2)

    def attempt() -> str:
        for failure in failures:
            raise failure
        return "made"

    assert clock.patience.insist("it", attempt, lambda error: True, every_s=2, limit_s=60) == "made"
    assert clock.now_s == 4.0

    def refuse() -> None:
        raise AwsError("a", "never")

    with pytest.raises(AwsError, match="never"):
        clock.patience.insist("it", refuse, lambda error: False, every_s=2, limit_s=60)
    assert clock.now_s == 4.0
    with pytest.raises(AwsError, match="never"):
        clock.patience.insist("it", refuse, lambda error: True, every_s=2, limit_s=60)
    assert clock.now_s == pytest.approx(64)


@pytest.mark.parametrize(("seconds", "text"), [(0, "0 s"), (59.4, "59 s"), (61, "1 min 1 s"), (7_260, "2 h 1 min")])
def test_spans_of_time_are_readable(seconds: float, text: str) -> None:
    """Nobody divides by 3600 in their head."""
    assert duration(seconds) == text

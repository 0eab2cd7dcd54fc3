"""The honesty rules one by one: which times that span a freeze are thrown away, and why."""

from __future__ import annotations

import pytest

from origin_router.edge.tcp_info import KernelTimes
from origin_router.edge.wakefulness import Clocks, Sent, Wakefulness, awake_response_time, doubt, response_time

SENT = Sent(at=100.0, epoch=0, retransmits=2)
"""Sent in the first awake time; three segments were repeated before."""

TOOK_S = 0.13


def woken(
    *, wakes: int = 1, asleep_at: float = 100.001, at: float = 102.0, wall_slept_s: float | None = None
) -> Wakefulness:
    """An environment that slept from `asleep_at` to `at` by the monotonic clock."""
    slept_s = at - asleep_at
    awake = Wakefulness(Clocks(asleep_at, 5000.0))
    for _ in range(wakes):
        awake.sleep(Clocks(asleep_at, 5000.0))
        awake.wake(Clocks(at, 5000.0 + (slept_s if wall_slept_s is None else wall_slept_s)))
    return awake


def stamps(
    now: float, *, took_s: float = TOOK_S, since_sent_s: float | None = None, retransmits: int = 2
) -> KernelTimes:
    """What the kernel tells at `now` of a request sent at 100.0 s and answered after `took_s`."""
    since_sent_s = now - SENT.at if since_sent_s is None else since_sent_s
    return KernelTimes(since_sent_s, now - SENT.at - took_s, 0.08, retransmits)


def test_a_time_that_is_beyond_doubt() -> None:
    """One freeze, arrived long before the thaw, clocks and stamps agree."""
    took_s, why = response_time(SENT, stamps(102.0), 102.0, woken())

    assert why is None
    assert took_s == pytest.approx(TOOK_S)


@pytest.mark.parametrize(
    ("kernel", "awake", "why"),
    [
        pytest.param(None, woken(), "no_kernel_stamps", id="no-stamps"),
        pytest.param(stamps(102.0, since_sent_s=1.97), woken(), "stamps_disagree", id="sent-again-later"),
        pytest.param(stamps(102.0, since_sent_s=2.03), woken(), "stamps_disagree", id="sent-before-we-did"),
        pytest.param(stamps(102.0, took_s=-0.02), woken(), "stamps_disagree", id="answered-before-it-was-asked"),
        pytest.param(stamps(102.0, retransmits=3), woken(), "retransmitted", id="repeated"),
        pytest.param(stamps(102.0), woken(wakes=0), "several_freezes", id="woken-without-our-knowing"),
        pytest.param(stamps(102.0), woken(wakes=2), "several_freezes", id="two-freezes"),
        pytest.param(stamps(102.0), woken(wall_slept_s=60.0), "clocks_disagree", id="monotonic-clock-stood-still"),
        pytest.param(stamps(102.0), woken(wall_slept_s=-60.0), "clocks_disagree", id="wall-clock-set-back"),
        pytest.param(stamps(102.0, took_s=2.0), woken(), "arrived_at_thaw", id="arrived-just-now"),
        pytest.param(stamps(102.0, took_s=1.96), woken(), "arrived_at_thaw", id="arrived-shortly-before"),
        pytest.param(
            stamps(102.0, took_s=1.1), woken(), "arrived_at_thaw", id="not-long-enough-before-for-so-long-a-sleep"
        ),
    ],
)
def test_a_doubtful_time_says_why(kernel: KernelTimes | None, awake: Wakefulness, why: str) -> None:
    """Each rule, broken alone."""
    assert response_time(SENT, kernel, 102.0, awake)[1] == why


@pytest.mark.parametrize(
    ("slept_s", "quiet_s", "is_believed"),
    [
        pytest.param(0.06, 0.05, True, id="short-sleep"),
        pytest.param(0.06, 0.045, False, id="short-sleep-too-late"),
        pytest.param(0.4, 0.2, True, id="half-of-the-sleep"),
        pytest.param(0.4, 0.19, False, id="less-than-half-of-the-sleep"),
        pytest.param(600.0, 1.0, True, id="long-sleep"),
        pytest.param(600.0, 0.9, False, id="long-sleep-too-late"),
    ],
)
def test_how_long_before_the_thaw_an_answer_must_have_arrived(
    slept_s: float, quiet_s: float, is_believed: bool
) -> None:
    """Half of the time away, at least 50 ms, at most 1 s."""
    woken_at = SENT.at + slept_s + 1e-6
    awake = woken(asleep_at=SENT.at + 1e-6, at=woken_at)

    assert (doubt(SENT, woken_at - SENT.at - quiet_s - 1e-9, stamps(woken_at), awake) is None) is is_believed


def test_a_connect_of_which_the_kernel_tells_nothing() -> None:
    """Its time is the kernel's to tell, too."""
    assert doubt(SENT, 0.0, None, woken()) == "no_kernel_stamps"


def test_an_answer_within_a_jiffy_is_not_held_against_a_near_origin() -> None:
    """Whole jiffies make its time come out below zero as often as above."""
    assert response_time(SENT, stamps(102.0, took_s=-0.004), 102.0, woken()) == (0.0, None)


def test_a_small_slew_of_the_wall_clock_is_no_disagreement() -> None:
    """Time synchronisation corrects a few milliseconds."""
    assert response_time(SENT, stamps(102.0), 102.0, woken(wall_slept_s=1.96))[1] is None


@pytest.mark.parametrize(
    ("slept_s", "wall_slept_s", "counts"),
    [
        pytest.param(0.001, 0.001, False, id="a-busy-environment"),
        pytest.param(0.001, 0.00105, False, id="clocks-read-one-after-the-other"),
        pytest.param(0.006, 0.006, True, id="long-enough-to-be-a-freeze"),
        pytest.param(0.001, 0.004, True, id="monotonic-clock-stood-still"),
        pytest.param(0.001, 60.0, True, id="for-long"),
        pytest.param(0.001, -1.0, True, id="wall-clock-set-back"),
    ],
)
def test_what_counts_as_a_freeze(slept_s: float, wall_slept_s: float, counts: bool) -> None:
    """The next request came at once: nobody was stopped for longer than does harm."""
    awake = woken(asleep_at=100.0, at=100.0 + slept_s, wall_slept_s=wall_slept_s)

    assert awake.epoch == (1 if counts else 0)


@pytest.mark.parametrize(
    ("kernel", "took_s"),
    [
        pytest.param(None, 0.2, id="no-stamps"),
        pytest.param(KernelTimes(0.2, 0.0, 0.01, 0), 0.2, id="read-at-once"),
        pytest.param(KernelTimes(0.2, 0.01, 0.01, 0), 0.2, id="within-a-jiffy"),
        pytest.param(KernelTimes(0.2, 0.06, 0.01, 0), 0.14, id="read-late"),
        pytest.param(KernelTimes(0.2, 0.21, 0.01, 0), 0.0, id="rounded-below-zero"),
    ],
)
def test_a_time_that_was_awake_from_beginning_to_end(kernel: KernelTimes | None, took_s: float) -> None:
    """We may have been late to read the answer; the kernel was not."""
    assert awake_response_time(SENT, kernel, SENT.at + 0.2) == pytest.approx(took_s)

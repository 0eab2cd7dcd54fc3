"""What an estimate makes of an answer that stays away, and what is left of that when it comes back."""

from __future__ import annotations

from math import inf

import pytest

from origin_router.routing.estimate import QUESTIONED_TIMES, Estimate


def silent() -> Estimate:
    """Measured at 10 ms, questioned, and no answer within 75 ms."""
    estimate = Estimate()
    estimate.observe(0.01, 0.0)
    estimate.question(inf)
    assert estimate.observe_at_least(0.075, 10.0)
    return estimate


def test_a_bound_is_believed_until_the_silence_is_over() -> None:
    estimate = silent()
    assert estimate.value_s == 0.075

    estimate.forget_bound()
    assert estimate.value_s == 0.01


def test_a_longer_bound_does_not_hide_what_was_measured() -> None:
    estimate = silent()
    estimate.question(inf)
    assert estimate.observe_at_least(0.2, 11.0)
    assert estimate.value_s == 0.2

    estimate.forget_bound()
    assert estimate.value_s == 0.01


def test_a_bound_below_what_is_believed_is_no_news() -> None:
    estimate = silent()
    assert not estimate.observe_at_least(0.05, 11.0)
    assert estimate.value_s == 0.075


def test_what_was_measured_since_stays() -> None:
    """Slow, and really so: nothing is forgotten."""
    estimate = silent()
    estimate.observe(0.4, 11.0)
    estimate.observe(0.4, 12.0)
    assert estimate.value_s == 0.4

    estimate.forget_bound()
    assert estimate.value_s == 0.4


@pytest.mark.parametrize("has_latency", [True, False])
def test_it_is_wanted_while_it_answers_without_a_time(has_latency: bool) -> None:
    """Not before it has answered, not for ever, and not once it is measured."""
    estimate = Estimate()
    assert not estimate.is_wanted
    for _ in range(QUESTIONED_TIMES):
        estimate.answered()
        assert estimate.is_wanted
    if has_latency:
        estimate.observe(0.01, 1.0)
    else:
        estimate.answered()
    assert not estimate.is_wanted

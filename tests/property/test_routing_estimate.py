"""The estimate stays within what was measured, rises at once, and forgets by time alone."""

from __future__ import annotations

from itertools import accumulate
from math import exp, isclose

from hypothesis import given, settings
from hypothesis import strategies as st

from origin_router.routing.estimate import DECAY_S, Estimate

UNHURRIED = settings(deadline=None)
"""A busy machine is no defect."""

latencies_s = st.floats(0.0001, 30)
gaps_s = st.one_of(st.just(0.0), st.floats(0.001, 60), st.floats(60, 100_000))
histories = st.lists(st.tuples(gaps_s, latencies_s), min_size=1, max_size=30)

ROUNDING = 1e-12
"""Relative; a weighted mean of floats may leave their range by a rounding error."""


def fed(history: list[tuple[float, float]]) -> Estimate:
    """Return the estimate after a history of (pause, latency)."""
    estimate = Estimate()
    for (_, latency_s), at in zip(history, accumulate(gap_s for gap_s, _ in history), strict=True):
        estimate.observe(latency_s, at)
    return estimate


def value_s(history: list[tuple[float, float]]) -> float:
    """Return the value after a history."""
    value = fed(history).value_s
    assert value is not None
    return value


@UNHURRIED
@given(histories)
def test_it_stays_within_its_samples(history: list[tuple[float, float]]) -> None:
    """Never faster than the fastest sample, never slower than the slowest, never faster than the last one."""
    samples = [latency_s for _, latency_s in history]

    assert value_s(history) >= min(samples) * (1 - ROUNDING)
    assert value_s(history) <= max(samples) * (1 + ROUNDING)
    assert value_s(history) >= samples[-1] * (1 - ROUNDING)


@UNHURRIED
@given(histories, gaps_s, latencies_s)
def test_a_peak_is_believed_at_once(history: list[tuple[float, float]], gap_s: float, latency_s: float) -> None:
    """A sample above the estimate is the estimate."""
    if latency_s >= value_s(history):
        assert latency_s == value_s([*history, (gap_s, latency_s)])


@UNHURRIED
@given(histories, st.data())
def test_it_is_monotone_in_every_sample(history: list[tuple[float, float]], data: st.DataObject) -> None:
    """Had one sample been slower, the estimate would not be lower: a peak can only raise it."""
    index = data.draw(st.integers(0, len(history) - 1))
    gap_s, latency_s = history[index]
    slower = [*history]
    slower[index] = (gap_s, latency_s * data.draw(st.floats(1, 10)))

    assert value_s(slower) >= value_s(history) * (1 - ROUNDING)


@UNHURRIED
@given(histories, latencies_s, st.floats(0.001, 100), st.floats(1, 100))
def test_it_falls_the_further_the_longer_ago_the_peak(
    history: list[tuple[float, float]], latency_s: float, gap_s: float, longer_s: float
) -> None:
    """Towards a lower sample it decays by wall time, not by how often was measured."""
    sooner = value_s([*history, (gap_s, latency_s)])
    later = value_s([*history, (gap_s + longer_s, latency_s)])

    assert later <= sooner * (1 + ROUNDING)


@UNHURRIED
@given(latencies_s, st.floats(0.0001, 1), st.floats(0, 60), st.integers(2, 10))
def test_the_decay_does_not_depend_on_how_often_is_measured(
    peak_s: float, share: float, after_s: float, times: int
) -> None:
    """One low sample or ten of them in the same time: only the time counts."""
    low_s = peak_s * share
    once = value_s([(0.0, peak_s), (after_s, low_s)])
    often = value_s([(0.0, peak_s), *[(after_s / times, low_s)] * times])

    assert isclose(once, low_s + (peak_s - low_s) * exp(-after_s / DECAY_S), rel_tol=1e-9)
    assert isclose(once, often, rel_tol=1e-9)


@UNHURRIED
@given(histories, st.floats(0, 30))
def test_a_lower_bound_only_raises(history: list[tuple[float, float]], bound_s: float) -> None:
    """Not having answered for so long makes nobody faster, and says nothing while nothing was measured."""
    estimate = fed(history)
    estimate.observe_at_least(bound_s, 1e6)
    unmeasured = Estimate()
    unmeasured.observe_at_least(bound_s, 1e6)

    assert max(bound_s, value_s(history)) == estimate.value_s
    assert unmeasured.value_s is None is unmeasured.measured_at


@UNHURRIED
@given(latencies_s, latencies_s)
def test_time_standing_still_changes_nothing_downwards(first_s: float, second_s: float) -> None:
    """Two answers read at the same moment: the slower one counts, in either order."""
    assert isclose(max(first_s, second_s), value_s([(0.0, first_s), (0.0, second_s)]), rel_tol=ROUNDING)

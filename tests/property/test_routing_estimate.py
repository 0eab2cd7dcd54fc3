"""The estimate stays within what was measured, rises when that is confirmed, and forgets by time alone."""

from __future__ import annotations

from itertools import accumulate
from math import exp, isclose

from hypothesis import given, settings
from hypothesis import strategies as st

from origin_router.routing.estimate import DECAY_S, SPIKE_FACTOR, Estimate

UNHURRIED = settings(deadline=None)
"""A busy machine is no defect."""

latencies_s = st.floats(0.0001, 30)
gaps_s = st.one_of(st.just(0.0), st.floats(0.001, 60), st.floats(60, 100_000))
histories = st.lists(st.tuples(gaps_s, latencies_s), min_size=1, max_size=30)

ROUNDING = 1e-12
"""Relative; a weighted mean of floats may leave their range by a rounding error."""


ANY_SLACK_S = 1e9
"""So much above the estimate needs no confirmation: nothing does."""


def fed(history: list[tuple[float, float]], slack_s: float = 0.0) -> Estimate:
    """Return the estimate after a history of (pause, latency)."""
    estimate = Estimate()
    for (_, latency_s), at in zip(history, accumulate(gap_s for gap_s, _ in history), strict=True):
        estimate.observe(latency_s, at, slack_s)
    return estimate


def value_s(history: list[tuple[float, float]], slack_s: float = ANY_SLACK_S) -> float:
    """Return the value after a history, in which every sample is believed unless less slack is given."""
    value = fed(history, slack_s).value_s
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
    estimate = fed(history, ANY_SLACK_S)
    estimate.observe_at_least(bound_s, 1e6, ANY_SLACK_S)
    unmeasured = Estimate()
    unmeasured.observe_at_least(bound_s, 1e6)

    assert max(bound_s, value_s(history)) == estimate.value_s
    assert unmeasured.value_s is None is unmeasured.measured_at


@UNHURRIED
@given(latencies_s, latencies_s)
def test_time_standing_still_changes_nothing_downwards(first_s: float, second_s: float) -> None:
    """Two answers read at the same moment: the slower one counts, in either order."""
    assert isclose(max(first_s, second_s), value_s([(0.0, first_s), (0.0, second_s)]), rel_tol=ROUNDING)


slacks_s = st.sampled_from([0.0, 0.01, 0.05])


def limit_s(estimate: Estimate, slack_s: float) -> float:
    """Return what is believed without confirmation."""
    assert estimate.value_s is not None
    return SPIKE_FACTOR * estimate.value_s + slack_s


@UNHURRIED
@given(histories, slacks_s)
def test_with_confirmation_it_stays_within_its_samples_too(history: list[tuple[float, float]], slack_s: float) -> None:
    """And is never faster than both of the last two; what waits is above what is believed."""
    samples = [latency_s for _, latency_s in history]
    estimate = fed(history, slack_s)
    assert estimate.value_s is not None

    assert min(samples) * (1 - ROUNDING) <= estimate.value_s <= max(samples) * (1 + ROUNDING)
    if estimate.unconfirmed_s is None:
        assert estimate.value_s >= min(samples[-2:]) * (1 - ROUNDING)
    else:
        assert estimate.unconfirmed_s == samples[-1] > limit_s(estimate, slack_s) * (1 - ROUNDING)


@UNHURRIED
@given(histories, slacks_s, gaps_s, latencies_s)
def test_a_sample_is_believed_at_once_or_waits(
    history: list[tuple[float, float]], slack_s: float, gap_s: float, latency_s: float
) -> None:
    """Up to the limit it is the estimate, beyond it changes nothing yet."""
    before = fed(history, slack_s)
    after = fed([*history, (gap_s, latency_s)], slack_s)
    if before.unconfirmed_s is None and before.value_s is not None and latency_s >= before.value_s:
        if latency_s <= limit_s(before, slack_s):
            assert latency_s == after.value_s
        else:
            assert (before.value_s, before.measured_at) == (after.value_s, after.measured_at)
            assert latency_s == after.unconfirmed_s


@UNHURRIED
@given(histories, slacks_s, st.floats(1.0, 100), gaps_s, gaps_s, st.floats(0.1, 1.5))
def test_a_single_spike_leaves_no_trace(
    history: list[tuple[float, float]], slack_s: float, factor: float, pause_s: float, then_s: float, usual: float
) -> None:
    """Once an ordinary sample followed, the estimate is what it would have been without the spike."""
    before = fed(history, slack_s)
    if before.unconfirmed_s is None and before.value_s is not None:
        spike_s = limit_s(before, slack_s) * factor + 0.001
        sample_s = min(before.value_s * usual, limit_s(before, slack_s))
        with_spike = fed([*history, (pause_s, spike_s), (then_s, sample_s)], slack_s)
        without = fed([*history, (pause_s + then_s, sample_s)], slack_s)

        assert with_spike.unconfirmed_s is None
        assert with_spike.value_s is not None
        assert without.value_s is not None
        assert isclose(with_spike.value_s, without.value_s, rel_tol=1e-9)


@UNHURRIED
@given(histories, slacks_s, latencies_s, st.floats(1.0, 100), st.floats(0, 100))
def test_a_lasting_rise_is_believed_with_the_second_sample(
    history: list[tuple[float, float]], slack_s: float, rise: float, factor: float, pause_s: float
) -> None:
    """Whatever was before, two slow samples are enough, and the lower one counts."""
    before = fed(history, slack_s)
    first_s = limit_s(before, slack_s) + rise
    second_s = first_s * factor
    estimate = fed([*history, (pause_s, first_s), (1.0, second_s)], slack_s)
    assert estimate.value_s is not None

    assert estimate.value_s >= first_s * (1 - ROUNDING) or before.unconfirmed_s is not None


@UNHURRIED
@given(histories, slacks_s, st.lists(st.floats(0.001, 30), max_size=5), st.none() | latencies_s)
def test_one_measurement_cannot_confirm_itself(
    history: list[tuple[float, float]], slack_s: float, more_s: list[float], answered_s: float | None
) -> None:
    """Overdue by more and more, then answered or not: beyond the limit, that is one sample, and waits for another."""
    estimate = fed(history, slack_s)
    assert estimate.value_s is not None
    if estimate.unconfirmed_s is None:
        before_s, bound_s = estimate.value_s, limit_s(estimate, slack_s) + 0.001
        estimate.begin()
        for add_s in [0.0, *more_s]:
            bound_s += add_s
            estimate.observe_at_least(bound_s, 1e6, slack_s)
        if answered_s is not None:
            bound_s += answered_s
            estimate.observe(bound_s, 1e6, slack_s)

        assert known(estimate) == (before_s, bound_s)
        estimate.begin()
        estimate.observe_at_least(bound_s, 1e6 + 1, slack_s)
        assert known(estimate) == (bound_s, None)


def known(estimate: Estimate) -> tuple[float | None, float | None]:
    """Return what is believed, and what waits for confirmation."""
    return estimate.value_s, estimate.unconfirmed_s

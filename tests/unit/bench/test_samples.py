"""What is said about samples."""

from __future__ import annotations

import math

import pytest

from bench.samples import differences, median, percentile, smallest_gap, summarise


@pytest.mark.parametrize(
    ("samples", "pct", "expected"),
    [
        ([7.0], 99, 7.0),
        ([3.0, 1.0, 2.0], 50, 2.0),
        ([4.0, 1.0, 2.0, 3.0], 50, 2.5),
        ([0.0, 10.0], 90, 9.0),
        ([5.0, 1.0, 9.0], 0, 1.0),
        ([5.0, 1.0, 9.0], 100, 9.0),
    ],
)
def test_a_percentile_lies_between_the_nearest_samples_in_order(
    samples: list[float], pct: float, expected: float
) -> None:
    assert percentile(samples, pct) == pytest.approx(expected)


def test_a_percentile_of_nothing_is_an_error_and_not_a_number() -> None:
    with pytest.raises(ValueError, match="no samples"):
        percentile([], 50)


def test_one_outlier_among_a_hundred_moves_the_maximum_and_not_the_median() -> None:
    summary = summarise([1.0] * 99 + [500.0])
    assert (summary.n, summary.p50, summary.p90, summary.maximum) == (100, 1.0, 1.0, 500.0)
    assert summary.p99 < 10


def test_differences_are_taken_pair_by_pair_and_refuse_samples_without_a_partner() -> None:
    assert differences([5.0, 7.0], [1.0, 2.0]) == [4.0, 5.0]
    assert median(differences([10.0, 1.0, 1.0], [1.0, 1.0, 1.0])) == 0.0
    with pytest.raises(ValueError, match="shorter"):
        differences([1.0, 2.0], [1.0])


def test_the_smallest_gap_does_not_depend_on_the_order_and_needs_two_times() -> None:
    assert smallest_gap([5.0, 1.0, 1.5]) == 0.5
    assert smallest_gap([5.0]) == math.inf

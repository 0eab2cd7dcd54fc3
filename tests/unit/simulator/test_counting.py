"""Chance, histograms, tallies and prices."""

from __future__ import annotations

from random import Random
from statistics import mean, quantiles

import pytest

from origin_router.simulator.chance import poisson, stream
from origin_router.simulator.cost import usd_per_million_requests
from origin_router.simulator.slots import blocking
from origin_router.simulator.tally import Histogram, Tally


def test_streams_are_repeatable_and_independent() -> None:
    """The same purpose gives the same numbers, another one others."""
    assert stream(1, "a", 2).random() == stream(1, "a", 2).random()
    assert len({stream(1, "a").random(), stream(1, "b").random(), stream(2, "a").random()}) == 3


@pytest.mark.parametrize("rate", [0.3, 5.0, 29.0, 31.0, 400.0])
def test_poisson_has_its_mean_and_variance(rate: float) -> None:
    """On both sides of the limit between the two methods."""
    rng = Random(3)
    drawn = [poisson(rng, rate) for _ in range(20_000)]

    assert mean(drawn) == pytest.approx(rate, rel=0.03)
    assert mean((each - rate) ** 2 for each in drawn) == pytest.approx(rate, rel=0.08)
    assert poisson(rng, 0) == 0


def test_quantiles_are_right_to_a_percent() -> None:
    """Against the exact ones of the same numbers."""
    rng = Random(5)
    values = [rng.lognormvariate(-3, 1) for _ in range(20_000)]
    histogram = Histogram()
    for each in values:
        histogram.add(each)
    exact = quantiles(values, n=1000)

    assert histogram.mean_s == pytest.approx(mean(values))
    for share, value in [(0.5, exact[499]), (0.99, exact[989]), (0.999, exact[998])]:
        assert histogram.quantile_s(share) == pytest.approx(value, rel=0.015)


def test_weights_count() -> None:
    """One sample of weight three is three samples; zeros are kept apart."""
    histogram = Histogram()
    histogram.add(0.0, 3)
    histogram.add(1.0, 1)

    assert histogram.quantile_s(0.75) == 0.0
    assert histogram.quantile_s(0.76) == pytest.approx(1.0, rel=0.01)
    assert Histogram().quantile_s(0.5) is None


def test_tallies_add_up_with_their_weights() -> None:
    """Every field of them, those of the histograms and the curve included."""
    one, total = Tally(), Tally()
    one.requests, one.probes = 2.0, 3.0
    one.time.add(0.5, 2.0)
    one.minute(61)[0] = 2.0
    total.merge(one, 4.0)
    total.merge(one)

    assert (total.requests, total.probes) == (10.0, 15.0)
    assert total.time.count == 10.0
    assert total.series == {1: [10.0, 0.0, 0.0, 0.0, 0.0]}


def test_the_price_of_a_million_warm_requests() -> None:
    """0.60 for the requests and 0.006 for a millisecond each of 128 MB."""
    assert usd_per_million_requests(1e6, 1e6, 1e3) == pytest.approx(0.60 + 0.00625, abs=0.0001)
    assert usd_per_million_requests(1e6, 0, 0, health_checks_usd=2.0) == 2.0
    assert usd_per_million_requests(0, 0, 0) == 0.0


def test_blocking_is_erlangs_formula() -> None:
    """Two servers and one Erlang: 0.2; no server takes nobody."""
    assert blocking(2, 1.0) == pytest.approx(0.2)
    assert blocking(0, 0.1) == 1.0

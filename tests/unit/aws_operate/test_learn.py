"""What is learned from measurements, and how it gets into a build."""

from __future__ import annotations

from pathlib import Path

import pytest

from origin_router.aws.journal_reader import OriginView, RegionView
from origin_router.aws.learn import Cell, learn
from origin_router.config.learned_prior import PriorFileError, dump_prior, parse_prior, read_prior
from origin_router.config.prior_file import Prior
from origin_router.routing.model import OriginRef
from tests.support.routers import CONFIG

MIN = 3


def seen(**latencies: list[float]) -> RegionView:
    """Return a Region that measured origins of pool web."""
    origins = {OriginRef("web", name): OriginView(summary_ms=values) for name, values in latencies.items()}
    return RegionView(origins=origins)


def cells(view: RegionView, previous: Prior | None = None) -> dict[str, Cell]:
    """Learn from one Region; return its cells by origin."""
    return {cell.origin: cell for cell in learn({"eu-west-1": view}, CONFIG, previous or {}, MIN).cells}


def test_medians_are_written() -> None:
    """Of a Region's latencies, rounded to a tenth of a millisecond."""
    learned = learn({"eu-west-1": seen(eu=[10.04, 12.0, 900.0], us=[90.0, 91.0, 92.0])}, CONFIG, {}, MIN)

    assert {"web": {"eu-west-1": {"eu": 12.0, "us": 91.0}}} == learned.prior
    assert learned.is_enough


def test_too_few_samples_keep_what_was_known() -> None:
    """Or leave it unknown."""
    previous = {"web": {"eu-west-1": {"us": 80.0}}}
    found = cells(seen(eu=[10.0] * MIN, us=[500.0]), previous)

    assert Cell("web", "eu-west-1", "us", 80.0, 500.0, 1, 80.0, "too few samples: kept") == found["us"]
    assert (10.0, "") == (found["eu"].after_ms, found["eu"].note)


def test_an_origin_that_is_known_alone_is_left_out() -> None:
    """It would be chosen at every cold start for want of others, however far away it is."""
    found = cells(seen(eu=[300.0] * MIN, us=[5.0]))

    assert (None, "the only origin known there: left out") == (found["eu"].after_ms, found["eu"].note)
    assert not learn({"eu-west-1": seen(eu=[300.0] * MIN, us=[5.0])}, CONFIG, {}, MIN).is_enough


def test_regions_of_the_last_file_stay() -> None:
    """A quiet hour there does not make it forgotten; what nobody has any more does."""
    previous = {"web": {"sa-east-1": {"eu": 200.0, "us": 120.0, "asia": 300.0}}, "gone": {"eu-west-1": {"x": 1.0}}}
    learned = learn({"eu-west-1": seen(eu=[10.0] * MIN, us=[90.0] * MIN)}, CONFIG, previous, MIN)

    assert {"web": {"eu-west-1": {"eu": 10.0, "us": 90.0}, "sa-east-1": {"eu": 200.0, "us": 120.0}}} == learned.prior


def test_only_what_was_kept_is_nothing_learned() -> None:
    """Then the file is better left as it is."""
    previous = {"web": {"eu-west-1": {"eu": 10.0, "us": 90.0}}}
    learned = learn({"eu-west-1": seen(eu=[11.0])}, CONFIG, previous, MIN)

    assert (False, 1) == (learned.is_enough, learned.most_samples)


def test_a_region_that_measured_nothing_has_no_row() -> None:
    """It served no request of a pool with a choice."""
    assert () == learn({"eu-west-1": RegionView()}, CONFIG, {}, MIN).cells


@pytest.mark.parametrize(
    ("before", "after", "change"), [(10.0, 12.0, 20.0), (10.0, 9.0, -10.0), (None, 9.0, None), (0.0, 9.0, None)]
)
def test_change_against_the_last_file(before: float | None, after: float, change: float | None) -> None:
    """In per cent, where there was something."""
    assert change == Cell("web", "r", "eu", before, after, 9, after).change_pct


def test_a_file_reads_back_and_is_the_same_for_the_same_table() -> None:
    """It lies in version control: an order that changes would show as a change."""
    one = {"web": {"eu-west-1": {"eu": 12.0, "us": 91.5}}, "api": {}}
    other = {"api": {}, "web": {"eu-west-1": {"us": 91.5, "eu": 12.0}}}

    assert one == parse_prior(dump_prior(one, "2026-11-24T00:00:00+00:00"))
    assert dump_prior(one, "now") == dump_prior(other, "now")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"x", "is not JSON"),
        (b"[]", "not a file of `origin-router learn`"),
        (b'{"pools": 3, "format": 1}', "not a file of `origin-router learn`"),
        (b'{"pools": {}, "format": 2}', "has format 2; this origin-router reads 1"),
        (b'{"pools": {"web": []}, "format": 1}', "web must be an object"),
        (b'{"pools": {"web": {"eu-west-1": {"eu": "12"}}}, "format": 1}', "web.eu-west-1.eu must be a number"),
        (b'{"pools": {"web": {"eu-west-1": {"eu": -1}}}, "format": 1}', "must be a number"),
        (b'{"pools": {"web": {"eu-west-1": {"eu": NaN}}}, "format": 1}', "must be a number"),
        (b'{"pools": {"web": {"eu-west-1": {"eu": true}}}, "format": 1}', "must be a number"),
    ],
)
def test_a_wrong_file_says_what_is_wrong(data: bytes, message: str) -> None:
    """Somebody may have edited it."""
    with pytest.raises(PriorFileError, match=message):
        parse_prior(data)


def test_without_a_file_nothing_is_known(tmp_path: Path) -> None:
    """The usual state before the first `learn`."""
    assert {} == read_prior(tmp_path / "none.json")

"""The estimate of the bill, held against figures worked out by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from origin_router.aws.cost import MONTH_S, Assumptions, estimate, marginal_usd_per_million
from origin_router.cli.cost import cost
from origin_router.routing.config import JournalConfig
from tests.support.routers import CONFIG, TOML

ONE_REGION = Assumptions(misses_per_s=1_000_000 / MONTH_S, regions=1, memory_mb=128, request_ms=3, response_ms=3)
"""A million misses a month."""


def items(given: Assumptions) -> dict[str, float]:
    """Return the parts of the bill."""
    return dict(estimate(CONFIG, given).items)


def test_invocations_cost_what_the_price_list_says() -> None:
    """0.60 a million, and 128 MB for 3 ms: 375 GB-s at 0.00005001."""
    bill = items(ONE_REGION)

    assert 0.60 == pytest.approx(bill["requests"])
    assert 375 * 0.00005001 == pytest.approx(bill["duration"])


def test_the_response_trigger_doubles_the_invocations() -> None:
    """Every origin response runs the function once more."""
    bill = items(replace(ONE_REGION, has_feedback=True))

    assert 0.60 == pytest.approx(bill["requests of origin-response"])
    assert bill["duration"] == pytest.approx(bill["duration of origin-response"])


@pytest.mark.parametrize(("has_feedback", "usd"), [(False, 0.60 + 0.01875375), (True, 2 * (0.60 + 0.01875375))])
def test_one_more_million_costs_invocations_alone(has_feedback: bool, usd: float) -> None:
    """What `plan` says."""
    assert usd == pytest.approx(marginal_usd_per_million(ONE_REGION, has_feedback=has_feedback))


def test_durations_are_billed_in_whole_milliseconds() -> None:
    """0.2 ms is billed as 1 ms."""
    assert (
        items(replace(ONE_REGION, request_ms=1))["duration"] == items(replace(ONE_REGION, request_ms=0.2))["duration"]
    )


def test_measuring_after_the_answer_is_paid_per_environment_and_not_per_request() -> None:
    """250 ms every 120 s, the longest age of a measurement, in one environment of 128 MB: all month long."""
    usd = 0.25 / 120 * 0.125 * MONTH_S * 0.00005001

    assert usd == pytest.approx(items(ONE_REGION)["measuring after the answer"])
    assert usd == pytest.approx(items(replace(ONE_REGION, misses_per_s=9.0))["measuring after the answer"])
    assert 2 * usd == pytest.approx(items(replace(ONE_REGION, misses_per_s=11.0))["measuring after the answer"])
    assert "measuring after the answer" not in items(replace(ONE_REGION, measures_after_answer=False))


def test_custom_metrics_are_counted_per_origin_and_region() -> None:
    """Two pools of two origins, five metrics each."""
    assert 4 * 5 * 0.30 == pytest.approx(items(ONE_REGION)["metrics"])
    assert 13 * 4 * 5 * 0.30 == pytest.approx(items(replace(ONE_REGION, regions=13))["metrics"])


def test_without_summaries_there_are_no_metrics_and_fewer_logs() -> None:
    """`summary_s = 0`."""
    silent = replace(CONFIG, journal=JournalConfig(summary_s=0))
    bill = dict(estimate(silent, ONE_REGION).items)

    assert "metrics" not in bill
    assert bill["logs"] < items(ONE_REGION)["logs"]


def test_the_sum_is_the_sum_and_per_million_is_its_share() -> None:
    """A million misses a month: both are the same."""
    bill = estimate(CONFIG, ONE_REGION)

    assert sum(dict(bill.items).values()) == pytest.approx(bill.usd_per_month)
    assert bill.usd_per_month == pytest.approx(bill.usd_per_million)


@pytest.mark.parametrize("wrong", [{"misses_per_s": 0}, {"regions": 0}, {"memory_mb": 0}])
def test_assumptions_must_make_sense(wrong: Any) -> None:
    """A division by zero is no answer."""
    with pytest.raises(ValueError, match="positive"):
        Assumptions(**wrong)


def test_the_verb_prints_both_bills_without_asking_aws(tmp_path: Path) -> None:
    """It needs a configuration and nothing else."""
    path = tmp_path / "origin-router.toml"
    path.write_text(TOML)
    text = CliRunner().invoke(cost, ["--config", str(path), "--misses", "500"], catch_exceptions=False)
    document = json.loads(
        CliRunner().invoke(cost, ["--config", str(path), "--json", "--dashboard"], catch_exceptions=False).stdout
    )

    assert "500 cache misses/s in 13 Regions, 256 MB, about 52 environments" in text.stdout
    assert 3.0 == document["without_feedback"]["items"]["dashboard"]
    assert document["with_feedback"]["usd_per_million"] > document["without_feedback"]["usd_per_million"]


def test_the_how_to_shows_what_the_verb_prints(tmp_path: Path) -> None:
    """Figures in a page go stale unseen."""
    path = tmp_path / "origin-router.toml"
    path.write_text(TOML)
    printed = CliRunner().invoke(cost, ["--config", str(path), "--misses", "500"], catch_exceptions=False).stdout
    page = (Path(__file__).parents[3] / "docs/how-to/dashboard.md").read_text()

    assert [row.rstrip() for row in printed.splitlines()] == page.partition("--misses 500\n")[2].splitlines()[
        : len(printed.splitlines())
    ]

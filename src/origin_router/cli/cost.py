"""`origin-router cost`: an estimate of the bill."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import click

from origin_router.aws.cost import Assumptions, Estimate, estimate
from origin_router.cli.options import config_option, json_option, print_json, print_table
from origin_router.config import load

_DEFAULTS = Assumptions()


@click.command()
@config_option
@click.option(
    "--misses",
    "misses_per_s",
    type=click.FloatRange(0, 1e7, min_open=True),
    default=_DEFAULTS.misses_per_s,
    show_default=True,
    metavar="N",
    help="Cache misses per second, over all Regions: only these run the function.",
)
@click.option(
    "--regions",
    type=click.IntRange(1, 20),
    default=_DEFAULTS.regions,
    show_default=True,
    metavar="N",
    help="Regions that they come from, in equal parts.",
)
@click.option(
    "--memory",
    "memory_mb",
    type=click.IntRange(128, 10_240),
    default=_DEFAULTS.memory_mb,
    show_default=True,
    metavar="MB",
    help="Memory of the function.",
)
@click.option(
    "--request-ms",
    type=click.FloatRange(0, 30_000, min_open=True),
    default=_DEFAULTS.request_ms,
    show_default=True,
    metavar="MS",
    help="Billed duration of a warm decision.",
)
@click.option(
    "--response-ms",
    type=click.FloatRange(0, 30_000, min_open=True),
    default=_DEFAULTS.response_ms,
    show_default=True,
    metavar="MS",
    help="Likewise of reading a response (origin-response trigger).",
)
@click.option(
    "--while-frozen",
    "is_frozen",
    is_flag=True,
    help="The edges can measure while frozen (`moment` in the journal), so nothing is paid for measuring.",
)
@click.option("--dashboard", "has_dashboard", is_flag=True, help="With the dashboard.")
@json_option
def cost(config_path: Path, is_frozen: bool, as_json: bool, **given: Any) -> None:
    """Estimate what the router adds to the bill, with and without the origin-response trigger.

    From the configuration, AWS's prices in us-east-1 and the assumptions given; free tiers are
    left out. The object of --json has without_feedback and with_feedback, each with
    assumptions, environments, items, usd_per_month and usd_per_million.

    \b
    Examples:
      origin-router cost --misses 500 --regions 6
      origin-router cost --misses 20 --memory 128 --json
    """
    config = load(config_path, needs_dev_files=False).router
    assumed = Assumptions(**given, measures_after_answer=not is_frozen)
    without = estimate(config, replace(assumed, has_feedback=False))
    with_feedback = estimate(config, replace(assumed, has_feedback=True))
    if as_json:
        print_json({"without_feedback": as_document(without), "with_feedback": as_document(with_feedback)})
        return
    _print(without, with_feedback)


def as_document(bill: Estimate) -> dict[str, Any]:
    """Return one estimate for `--json`."""
    return {
        "assumptions": asdict(bill.assumptions),
        "environments": bill.environments,
        "items": {item.name: round(item.usd_per_month, 4) for item in bill.items},
        "usd_per_month": round(bill.usd_per_month, 4),
        "usd_per_million": round(bill.usd_per_million, 4),
    }


def _print(without: Estimate, with_feedback: Estimate) -> None:
    given = without.assumptions
    click.echo(
        f"{given.misses_per_s:g} cache misses/s in {given.regions} Regions, {given.memory_mb} MB, "
        f"about {without.environments} environments; US dollars"
    )
    before = dict(without.items)
    rows = [
        [item.name, f"{before[item.name]:,.2f}" if item.name in before else "", f"{item.usd_per_month:,.2f}"]
        for item in with_feedback.items
    ]
    rows.append(["a month", f"{without.usd_per_month:,.2f}", f"{with_feedback.usd_per_month:,.2f}"])
    rows.append(["a million misses", f"{without.usd_per_million:,.2f}", f"{with_feedback.usd_per_million:,.2f}"])
    columns = ("", "origin-request", "with origin-response")
    print_table(columns, rows, right=columns[1:])

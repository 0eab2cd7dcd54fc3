"""`origin-router simulate`: the router beside other policies, on virtual time."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from origin_router.cli.failures import ExitCode, report
from origin_router.cli.options import json_option, print_json, print_table
from origin_router.config import load

if TYPE_CHECKING:
    from origin_router.routing.config import RouterConfig
    from origin_router.simulator.geography import RoundTrips
    from origin_router.simulator.run import Played
    from origin_router.simulator.scenario import Scenario

NUMBERS = (
    *("mean x", "p99 x", "added p50", "p95", "p99", "p99.9 ms", "failed GETs ppm", "failed %", "switches/h"),
    *("leave s", "return s", "probes/origin/s", "cold starts", "USD/M"),
)


@click.command()
@click.option(
    "--scenario",
    "names",
    multiple=True,
    metavar="NAME|FILE",
    help="A built-in scenario, a TOML file, or `all`. Repeat for more.  [default: calm]",
)
@click.option("--policy", "policies", multiple=True, metavar="NAME", help="Repeat for more.  [default: all of them]")
@click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Settings for `ours`, those of its default pool; the scenario's origins take the place of its own.",
)
@click.option(
    "--hours", type=click.FloatRange(min=0, min_open=True), help="Play so long instead of the scenario's time."
)
@click.option(
    "--environments",
    type=click.IntRange(min=1),
    help="Scale the traffic so that about so many environments are needed at the peaks of all Regions.",
)
@click.option("--sample", type=click.IntRange(min=1), default=1, show_default=True, metavar="N",
              help="Play one in N environments; each stands for N.")  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed gives the same result.")
@click.option("--rtt-csv", type=click.Path(path_type=Path), metavar="FILE",
              help="Measured round trips: columns source_region, destination_region, avg_ms.")  # fmt: skip
@click.option("--workers", type=click.IntRange(min=1), help="Processes.  [default: one for each core]")
@click.option("--report", "report_path", type=click.Path(path_type=Path), metavar="FILE", help="Write an HTML report.")
@click.option("--list", "wants_list", is_flag=True, help="List scenarios and policies, and do no more.")
@json_option
@click.pass_context
def simulate(
    ctx: click.Context,
    names: tuple[str, ...],
    policies: tuple[str, ...],
    config_path: Path | None,
    hours: float | None,
    environments: int | None,
    sample: int,
    seed: int,
    rtt_csv: Path | None,
    workers: int | None,
    report_path: Path | None,
    wants_list: bool,
    as_json: bool,
) -> None:
    """Play scenarios with several steering policies, and compare what viewers meet.

    Every policy meets the same world. `mean x` and `p99 x` are in units of an oracle that knows
    what each origin is like at every moment; `added` is the time beyond its choice. A policy
    ours:KEY=VALUE,... changes keys of the pool, such as ours:refresh_s=30,health.fall=2.

    \b
    Examples:
      origin-router simulate --scenario blackhole
      origin-router simulate --scenario all --report comparison.html
      origin-router simulate --scenario my.toml --policy ours --policy ours:refresh_s=30 --json
    """
    from origin_router.simulator.policies import NAMES, PolicyError
    from origin_router.simulator.scenario import ScenarioError

    if wants_list:
        _print_list(NAMES)
        return
    chosen = list(dict.fromkeys(policies or NAMES))
    try:
        trips = _round_trips(rtt_csv)
        scenarios = [_scaled(each, hours, environments) for each in _scenarios(names or ("calm",))]
        config = load(config_path, needs_dev_files=False).router if config_path else None
        played = _play(scenarios, chosen, seed=seed, trips=trips, config=config, sample=sample, workers=workers)
    except (ScenarioError, PolicyError, ValueError) as error:
        for line in str(error).splitlines():
            report(ctx, line)
        ctx.exit(ExitCode.USAGE)
    _show(ctx, played, seed, report_path, as_json=as_json)


def _scenarios(names: Sequence[str]) -> list[Scenario]:
    from origin_router.simulator import built_in_names, load_scenario

    expanded = [each for name in names for each in (built_in_names() if name == "all" else [name])]
    return [load_scenario(each) for each in dict.fromkeys(expanded)]


def _scaled(scenario: Scenario, hours: float | None, environments: int | None) -> Scenario:
    if hours is not None:
        scenario = replace(scenario, hours=hours)
    if environments is not None:
        traffic = scenario.traffic
        rate = environments * traffic.requests_per_environment_s / (1 + traffic.daily_swing)
        scenario = replace(scenario, traffic=replace(traffic, requests_per_s=rate))
    return scenario


def _round_trips(path: Path | None) -> RoundTrips | None:
    from origin_router.simulator.geography import read_round_trips

    return None if path is None else read_round_trips(path)


def _play(
    scenarios: Sequence[Scenario],
    policies: Sequence[str],
    *,
    seed: int,
    trips: RoundTrips | None,
    config: RouterConfig | None,
    sample: int,
    workers: int | None,
) -> list[Played]:
    from rich.console import Console
    from rich.progress import Progress, TimeElapsedColumn

    from origin_router.simulator import simulate as run

    played: list[Played] = []
    columns = (*Progress.get_default_columns(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty()) as progress:
        for scenario in scenarios:
            task = progress.add_task(scenario.name, total=None)

            def tell(done: int, total: int, task: Any = task) -> None:
                progress.update(task, completed=done, total=total)

            played += run(
                scenario, policies, seed=seed, trips=trips, config=config, sample=sample, workers=workers, progress=tell
            )
    return played


def _show(
    ctx: click.Context,
    played: list[Played],
    seed: int,
    report_path: Path | None,
    *,
    as_json: bool,
) -> None:
    from origin_router.simulator.measures import goals, measures
    from origin_router.simulator.policies import CLOUDFRONT_TODAY, NAIVE, OURS
    from origin_router.simulator.report import report as html

    rows = [measures(each) for each in played]
    if report_path is not None:
        try:
            report_path.write_text(html(played), encoding="utf-8")
        except OSError as error:
            report(ctx, f"{report_path}: cannot be written: {error}")
            ctx.exit(ExitCode.PROBLEM)
    held = goals(played, OURS, CLOUDFRONT_TODAY, NAIVE) if any(each.policy == OURS for each in played) else None
    if as_json:
        print_json({"seed": seed, "results": rows, "goals": held})
        return
    for scenario in dict.fromkeys(row["scenario"] for row in rows):
        click.echo(f"\n{scenario} (seed {seed})")
        print_table(("policy", *NUMBERS), [_cells(row) for row in rows if row["scenario"] == scenario], right=NUMBERS)
    if held is not None:
        click.echo("\nours over all of these: " + ", ".join(f"{key} {_text(value)}" for key, value in held.items()))


def _cells(row: dict[str, Any]) -> list[str]:
    times = ("mean_ratio", "p99_ratio", "added_p50_ms", "added_p95_ms", "added_p99_ms", "added_p999_ms")
    keys = (*times, "failed_gets_ppm", "failed_pct", "switches_per_hour")
    cold = f"{row['cold_starts']}+{row['extra_cold_starts']:.0f}"
    return [
        row["policy"],
        *(_text(row[key]) for key in keys),
        _text(row["leave_s"]["p50"]),
        _text(row["return_s"]["p50"]),
        _text(row["probes_per_origin_s"]),
        cold,
        _text(row["usd_per_million"]),
    ]


def _text(value: float | None) -> str:
    return "-" if value is None else f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"


def _print_list(policies: Sequence[str]) -> None:
    print_table(("scenario", "what happens"), [[each.name, each.about] for each in _scenarios(("all",))])
    click.echo("\npolicies: " + ", ".join(policies))

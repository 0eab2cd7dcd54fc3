"""`origin-router simulate`: the router beside other policies, on virtual time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from origin_router.cli.failures import ExitCode, report
from origin_router.cli.options import json_option, print_table
from origin_router.config import load

if TYPE_CHECKING:
    from origin_router.simulator.geography import RoundTrips
    from origin_router.simulator.scenario import Scenario


@click.command()
@click.option(
    "--scenario",
    "names",
    multiple=True,
    metavar="NAME|FILE",
    help="A built-in scenario, a TOML file, or `all`. Repeat for more.  [default: calm]",
)
@click.option("--policy", "policies", multiple=True, metavar="NAME",
              help="Repeat for more.  [default: all of them, or none beside a sweep]")  # fmt: skip
@click.option("--sweep", "sweeps", multiple=True, metavar="KEY=VALUE,...",
              help="Play `ours` with each of these values; show what is traded for what. Repeat for more.")  # fmt: skip
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
@click.option("--seeds", type=click.IntRange(min=1), default=1, show_default=True, metavar="N",
              help="Play so many seeds, from --seed on, and add them up.")  # fmt: skip
@click.option("--rtt-csv", type=click.Path(path_type=Path), metavar="FILE",
              help="Measured round trips: columns source_region, destination_region, avg_ms.")  # fmt: skip
@click.option("--workers", type=click.IntRange(min=1), help="Processes.  [default: one for each core]")
@click.option("--dask", "dask_address", metavar="ADDRESS",
              help="Spread the run over a Dask cluster instead, such as tcp://scheduler:8786.")  # fmt: skip
@click.option("--report", "report_path", type=click.Path(path_type=Path), metavar="FILE", help="Write an HTML report.")
@click.option("--list", "wants_list", is_flag=True, help="List scenarios and policies, and do no more.")
@json_option
@click.pass_context
def simulate(
    ctx: click.Context,
    names: tuple[str, ...],
    policies: tuple[str, ...],
    sweeps: tuple[str, ...],
    config_path: Path | None,
    hours: float | None,
    environments: int | None,
    sample: int,
    seed: int,
    seeds: int,
    rtt_csv: Path | None,
    workers: int | None,
    dask_address: str | None,
    report_path: Path | None,
    wants_list: bool,
    as_json: bool,
) -> None:
    """Play scenarios with several steering policies, and compare what viewers meet.

    Every policy meets the same world. `mean x` and `p99 x` are in units of an oracle that knows
    what each origin is like at every moment; `added` is the time beyond its choice. A policy
    ours:KEY=VALUE,... changes keys of the pool, such as ours:refresh_s=30,health.fall=2.
    Ctrl-C ends the run and shows what is complete.

    \b
    Examples:
      origin-router simulate --scenario blackhole
      origin-router simulate --scenario all --report comparison.html
      origin-router simulate --scenario my.toml --policy ours --policy ours:refresh_s=30 --json
      origin-router simulate --scenario all --sweep pools.*.refresh_s=5,10,30,100 --report sweep.html
    """
    from origin_router.cli.simulate_output import Outcome, show
    from origin_router.cli.simulate_play import play_in_order
    from origin_router.simulator.geography import RoundTrips
    from origin_router.simulator.jobs import Play
    from origin_router.simulator.policies import NAMES, PolicyError
    from origin_router.simulator.run import ClusterError, check, dask_executor, local_executor
    from origin_router.simulator.scenario import ScenarioError
    from origin_router.simulator.sweep import parse_sweep

    if wants_list:
        _print_list(NAMES)
        return
    try:
        swept = [parse_sweep(each) for each in sweeps]
        named = policies or (() if swept else NAMES)
        chosen = list(dict.fromkeys([*named, *(policy for each in swept for policy in each.policies)]))
        trips = _round_trips(rtt_csv) or RoundTrips()
        scenarios = [_scaled(each, hours, environments) for each in _scenarios(names or ("calm",))]
        config = load(config_path, needs_dev_files=False).router if config_path else None
        plays = [
            Play(scenario, policy, number, trips, config, sample)
            for scenario in scenarios
            for policy in chosen
            for number in range(seed, seed + seeds)
        ]
        check(plays)
        open_executor = dask_executor(dask_address) if dask_address else local_executor(workers)
        played = play_in_order(plays, open_executor)
    except (ScenarioError, PolicyError, ClusterError, ValueError) as error:
        for line in str(error).splitlines():
            report(ctx, line)
        ctx.exit(ExitCode.USAGE)
    show(ctx, Outcome(played, len(plays), seed, seeds, swept), report_path, as_json=as_json)


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


def _print_list(policies: Sequence[str]) -> None:
    print_table(("scenario", "what happens"), [[each.name, each.about] for each in _scenarios(("all",))])
    click.echo("\npolicies: " + ", ".join(policies))

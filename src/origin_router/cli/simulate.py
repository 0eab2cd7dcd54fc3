"""`origin-router simulate`: the router beside other policies, on virtual time."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from origin_router.cli.failures import ExitCode, report_all
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
    "--hours", type=click.FloatRange(min=0, min_open=True, max=744), help="Play so long instead of the scenario's time."
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
    what each origin is like at every moment; `added` is the time beyond its choice. `leave` and
    `return` are medians. Of `cold starts`, those after the + are due to measuring after answers.
    A policy ours:KEY=VALUE,... changes keys of the pool, such as ours:refresh_s=30,health.fall=2.
    Ctrl-C ends the run and shows what is complete. Progress goes to standard error.

    \b
    Examples:
      origin-router simulate --scenario blackhole
      origin-router simulate --scenario all --report comparison.html
      origin-router simulate --scenario my.toml --policy ours --policy ours:refresh_s=30 --json
      origin-router simulate --scenario all --sweep pools.*.refresh_s=5,10,30,100 --report sweep.html
    """
    from origin_router.cli.simulate_output import Outcome, show
    from origin_router.cli.simulate_play import play
    from origin_router.simulator.geography import RoundTrips
    from origin_router.simulator.jobs import Play
    from origin_router.simulator.policies import NAMES, RULES, PolicyError
    from origin_router.simulator.run import ClusterError, check, dask_executor, local_executor
    from origin_router.simulator.scenario import ScenarioError
    from origin_router.simulator.sweep import parse_sweep

    if wants_list:
        _print_list(RULES)
        return
    try:
        swept = [parse_sweep(each) for each in sweeps]
        named = policies or (() if swept else NAMES)
        chosen = list(dict.fromkeys([*named, *(policy for each in swept for policy in each.policies)]))
        trips = _round_trips(rtt_csv) or RoundTrips()
        scenarios = [_scaled(each, hours, environments) for each in _scenarios(names or ("calm",))]
        config = load(config_path, needs_dev_files=False).router if config_path else None
        _check_names(scenarios)
        _check_round_trips(rtt_csv, trips, scenarios)
        _check_report(report_path)
        plays = [
            Play(scenario, policy, number, trips, config, sample)
            for scenario in scenarios
            for policy in chosen
            for number in range(seed, seed + seeds)
        ]
        check(plays)
        open_executor = dask_executor(dask_address) if dask_address else local_executor(workers)
        end = play(plays, open_executor)
    except (ScenarioError, PolicyError, ClusterError, ValueError) as error:
        report_all(ctx, str(error).splitlines())
        ctx.exit(ExitCode.USAGE)
    show(ctx, Outcome(end, plays, seed, seeds, swept), report_path, as_json=as_json)


def _scenarios(names: Sequence[str]) -> list[Scenario]:
    from origin_router.simulator import built_in_names, load_scenario

    expanded = [each for name in names for each in (built_in_names() if name == "all" else [name])]
    return [load_scenario(each) for each in dict.fromkeys(expanded)]


def _scaled(scenario: Scenario, hours: float | None, environments: int | None) -> Scenario:
    if hours is not None:
        scenario = replace(scenario, hours=hours)
        if missed := sum(each.at_min >= hours * 60 for each in scenario.events):
            events = "1 event" if missed == 1 else f"{missed} events"
            click.echo(f"{scenario.name}: {events} of {len(scenario.events)} would begin after --hours", err=True)
    if environments is not None:
        traffic = scenario.traffic
        rate = environments * traffic.requests_per_environment_s / (1 + traffic.daily_swing)
        scenario = replace(scenario, traffic=replace(traffic, requests_per_s=rate))
    return scenario


def _round_trips(path: Path | None) -> RoundTrips | None:
    from origin_router.simulator.geography import read_round_trips

    return None if path is None else read_round_trips(path)


def _check_round_trips(path: Path | None, trips: RoundTrips, scenarios: Sequence[Scenario]) -> None:
    """Say how much of the worlds a file measures: rows about other places are none of our business."""
    pairs = {(region, each.place) for scenario in scenarios for region in scenario.regions for each in scenario.origins}
    measured = sum(trips.is_measured(*pair) for pair in pairs)
    if path is None or measured == len(pairs):
        return
    if not measured:
        example = " to ".join(min(pairs))
        raise ValueError(f"{path}: has no round trip between a Region and an origin's place, such as {example}")
    click.echo(f"{path}: has {measured} of the {len(pairs)} round trips; the others are told by geography", err=True)


def _check_names(scenarios: Sequence[Scenario]) -> None:
    names = [each.name for each in scenarios]
    for name in sorted({each for each in names if names.count(each) > 1}):
        raise ValueError(f"two scenarios are called {name!r}: give one of them another name")


def _check_report(path: Path | None) -> None:
    """Before the run, not after it."""
    if path is None:
        return
    if path.is_dir():
        raise ValueError(f"--report {path}: is a directory; name a file in it")
    if not os.access(path if path.exists() else path.absolute().parent, os.W_OK):
        raise ValueError(f"--report {path}: cannot be written; is its directory there, and is it ours?")


def _print_list(rules: Mapping[str, str]) -> None:
    print_table(("scenario", "what happens"), [[each.name, each.about] for each in _scenarios(("all",))])
    click.echo()
    print_table(("policy", "rule"), [[name, rule] for name, rule in rules.items()])

"""What `origin-router simulate` prints: tables, JSON, and the report."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click

from origin_router.cli.failures import ExitCode
from origin_router.cli.options import print_json, print_wide_table
from origin_router.cli.simulate_play import End
from origin_router.simulator.jobs import Play
from origin_router.simulator.measures import (
    FAILED_GOAL,
    MEAN_GOAL,
    P99_GOAL,
    PROBES_GOAL,
    goals,
    measures,
)
from origin_router.simulator.policies import CLOUDFRONT_TODAY, NAIVE, OURS
from origin_router.simulator.report import report as html
from origin_router.simulator.run import Played, together
from origin_router.simulator.sweep import Point, Sweep, points

NUMBERS = (
    *("mean x", "p99 x", "added p50", "p95", "p99", "p99.9 ms", "failed GETs ppm", "failed %", "switches/h"),
    *("leave s", "return s", "probes/origin/s", "cold starts", "USD/M"),
)

SWEPT = {
    "mean_ratio": "mean x",
    "p99_ratio": "p99 x",
    "failed_gets_ppm": "failed GETs ppm",
    "failed_pct": "failed %",
    "switches_per_hour": "switches/h",
    "probes_per_origin_environment_minute": "probes/origin/min",
    "usd_per_million": "USD/M",
}
"""Figures of a sweep's table, with their titles."""


SHOWN_LOST = 6
"""Of what an interrupted run lost, so much is named."""

GOALS = {
    "mean_ratio": f"mean x {{}} (goal {MEAN_GOAL})",
    "p99_ratio": f"p99 x {{}} (goal {P99_GOAL})",
    "failed_gets_ppm": "failed GETs {} ppm",
    "failed_gets_ppm_of_best_other": f"best of what CloudFront has {{}} (goal {FAILED_GOAL} of that)",
    "probes_of_naive": f"probes {{}} of naive's (goal {PROBES_GOAL})",
}


class Outcome(NamedTuple):
    """What came of a run."""

    end: End
    wanted: Sequence[Play]
    seed: int
    seeds: int
    sweeps: list[Sweep]

    @property
    def is_complete(self) -> bool:
        """Whether nothing was interrupted."""
        return len(self.played) == len(self.wanted)

    @property
    def played(self) -> list[Played]:
        """What is complete."""
        return self.end.played

    @property
    def lost(self) -> list[str]:
        """What is not."""
        there = {(each.scenario.name, each.policy, each.seed) for each in self.played}
        return [
            f"{each.policy} in {each.scenario.name}" + (f" (seed {each.seed})" if self.seeds > 1 else "")
            for each in self.wanted
            if (each.scenario.name, each.policy, each.seed) not in there
        ]


def show(ctx: click.Context, outcome: Outcome, report_path: Path | None, *, as_json: bool) -> None:
    """Print what is complete; exit 1 if the run was interrupted, or the report cannot be written."""
    summed = together(outcome.played)
    swept = {sweep.key: points(sweep, summed) for sweep in outcome.sweeps}
    held = _goals(summed)
    if as_json:
        print_json(_document(outcome, held, swept))
    else:
        _print(outcome, summed, held, swept)
    problems = [] if outcome.is_complete else [_interruption(outcome)]
    if report_path is not None and outcome.played:
        try:
            report_path.write_text(html(summed, swept, seeds=_seeds(outcome)), encoding="utf-8")
        except OSError as error:
            problems.append(f"{report_path}: cannot be written: {error.strerror}")
    for each in problems:
        click.echo(f"Error: {each}", err=True)  # the one object of --json is printed
    if problems:
        ctx.exit(ExitCode.PROBLEM)


def _interruption(outcome: Outcome) -> str:
    lost = outcome.lost
    shown = ", ".join(lost[:SHOWN_LOST]) + (f" and {len(lost) - SHOWN_LOST} more" if len(lost) > SHOWN_LOST else "")
    count = f"{len(outcome.played)} of {len(outcome.wanted)} parts are complete, and kept"
    complete = count if outcome.played else "nothing is complete"
    return f"{outcome.end.why}: {complete}; lost: {shown}"


def _document(outcome: Outcome, held: dict[str, Any] | None, swept: dict[str, list[Point]]) -> dict[str, Any]:
    return {
        "seed": outcome.seed,
        "seeds": outcome.seeds,
        "is_complete": outcome.is_complete,
        "results": [measures(each) | {"seed": each.seed} for each in outcome.played],
        "goals": held,
        "sweeps": {key: [{"value": each.value} | each.figures for each in found] for key, found in swept.items()},
    }


def _goals(summed: Sequence[Played]) -> dict[str, Any] | None:
    """Hold `ours` against its goals, over those scenarios that every policy has played."""
    policies = {each.policy for each in summed}
    if OURS not in policies:
        return None
    names = {each.scenario.name for each in summed}
    shared = {name for name in names if policies == {each.policy for each in summed if each.scenario.name == name}}
    compared = [each for each in summed if each.scenario.name in shared]
    return goals(compared, OURS, CLOUDFRONT_TODAY, NAIVE) if compared else None


def _print(
    outcome: Outcome, summed: Sequence[Played], held: dict[str, Any] | None, swept: dict[str, list[Point]]
) -> None:
    in_sweeps = {policy for sweep in outcome.sweeps for policy in sweep.policies}
    rows = [measures(each) for each in summed if each.policy not in in_sweeps]
    for scenario in dict.fromkeys(row["scenario"] for row in rows):
        click.echo(f"\n{scenario} ({_seeds(outcome)})")
        print_wide_table(
            ("policy", *NUMBERS), [_cells(row) for row in rows if row["scenario"] == scenario], right=NUMBERS
        )
    if held is not None:
        values = ", ".join(text.format(_text(held[key])) for key, text in GOALS.items() if held[key] is not None)
        click.echo(f"\nours over all of these: {values}; goals missed: {', '.join(held['missed']) or 'none'}")
    for key, found in swept.items():
        click.echo(f"\n{key}, over all scenarios together ({_seeds(outcome)})")
        titles = tuple(SWEPT.values())
        print_wide_table(
            (key, *titles, "leave s", "return s"),
            [[each.value, *(_text(each.figures[name]) for name in SWEPT), *_times(each.figures)] for each in found],
            right=(*titles, "leave s", "return s"),
        )


def _seeds(outcome: Outcome) -> str:
    last = outcome.seed + outcome.seeds - 1
    return f"seed {outcome.seed}" if outcome.seeds == 1 else f"seeds {outcome.seed} to {last}"


def _cells(row: dict[str, Any]) -> list[str]:
    times = ("mean_ratio", "p99_ratio", "added_p50_ms", "added_p95_ms", "added_p99_ms", "added_p999_ms")
    keys = (*times, "failed_gets_ppm", "failed_pct", "switches_per_hour")
    cold = f"{row['cold_starts']}+{row['extra_cold_starts']:.0f}"
    return [
        row["policy"],
        *(_text(row[key]) for key in keys),
        *_times(row),
        _text(row["probes_per_origin_s"]),
        cold,
        _text(row["usd_per_million"]),
    ]


def _times(row: dict[str, Any]) -> list[str]:
    return [_text(row["leave_s"]["p50"]), _text(row["return_s"]["p50"])]


def _text(value: float | None) -> str:
    return "-" if value is None else f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"

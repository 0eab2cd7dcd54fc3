"""Play all built-in scenarios, and write the chart and the tables of README.md and docs/explanation/simulator.md.

    .venv/bin/python scripts/simulate_readme.py [--sample N] [--seed N] [--seeds N]

The chart goes to docs/images/simulator.svg; a table goes between `<!-- simulate -->` and
`<!-- /simulate -->` of both pages. The same arguments give the same bytes.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from origin_router.simulator import built_in_names, load_scenario
from origin_router.simulator.geography import RoundTrips
from origin_router.simulator.jobs import Play
from origin_router.simulator.measures import goals, measures
from origin_router.simulator.policies import CLOUDFRONT_TODAY, NAIVE, NAMES, OURS
from origin_router.simulator.report import by_policy, glance_chart
from origin_router.simulator.run import Played, together
from simulate_pages import number, play, table, write

ROOT = Path(__file__).resolve().parent.parent

COLUMNS = {
    "mean x": ("mean_ratio", 3),
    "p99 x": ("p99_ratio", 3),
    "failed GETs, ppm": ("failed_gets_ppm", 1),
    "failed, %": ("failed_pct", 4),
    "probes/origin/s": ("probes_per_origin_s", 2),
    "switches/h": ("switches_per_hour", 2),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, default=1, metavar="N", help="play one in N environments [1]")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="first seed [1]")
    parser.add_argument("--seeds", type=int, default=1, metavar="N", help="seeds to add up [1]")
    given = parser.parse_args()
    scenarios = [load_scenario(name) for name in built_in_names()]
    seeds = range(given.seed, given.seed + given.seeds)
    plays = [
        Play(scenario, policy, seed, RoundTrips(), sample=given.sample)
        for scenario in scenarios
        for policy in NAMES
        for seed in seeds
    ]
    played = play(plays)
    summed = together(played)
    named = f"seed {seeds[0]}" if len(seeds) == 1 else f"seeds {seeds[0]} to {seeds[-1]}"
    (ROOT / "docs" / "images" / "simulator.svg").write_text(glance_chart(summed, named), encoding="utf-8")
    held = goals(summed, OURS, CLOUDFRONT_TODAY, NAIVE)
    write(ROOT / "README.md", "simulate", all_together(by_policy(summed)))
    write(
        ROOT / "docs" / "explanation" / "simulator.md",
        "simulate",
        "\n".join([said(held, named), all_together(by_policy(summed)), each_scenario(summed)]),
    )
    print(held)  # noqa: T201 - a script


def all_together(rows: list[tuple[str, dict[str, Any]]]) -> str:
    """All scenarios together, a row for each policy."""
    cells = []
    for policy, figures in rows:
        name = f"**{policy}**" if policy == OURS else policy
        times = [number(figures[key]["p50"], 1) for key in ("leave_s", "return_s")]
        cells.append([name, *(number(figures[key], digits) for key, digits in COLUMNS.values()), *times])
    return table(["policy", *COLUMNS, "leaves after s", "returns after s"], cells)


def each_scenario(summed: list[Played]) -> str:
    """What the router does in each scenario, beside the best that CloudFront users have without it."""
    head = [
        "scenario",
        "mean x",
        "p99 x",
        "failed GETs, ppm",
        "mean x, `route53-group`",
        "failed GETs, ppm, `route53-group`",
    ]
    rows = []
    for name in dict.fromkeys(each.scenario.name for each in summed):
        ours, theirs = (
            next(measures(each) for each in summed if (each.scenario.name, each.policy) == (name, policy))
            for policy in (OURS, "route53-group")
        )
        rows.append([
            name,
            number(ours["mean_ratio"], 3), number(ours["p99_ratio"], 3), number(ours["failed_gets_ppm"], 1),
            number(theirs["mean_ratio"], 3), number(theirs["failed_gets_ppm"], 1),
        ])  # fmt: skip
    return table(head, rows)


def said(held: dict[str, Any], seeds: str) -> str:
    """The goals in a sentence."""
    missed = ", ".join(held["missed"]) or "none"
    return (
        f"Over all scenarios together ({seeds}): mean {held['mean_ratio']:.3f} of the oracle's (goal 1.03), "
        f"p99 {held['p99_ratio']:.3f} (goal 1.10), failed GETs {held['failed_gets_ppm']:g} of a million\n"
        f"(the best other policy that CloudFront users have today: {held['failed_gets_ppm_of_best_other']:g}; goal a "
        f"tenth of that), probes {held['probes_of_naive']:.3f} of the race recipe's (goal 0.1).\n"
        f"Goals missed: {missed}.\n"
    )


if __name__ == "__main__":
    main()

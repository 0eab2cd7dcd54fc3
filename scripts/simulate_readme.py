"""Play all built-in scenarios, and write the chart and the tables of README.md and docs/explanation/simulator.md.

    .venv/bin/python scripts/simulate_readme.py [--sample N] [--seeds N] [--environments N]

The chart goes to docs/images/simulator.svg; a table goes between `<!-- simulate -->` and
`<!-- /simulate -->` of both pages. The same arguments give the same bytes.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import Any

from origin_router.cli.simulate_play import shown
from origin_router.simulator import built_in_names, load_scenario
from origin_router.simulator.geography import RoundTrips
from origin_router.simulator.jobs import Play
from origin_router.simulator.measures import goals, measures
from origin_router.simulator.policies import CLOUDFRONT_TODAY, NAIVE, NAMES, OURS
from origin_router.simulator.report import by_policy, glance_chart
from origin_router.simulator.run import Played, local_executor, play_all, together

ROOT = Path(__file__).resolve().parent.parent
MARKED = re.compile(r"(<!-- simulate -->\n).*?(<!-- /simulate -->)", re.DOTALL)

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
    order = {(each.scenario.name, each.policy, each.seed): index for index, each in enumerate(plays)}
    with shown(sys.stderr) as progress, local_executor() as executor:
        played = list(play_all(plays, executor, progress=progress))
    played.sort(key=lambda each: order[each.scenario.name, each.policy, each.seed])
    summed = together(played)
    named = f"seed {seeds[0]}" if len(seeds) == 1 else f"seeds {seeds[0]} to {seeds[-1]}"
    (ROOT / "docs" / "images" / "simulator.svg").write_text(glance_chart(summed, named), encoding="utf-8")
    held = goals(summed, OURS, CLOUDFRONT_TODAY, NAIVE)
    write(ROOT / "README.md", table(by_policy(summed)))
    write(
        ROOT / "docs" / "explanation" / "simulator.md",
        "\n".join([said(held, named), table(by_policy(summed)), each_scenario(summed)]),
    )
    print(held)  # noqa: T201 - a script


def table(rows: list[tuple[str, dict[str, Any]]]) -> str:
    """All scenarios together, a row for each policy."""
    head = ["policy", *COLUMNS, "leaves after s", "returns after s"]
    lines = ["| " + " | ".join(head) + " |", "|---" + "|---:" * (len(head) - 1) + "|"]
    for policy, figures in rows:
        cells = [number(figures[key], digits) for key, digits in COLUMNS.values()]
        times = [number(figures[key]["p50"], 1) for key in ("leave_s", "return_s")]
        name = f"**{policy}**" if policy == OURS else policy
        lines.append("| " + " | ".join([name, *cells, *times]) + " |")
    return "\n".join(lines) + "\n"


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
    lines = ["| " + " | ".join(head) + " |", "|---" + "|---:" * (len(head) - 1) + "|"]
    for name in dict.fromkeys(each.scenario.name for each in summed):
        ours, theirs = (
            next(measures(each) for each in summed if (each.scenario.name, each.policy) == (name, policy))
            for policy in (OURS, "route53-group")
        )
        cells = [
            number(ours["mean_ratio"], 3), number(ours["p99_ratio"], 3), number(ours["failed_gets_ppm"], 1),
            number(theirs["mean_ratio"], 3), number(theirs["failed_gets_ppm"], 1),
        ]  # fmt: skip
        lines.append("| " + " | ".join([name, *cells]) + " |")
    return "\n".join(lines) + "\n"


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


def number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:,.{digits}f}"


def write(path: Path, text: str) -> None:
    """Put a text between the marks of a page."""
    page = path.read_text(encoding="utf-8")
    found, count = MARKED.subn(lambda match: match[1] + text + match[2], page)
    if count != 1:
        sys.exit(f"{path}: the marks <!-- simulate --> and <!-- /simulate --> must be there once")
    path.write_text(found, encoding="utf-8")


if __name__ == "__main__":
    main()

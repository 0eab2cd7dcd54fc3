"""Sweep the settings that docs/explanation/tuning.md speaks of over all built-in scenarios, and write its tables.

    .venv/bin/python scripts/simulate_tuning.py [--sample N] [--seed N] [--seeds N] [--only KEY]...

A table goes between `<!-- sweep KEY -->` and `<!-- /sweep -->`. The same arguments give the same bytes.
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
from origin_router.simulator.run import check, local_executor, play_all, together
from origin_router.simulator.sweep import Point, parse_sweep, points

PAGE = Path(__file__).resolve().parent.parent / "docs" / "explanation" / "tuning.md"

SWEEPS = [
    "refresh_max_s=0,20,30,60,90,120",
    "refresh_s=5,10,20,30,100",
    "switch_pct=0,5,10,20,30,50",
    "band_ms=0,5,10,20,50,100",
    "probe.connect_timeout_ms=100,200,300,500,1000",
    "health.ejection_max_s=30,60,120,300,600",
]

COLUMNS = {
    "mean x": ("mean_ratio", 4),
    "p99 x": ("p99_ratio", 3),
    "failed GETs, ppm": ("failed_gets_ppm", 1),
    "failed, %": ("failed_pct", 4),
    "switches/h": ("switches_per_hour", 2),
    "probes/origin/min": ("probes_per_origin_environment_minute", 2),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, default=4, metavar="N", help="play one in N environments [4]")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="first seed [1]")
    parser.add_argument("--seeds", type=int, default=1, metavar="N", help="seeds to add up [1]")
    parser.add_argument("--only", action="append", metavar="KEY", help="only this key; may be repeated")
    given = parser.parse_args()
    sweeps = [each for each in map(parse_sweep, SWEEPS) if not given.only or each.key in given.only]
    plays = [
        Play(load_scenario(name), policy, seed, RoundTrips(), sample=given.sample)
        for sweep in sweeps
        for policy in sweep.policies
        for name in built_in_names()
        for seed in range(given.seed, given.seed + given.seeds)
    ]
    check(plays)
    order = {(each.scenario.name, each.policy, each.seed): index for index, each in enumerate(plays)}
    with shown(sys.stderr) as progress, local_executor() as executor:
        played = list(play_all(plays, executor, progress=progress))
    played.sort(key=lambda each: order[each.scenario.name, each.policy, each.seed])
    page = PAGE.read_text(encoding="utf-8")
    for sweep in sweeps:
        marked = re.compile(rf"(<!-- sweep {re.escape(sweep.key)} -->\n).*?(<!-- /sweep -->)", re.DOTALL)
        text = table(sweep.key, points(sweep, together(played)))
        page, count = marked.subn(lambda match, text=text: match[1] + text + match[2], page)  # type: ignore[misc]
        if count != 1:
            sys.exit(f"{PAGE}: the marks of {sweep.key} must be there once")
    PAGE.write_text(page, encoding="utf-8")


def table(key: str, found: list[Point]) -> str:
    """A row for each value."""
    head = [f"`{key}`", *COLUMNS, "leaves after s", "returns after s"]
    lines = ["| " + " | ".join(head) + " |", "|---:" * len(head) + "|"]
    for each in found:
        cells = [number(each.figures[name], digits) for name, digits in COLUMNS.values()]
        times = [number(each.figures[name]["p50"], 1) for name in ("leave_s", "return_s")]
        lines.append("| " + " | ".join([each.value, *cells, *times]) + " |")
    return "\n".join(lines) + "\n"


def number(value: Any, digits: int) -> str:
    return "-" if value is None else f"{value:,.{digits}f}"


if __name__ == "__main__":
    main()

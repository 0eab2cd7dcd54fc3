"""Sweep the settings that docs/explanation/tuning.md speaks of over all built-in scenarios, and write its tables.

    .venv/bin/python scripts/simulate_tuning.py [--sample N] [--seed N] [--seeds N] [--only KEY]...

A table goes between `<!-- sweep KEY -->` and `<!-- /sweep -->`. The same arguments give the same bytes.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from origin_router.simulator import built_in_names, load_scenario
from origin_router.simulator.geography import RoundTrips
from origin_router.simulator.jobs import Play
from origin_router.simulator.run import together
from origin_router.simulator.sweep import Point, parse_sweep, points
from simulate_pages import number, play, table, write

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
    played = together(play(plays))
    for sweep in sweeps:
        write(PAGE, f"sweep {sweep.key}", by_value(sweep.key, points(sweep, played)))


def by_value(key: str, found: list[Point]) -> str:
    """A row for each value."""
    rows = []
    for each in found:
        times = [number(each.figures[name]["p50"], 1) for name in ("leave_s", "return_s")]
        rows.append([each.value, *(number(each.figures[name], digits) for name, digits in COLUMNS.values()), *times])
    return table([f"`{key}`", *COLUMNS, "leaves after s", "returns after s"], rows, first="---:")


if __name__ == "__main__":
    main()

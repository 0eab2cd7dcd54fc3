"""A run as tables for people and as JSON for programs. Pure but for printing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.machine import Machine
from bench.peers.faults import PATIENCE_S, VIEWER_TIMEOUT_S, Fault, Times
from bench.peers.plan import Outcome
from bench.peers.summary import Row, goals, seconds, span, summarise


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Everything that one run found."""

    machine: Machine
    load_after: float
    precedence: str
    times: Times
    rate_per_s: float
    rounds: int
    lanes: int
    seed: int
    took_s: float
    titles: Mapping[str, str]
    """Of the peers that took part, by name, in order."""
    versions: Mapping[str, str]
    missing: Mapping[str, str]
    """Peers that could not take part, and why."""
    ours: str
    faults: Sequence[Fault]
    outcomes: Sequence[Outcome]

    @property
    def rows(self) -> list[Row]:
        """The results, by fault and then by peer, in the order of the options."""
        order = (list(self.faults), list(self.titles))
        rows = summarise(each.verdict for each in self.outcomes if each.verdict is not None)
        return sorted(rows, key=lambda row: (order[0].index(row.fault), order[1].index(row.peer)))

    @property
    def problems(self) -> list[str]:
        """Cells that could not be judged."""
        return [f"{each.cell}: {each.problem}" for each in self.outcomes if each.problem]

    @property
    def disturbed(self) -> list[str]:
        """Cells that other work on the machine disturbed as often as they were tried; they count all the same."""
        return [str(each.cell) for each in self.outcomes if each.verdict is not None and each.verdict.is_disturbed]

    @property
    def verdict(self) -> list[str]:
        """What is to be said about the goals."""
        return goals(self.rows, self.ours, 1 / self.rate_per_s)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "machine": self.machine.as_dict() | {"precedence": self.precedence, "load_after": self.load_after},
            "rate_per_s": self.rate_per_s,
            "rounds": self.rounds,
            "lanes": self.lanes,
            "seed": self.seed,
            "took_s": round(self.took_s, 1),
            "patience_s": PATIENCE_S,
            "viewer_timeout_s": VIEWER_TIMEOUT_S,
            "peers": {name: {"title": self.titles[name], "version": self.versions[name]} for name in self.titles},
            "missing": dict(self.missing),
            "goals": self.verdict,
            "problems": self.problems,
            "disturbed": self.disturbed,
            "rows": [row.as_dict() for row in self.rows],
            "cells": [
                each.verdict.as_dict() | {"timeline": each.timeline.as_dict()}
                for each in self.outcomes
                if each.verdict is not None and each.timeline is not None
            ],
        }


def print_run(run: Run, console: Console) -> None:
    """Print the table and the verdict."""
    table = Table(title="Behind whom a broken origin hurts viewers how much", title_justify="left")
    table.add_column("fault", style="bold", no_wrap=True)
    table.add_column("peer", no_wrap=True)
    for name in ("failed", "hurt", "p50 added", "p99 added", "leaves after", "(rounds)", "returns after", "probes/s"):
        table.add_column(name, justify="right", no_wrap=True)
    for fault in run.faults:
        for row in (row for row in run.rows if row.fault is fault):
            style = "bold" if row.peer == run.ours else None
            table.add_row(str(fault), run.titles[row.peer], *_cells(row), style=style)
        table.add_section()
    console.print(table)
    for name, why in run.missing.items():
        console.print(f"skipped {name}: {why}", highlight=False, markup=False)
    for problem in run.problems:
        console.print(f"not judged: {problem}", style="red", highlight=False, markup=False)
    for cell in run.disturbed:
        console.print(f"disturbed by other work: {cell}", highlight=False, markup=False)
    for line in [*run.verdict, _how(run)]:
        console.print(line, highlight=False, markup=False)


def markdown(run: Run) -> str:
    """The tables for the documentation: one per question, peers down, faults across."""
    parts = [f"Made on {run.machine.measured_at[:10]}: {_how(run)}.", ""]
    parts += [f"- {run.titles[name]}: {run.versions[name]}" for name in run.titles]
    parts += [f"- {name} took no part: {why}" for name, why in run.missing.items()]
    questions: list[tuple[str, Callable[[Row], str]]] = [
        ("Failed requests, of all from the healthy time to the end", lambda row: f"{row.failed} / {row.requests}"),
        ("Requests of the fault's time that failed or were late", lambda row: str(row.hurt)),
        ("Time to leave, after which no request is hurt: best and worst round", lambda row: span(row.leave_each_s)),
        ("Time to return after the healing", lambda row: seconds(row.return_s)),
        ("Added delay during the fault, p50 / p99, ms", lambda row: f"{row.added_p50_ms:.0f} / {row.added_p99_ms:.0f}"),
        ("Probes per origin and second", lambda row: f"{row.probes_per_s:.2f}"),
    ]
    for title, show in questions:
        parts += ["", f"**{title}**", "", *_matrix(run, show)]
    disturbed = [f"Disturbed by other work on the machine: {', '.join(run.disturbed)}."] if run.disturbed else []
    return "\n".join([*parts, "", *(f"- {line}" for line in [*run.verdict, *disturbed]), ""])


def _matrix(run: Run, show: Callable[[Row], str]) -> list[str]:
    found = {(row.peer, row.fault): row for row in run.rows}
    lines = ["| | " + " | ".join(run.faults) + " |", "|---|" + "---:|" * len(run.faults)]
    for name, title in run.titles.items():
        cells = [show(found[name, fault]) if (name, fault) in found else "?" for fault in run.faults]
        lines.append(f"| {'**' + title + '**' if name == run.ours else title} | " + " | ".join(cells) + " |")
    return lines


def _cells(row: Row) -> list[str]:
    return [
        f"{row.failed} / {row.requests}",
        str(row.hurt),
        f"{row.added_p50_ms:.0f} ms",
        f"{row.added_p99_ms:.0f} ms",
        seconds(row.leave_s),
        span(row.leave_each_s),
        seconds(row.return_s),
        f"{row.probes_per_s:.2f}",
    ]


def _how(run: Run) -> str:
    machine = run.machine
    return (
        f"{machine.cores} cores, {machine.kernel.split('-')[0]}, {machine.python}, load {machine.load_1min} before and "
        f"{run.load_after} after, {run.precedence}; {run.rate_per_s:g} GETs a second, viewers give up after "
        f"{VIEWER_TIMEOUT_S:g} s, origins are granted {PATIENCE_S} s; fault of {run.times.fault_s:g} s, "
        f"rounds: {run.rounds}, in an order of seed {run.seed}; {run.lanes} cells at a time; "
        f"{run.took_s / 60:.1f} minutes"
    )

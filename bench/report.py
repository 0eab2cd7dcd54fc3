"""A run as a table for people and as JSON for programs. Pure but for printing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bench.figure import Reading
from bench.machine import Machine

COUNTS = frozenset({"requests", "values", "probes", "/s"})
"""Units that are whole numbers."""

PIPED_WIDTH = 150
"""Columns where there is no terminal to ask."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Everything that one run found."""

    machine: Machine
    precedence: str
    """How the benchmark was scheduled beside other work (see `scheduler`)."""
    is_quick: bool
    took_s: float
    readings: Sequence[Reading]
    failures: Mapping[str, str]
    """Figures that could not be measured, with the reason."""

    @property
    def missed(self) -> list[Reading]:
        """The readings that do not reach their target."""
        return [each for each in self.readings if each.is_met is False]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "machine": self.machine.as_dict() | {"precedence": self.precedence},
            "is_quick": self.is_quick,
            "took_s": round(self.took_s, 1),
            "readings": [each.as_dict() for each in self.readings],
            "missed": [f"{each.figure}: {each.what}" for each in self.missed],
            "failures": dict(self.failures),
        }


def print_run(run: Run, console: Console) -> None:
    """Print the table, the machine and the verdict."""
    console.print(_table(run.readings))
    console.print(_machine_line(run), highlight=False, markup=False)
    for figure, reason in run.failures.items():
        console.print(f"[red]{figure} could not be measured: {escape(reason)}[/red]", highlight=False)
    console.print(verdict(run), highlight=False, markup=False)


def verdict(run: Run) -> str:
    """Say plainly what was reached."""
    promised = [each for each in run.readings if each.is_met is not None]
    if not promised:
        return "Nothing was measured that has a target."
    if not run.missed:
        return f"All {len(promised)} targets are met."
    names = "; ".join(
        f"{each.figure} {each.what}: {show(each.value, each.unit)}, target {each.target}" for each in run.missed
    )
    return f"{len(run.missed)} of {len(promised)} targets are missed: {names}."


def show(value: float, unit: str) -> str:
    """Write a value with its unit, as exactly as it is worth."""
    if unit in COUNTS:
        return f"{value:.0f} {unit}"
    return f"{value:.{1 if abs(value) >= 10 else 2}f} {unit}"


def markdown(run: Run) -> str:
    """The same table for the documentation: without notes, with date and machine."""
    lines = [
        f"Made on {run.machine.measured_at[:10]}, {run.machine.cores} cores, {run.machine.kernel.split('-')[0]}, "
        f"{run.machine.python}; load before the run {run.machine.load_1min}, scheduled as {run.precedence}.",
        "",
        "| | What is measured | Ours | Target | Met | Seed's recipe |",
        "|---|---|---|---|---|---|",
    ]
    lines += ["| " + " | ".join(_cells(each)) + " |" for each in run.readings]
    return "\n".join([*lines, "", verdict(run), ""])


def _cells(each: Reading) -> list[str]:
    """A reading's columns but note and samples."""
    return [
        each.figure,
        each.what,
        show(each.value, each.unit),
        "" if each.target is None else str(each.target),
        {None: "", True: "yes", False: "NO"}[each.is_met],
        "" if each.seed is None else show(each.seed, each.unit),
    ]


def _table(readings: Sequence[Reading]) -> Table:
    table = Table(title="Figures of the CloudFront Origin Router", title_justify="left", show_lines=False)
    table.add_column("", style="bold", no_wrap=True)
    table.add_column("what is measured", ratio=1)
    for name in ("ours", "target", "met", "seed's recipe", "samples"):
        table.add_column(name, justify="center" if name == "met" else "right", no_wrap=True)
    for before, each in zip([None, *readings], readings, strict=False):
        if before is not None and before.figure != each.figure:
            table.add_section()
        figure, what, ours, target, met, seed = map(escape, _cells(each))
        note = f"\n[dim]{escape(each.note)}[/dim]" if each.note else ""
        colour = "green" if each.is_met else "bold red"
        samples = str(each.n) if each.series else ""
        table.add_row(figure, what + note, ours, target, f"[{colour}]{met}[/]", seed, samples)
    return table


def _machine_line(run: Run) -> str:
    machine = run.machine
    return (
        f"{machine.measured_at}, {machine.cores} cores, {machine.python}, {machine.openssl}, {machine.kernel}, "
        f"jiffy {machine.jiffy_ms:g} ms, load before the run {machine.load_1min}, scheduled as {run.precedence}; "
        f"{'quick run' if run.is_quick else 'full run'} of {run.took_s:.0f} s"
    )

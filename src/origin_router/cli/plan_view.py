"""Shows plans and findings: dry runs, and what is asked about before it is done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from origin_router.aws.describe import as_document, title
from origin_router.aws.describe_details import details
from origin_router.aws.findings import Finding, Severity
from origin_router.aws.plan import Plan
from origin_router.aws.steps import Step
from origin_router.cli.options import PIPED_WIDTH

STYLES = {Severity.BLOCKING: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "dim"}
LINE_STYLES = {"+": "green", "-": "red"}


class Display:
    """The executor of a dry run: it shows the steps."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def run(self, steps: tuple[Step, ...]) -> None:
        """Show every step and what it changes."""
        for number, step in enumerate(steps, start=1):
            self._console.print(Text(f"{number:>3}. {title(step)}", style="bold"))
            for line in details(step):
                self._console.print(Text(f"       {line}", style=LINE_STYLES.get(line[:1], "")))


def make_console(*, to_stderr: bool = False) -> Console:
    """Make a console that does not break lines where nobody reads them."""
    console = Console(stderr=to_stderr, highlight=False, soft_wrap=True)
    if not console.is_terminal:
        console.width = PIPED_WIDTH
    return console


def show_findings(console: Console, findings: Sequence[Finding]) -> None:
    """Show what the preflight found, the worst first."""
    for finding in findings:
        line = Text(f"{finding.severity.value}: ", style=STYLES[finding.severity])
        line.append(f"{finding.where}: {finding.what}", style="")
        console.print(line)
        if finding.what_to_do:
            console.print(Text(f"    {finding.what_to_do}"))


def show_plan(console: Console, plan: Plan, headline: str) -> None:
    """Show findings, then steps."""
    show_findings(console, plan.findings)
    if plan.findings:
        console.print()
    if not plan.steps:
        if not plan.is_blocked:
            console.print("Nothing to do: everything is as it should be.")
        return
    console.print(Text(headline))
    Display(console).run(plan.steps)


def confirm(console: Console, plan: Plan, headline: str, question: str, *, is_again: bool) -> None:
    """Show what will be done and ask. Aborts at no."""
    if is_again:
        console.print("Somebody changed something meanwhile, so this is what is to be done now:")
    show_plan(console, plan, headline)
    console.print()
    click.confirm(question, abort=True)


def plan_document(plan: Plan) -> dict[str, Any]:
    """Return a plan as JSON."""
    return {
        "version_before": plan.version_before,
        "version": plan.version,
        "findings": [finding_document(each) for each in plan.findings],
        "steps": [as_document(each) for each in plan.steps],
    }


def finding_document(finding: Finding) -> dict[str, str]:
    """Return a finding as JSON."""
    return {
        "severity": finding.severity.value,
        "where": finding.where,
        "what": finding.what,
        "what_to_do": finding.what_to_do,
    }

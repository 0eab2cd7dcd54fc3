"""Carries out a plan in front of a user: shown, confirmed, watched, and reported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click

from origin_router.aws.apply import DELETE_LIMIT_S, Apply
from origin_router.aws.deployment import BlockedError, carry_out
from origin_router.aws.errors import AwsError
from origin_router.aws.plan import Plan
from origin_router.aws.steps import NEW_VERSION, Step
from origin_router.aws.waiting import Patience
from origin_router.bundle import Bundle
from origin_router.cli.account import Account
from origin_router.cli.failures import ExitCode
from origin_router.cli.options import print_json
from origin_router.cli.plan_view import confirm, finding_document, make_console, plan_document, show_findings
from origin_router.cli.watching import Watching, looking


@dataclass(frozen=True)
class Asking:
    """How the user is asked, and told."""

    headline: str
    question: str
    is_sure: bool
    as_json: bool


def run(
    ctx: click.Context,
    account: Account,
    make_plan: Callable[[], Plan],
    asking: Asking,
    *,
    bundle: Bundle | None = None,
    delete_limit_s: float = DELETE_LIMIT_S,
) -> tuple[Plan, dict[str, str]]:
    """Do it; return the plan and what its stand-ins became. Exits with 1 if the preflight forbids it."""
    out, err = make_console(), make_console(to_stderr=True)

    def ask(plan: Plan, is_again: bool) -> None:
        if not asking.is_sure:
            confirm(out, plan, asking.headline, asking.question, is_again=is_again)
        elif not asking.as_json:
            show_findings(err, plan.findings)

    def look() -> Plan:
        with looking(err):
            return make_plan()

    def tell(error: AwsError) -> None:
        err.print(f"Changed meanwhile, looking again: {error.where}: {error.what}", markup=False)

    watching = Watching(err)
    executor = Apply(
        account.aws,
        account.names,
        account.config,
        bundle,
        watcher=watching,
        patience=Patience(watching),
        delete_limit_s=delete_limit_s,
    )
    try:
        plan = carry_out(look, ask, _Watched(executor, watching), tell)
    except BlockedError as blocked:
        _report_blocked(ctx, blocked.plan, asking, account)
        raise
    except KeyboardInterrupt:
        err.print("Interrupted. Nothing is lost: the same command goes on where this one stopped.")
        ctx.exit(ExitCode.PROBLEM)
    return plan, executor.known


def report(plan: Plan, known: dict[str, str], asking: Asking, text: str, **more: Any) -> None:
    """Say what was done."""
    version = known.get(NEW_VERSION, plan.version) if plan.version == NEW_VERSION else plan.version
    if asking.as_json:
        print_json({**more, **plan_document(plan), "version": version, "changed": bool(plan.steps)})
    elif not plan.steps:
        click.echo("Nothing to do: everything is as it should be.")
    else:
        click.echo(text.format(version=version))


class _Watched:
    """Shows progress only while something is done, not while the user is asked."""

    def __init__(self, executor: Apply, watching: Watching) -> None:
        self._executor = executor
        self._watching = watching

    @property
    def known(self) -> dict[str, str]:
        return self._executor.known

    def run(self, steps: tuple[Step, ...]) -> None:
        with self._watching:
            self._executor.run(steps)


def _report_blocked(ctx: click.Context, plan: Plan, asking: Asking, account: Account) -> None:
    if asking.as_json:
        print_json(
            {
                "account": account.names.account,
                "errors": [
                    {"path": each.where, "message": f"{each.what}. {each.what_to_do}"} for each in plan.findings
                ],
                "findings": [finding_document(each) for each in plan.findings],
            }
        )
    else:
        show_findings(make_console(to_stderr=True), plan.findings)
        click.echo("Nothing was changed.", err=True)
    ctx.exit(ExitCode.PROBLEM)

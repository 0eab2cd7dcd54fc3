"""Carries out a plan in front of a user: shown, confirmed, watched, and reported."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import click

from origin_router.aws.apply import DELETE_LIMIT_S, Apply
from origin_router.aws.deployment import BlockedError, carry_out
from origin_router.aws.errors import AwsError
from origin_router.aws.findings import Severity
from origin_router.aws.plan import Plan
from origin_router.aws.steps import NEW_VERSION, Step
from origin_router.aws.waiting import Patience
from origin_router.bundle import Bundle
from origin_router.cli.account import Account, open_account, outside, profile_option
from origin_router.cli.failures import ExitCode
from origin_router.cli.options import config_option, json_option, print_json
from origin_router.cli.plan_view import confirm, finding_document, make_console, plan_document, show_findings
from origin_router.cli.watching import Watching, looking


@dataclass(frozen=True)
class Asking:
    """What the user is told and asked before anything is changed."""

    headline: str
    question: str = "Do this?"


@dataclass(frozen=True)
class ChangeDesk:
    """What every verb that changes an account is handed."""

    ctx: click.Context
    config_path: Path
    profile: str | None
    is_sure: bool
    as_json: bool

    @contextmanager
    def open_account(self) -> Iterator[Account]:
        """Open the account, once it is clear that somebody can be asked, or need not be."""
        if not self.is_sure and self.as_json:
            raise click.UsageError("--json asks nothing: give --yes too. (plan --json shows what deploy would do.)")
        if not self.is_sure and not sys.stdin.isatty():
            raise click.UsageError("there is no terminal to ask: give --yes.")
        with open_account(self.config_path, self.profile) as account:
            yield account

    def carry_out(
        self,
        account: Account,
        make_plan: Callable[[], Plan],
        asking: Asking,
        *,
        bundle: Bundle | None = None,
        delete_limit_s: float = DELETE_LIMIT_S,
    ) -> Done:
        """Do it. Exits with 1 if the preflight forbids it."""
        out, err = make_console(), make_console(to_stderr=True)

        def ask(plan: Plan, is_again: bool) -> None:
            if not self.is_sure:
                confirm(out, plan, asking.headline, asking.question, is_again=is_again)
            elif not self.as_json:
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
            patience=Patience(watching, sleep=outside().sleep),
            delete_limit_s=delete_limit_s,
        )
        try:
            plan = carry_out(look, ask, _Watched(executor, watching), tell)
        except BlockedError as blocked:
            self._report_blocked(blocked.plan, account)
            raise
        except KeyboardInterrupt:
            err.print("Interrupted. Nothing is lost: the same command goes on where this one stopped.")
            self.ctx.exit(ExitCode.PROBLEM)
        return Done(plan, executor.known)

    def report(self, done: Done, account: Account, text: str, **more: Any) -> None:
        """Say what was done; `text` may have a place for the version."""
        if self.as_json:
            said = {"account": account.names.account, **more, **plan_document(done.plan)}
            print_json({**said, "version": done.version, "changed": bool(done.plan.steps)})
        elif not done.plan.steps:
            click.echo("Nothing to do: everything is as it should be.")
        else:
            click.echo(text.format(version=done.version))

    def _report_blocked(self, plan: Plan, account: Account) -> None:
        if self.as_json:
            print_json(
                {
                    "account": account.names.account,
                    "errors": [
                        {"path": each.where, "message": f"{each.what}. {each.what_to_do}"}
                        for each in plan.findings
                        if each.severity is Severity.BLOCKING
                    ],
                    "findings": [finding_document(each) for each in plan.findings],
                }
            )
        else:
            show_findings(make_console(to_stderr=True), plan.findings)
            click.echo("Nothing was changed.", err=True)
        self.ctx.exit(ExitCode.PROBLEM)


@dataclass(frozen=True)
class Done:
    """A plan that was carried out."""

    plan: Plan
    known: Mapping[str, str]
    """What its stand-ins became."""

    @property
    def version(self) -> str | None:
        """The version that takes requests now."""
        version = self.plan.version
        return self.known.get(version, version) if version == NEW_VERSION else version


def change_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add `--config`, `--yes`, `--profile` and `--json`, passed together as the first argument."""

    @wraps(function)
    def verb(config_path: Path, profile: str | None, is_sure: bool, as_json: bool, **own: Any) -> None:
        function(ChangeDesk(click.get_current_context(), config_path, profile, is_sure, as_json), **own)

    sure = click.option("--yes", "is_sure", is_flag=True, help="Do it without asking.")
    for option in (json_option, profile_option, sure, config_option):
        verb = option(verb)
    return verb


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

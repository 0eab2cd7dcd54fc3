"""`origin-router promote` and `abort`: the two ends of a canary."""

from __future__ import annotations

from collections.abc import Callable

import click

from origin_router.aws.canary import plan_abort, plan_promote
from origin_router.aws.model import Observed
from origin_router.aws.observe import observe_running
from origin_router.aws.plan import Plan
from origin_router.cli.carrying_out import Asking, ChangeDesk, change_options
from origin_router.cli.distribution_option import choose_distribution, distribution_option, now_text


@click.command()
@distribution_option
@change_options
def promote(desk: ChangeDesk, distribution: str | None) -> None:
    """Give the canary's version to all requests, and remove the canary.

    Shows what will be done and asks. Refused if the distribution was changed since the canary
    was made, because CloudFront's promotion would undo that. The object of --json is that of
    deploy.

    \b
    Example:
      origin-router promote --yes
    """

    def plan(observed: Observed) -> Plan:
        return plan_promote(observed, at=now_text())

    _end(desk, distribution, plan, "Version {{version}} takes all requests of {distribution}.")


@click.command()
@distribution_option
@change_options
def abort(desk: ChangeDesk, distribution: str | None) -> None:
    """Give all requests back to what took them before the canary, and remove the canary.

    Shows what will be done and asks. The object of --json is that of deploy.

    \b
    Example:
      origin-router abort --yes
    """
    _end(desk, distribution, plan_abort, "The canary of {distribution} is removed.")


def _end(desk: ChangeDesk, distribution: str | None, plan: Callable[[Observed], Plan], text: str) -> None:
    with desk.open_account() as account:
        chosen = choose_distribution(account, distribution)
        asking = Asking(f"Steps for distribution {chosen} in account {account.names.account}:")
        done = desk.carry_out(account, lambda: plan(observe_running(account.aws, account.names, chosen)), asking)
        desk.report(done, account, text.format(distribution=chosen), distribution=chosen)

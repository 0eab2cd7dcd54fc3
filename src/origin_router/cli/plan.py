"""`origin-router plan`: what deploy would do, by reads alone."""

from __future__ import annotations

from pathlib import Path

import click

from origin_router.cli.account import open_account, profile_option
from origin_router.cli.aws_options import attachment_options, choose_distribution
from origin_router.cli.canary_options import canary_options, read_traffic
from origin_router.cli.deploying import Deploying, Wishes
from origin_router.cli.failures import ExitCode
from origin_router.cli.options import config_option, json_option, print_json
from origin_router.cli.plan_view import make_console, plan_document, show_plan


@click.command()
@config_option
@attachment_options
@canary_options
@profile_option
@json_option
@click.pass_context
def plan(
    ctx: click.Context,
    config_path: Path,
    distribution: str | None,
    behaviors: tuple[str, ...],
    is_failover: bool | None,
    has_feedback: bool | None,
    canary_pct: float | None,
    canary_header: str | None,
    profile: str | None,
    as_json: bool,
) -> None:
    """Show what deploy would do. Nothing is changed.

    Looks at role, log groups, function, versions and distribution, checks what AWS would
    refuse late or never tell, and lists the steps that are missing. The object of --json has
    account, distribution, findings (severity, where, what, what_to_do), version_before,
    version and steps (step, title, details). Exit code 1: a finding would stop the deployment.

    \b
    Examples:
      origin-router plan --distribution E2EXAMPLE
      origin-router plan --distribution E2EXAMPLE --behavior '/img/*' --behavior default --json
    """
    traffic = read_traffic(canary_pct, canary_header)
    with open_account(config_path, profile) as account:
        chosen = choose_distribution(account, distribution)
        deploying = Deploying(account, Wishes(chosen, behaviors, is_failover, has_feedback, traffic))
        made = deploying.plan()
        if as_json:
            print_json({"account": account.names.account, "distribution": chosen, **plan_document(made)})
        else:
            headline = f"Steps for distribution {chosen} in account {account.names.account}:"
            show_plan(make_console(), made, headline)
    if made.is_blocked:
        ctx.exit(ExitCode.PROBLEM)

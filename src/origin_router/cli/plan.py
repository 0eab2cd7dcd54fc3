"""`origin-router plan`: what deploy would do, by reads alone."""

from __future__ import annotations

from pathlib import Path

import click

from origin_router.aws.cost import Assumptions, marginal_usd_per_million
from origin_router.aws.desired import MEMORY_MB
from origin_router.cli.account import open_account, profile_option
from origin_router.cli.failures import ExitCode
from origin_router.cli.options import config_option, json_option, print_json
from origin_router.cli.plan_view import make_console, plan_document, show_plan
from origin_router.cli.watching import looking
from origin_router.cli.wishes import Asked, wish_options


@click.command()
@config_option
@wish_options
@profile_option
@json_option
@click.pass_context
def plan(ctx: click.Context, config_path: Path, asked: Asked, profile: str | None, as_json: bool) -> None:
    """Show what deploy would do. Nothing is changed.

    Looks at role, log groups, function, versions and distribution, checks what AWS would
    refuse late or never tell, and lists the steps that are missing. The object of --json has
    account, distribution, findings (severity, where, what, what_to_do), version_before,
    version, steps (step, title, details) and usd_per_million. Exit code 1: a finding would
    stop the deployment.

    \b
    Examples:
      origin-router plan --distribution E2EXAMPLE
      origin-router plan --distribution E2EXAMPLE --behavior '/img/*' --behavior default --json
    """
    with open_account(config_path, profile) as account:
        deploying = asked.in_account(account)
        chosen = deploying.wishes.distribution
        with looking(make_console(to_stderr=True)):
            made = deploying.plan()
        prices = usd_per_million()
        if as_json:
            document = {"account": account.names.account, "distribution": chosen, **plan_document(made)}
            print_json({**document, "usd_per_million": prices})
        else:
            headline = f"Steps for distribution {chosen} in account {account.names.account}:"
            show_plan(make_console(), made, headline)
            click.echo(
                f"\nA million cache misses cost about ${prices['origin_request']:.2f},"
                f" with --feedback ${prices['with_origin_response']:.2f} (origin-router cost says more)."
            )
    if made.is_blocked:
        ctx.exit(ExitCode.PROBLEM)


def usd_per_million() -> dict[str, float]:
    """Return what a million cache misses cost with one trigger and with both."""
    given = Assumptions(memory_mb=MEMORY_MB)
    return {
        "origin_request": round(marginal_usd_per_million(given, has_feedback=False), 4),
        "with_origin_response": round(marginal_usd_per_million(given, has_feedback=True), 4),
    }

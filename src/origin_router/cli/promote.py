"""`origin-router promote` and `abort`: the two ends of a canary."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from origin_router.aws.canary import plan_abort, plan_promote
from origin_router.aws.model import Observed
from origin_router.aws.observe import observe_running
from origin_router.aws.plan import Plan
from origin_router.cli import carrying_out
from origin_router.cli.account import open_account, profile_option
from origin_router.cli.aws_options import (
    choose_distribution,
    distribution_option,
    now_text,
    require_confirmation,
    yes_option,
)
from origin_router.cli.carrying_out import Asking
from origin_router.cli.options import config_option, json_option


@click.command()
@config_option
@distribution_option
@yes_option
@profile_option
@json_option
@click.pass_context
def promote(
    ctx: click.Context,
    config_path: Path,
    distribution: str | None,
    is_sure: bool,
    profile: str | None,
    as_json: bool,
) -> None:
    """Give the canary's version to all requests, and remove the canary.

    Shows what will be done and asks. Refused if the distribution was changed since the canary
    was made, because CloudFront's promotion would undo that. The object of --json is that of
    deploy.

    \b
    Example:
      origin-router promote --yes
    """
    text = "Version {{version}} takes all requests of {distribution}."
    _end(ctx, config_path, distribution, is_sure, profile, as_json, plan_to_promote, text)


@click.command()
@config_option
@distribution_option
@yes_option
@profile_option
@json_option
@click.pass_context
def abort(
    ctx: click.Context,
    config_path: Path,
    distribution: str | None,
    is_sure: bool,
    profile: str | None,
    as_json: bool,
) -> None:
    """Give all requests back to what took them before the canary, and remove the canary.

    Shows what will be done and asks. The object of --json is that of deploy.

    \b
    Example:
      origin-router abort --yes
    """
    _end(
        ctx,
        config_path,
        distribution,
        is_sure,
        profile,
        as_json,
        plan_abort,
        "The canary of {distribution} is removed.",
    )


def plan_to_promote(observed: Observed) -> Plan:
    """Plan a promotion of now."""
    return plan_promote(observed, at=now_text())


def _end(
    ctx: click.Context,
    config_path: Path,
    distribution: str | None,
    is_sure: bool,
    profile: str | None,
    as_json: bool,
    plan: Callable[[Observed], Plan],
    text: str,
) -> None:
    require_confirmation(is_sure=is_sure, as_json=as_json)
    with open_account(config_path, profile) as account:
        chosen = choose_distribution(account, distribution)
        asking = Asking(
            headline=f"Steps for distribution {chosen} in account {account.names.account}:",
            question="Do this?",
            is_sure=is_sure,
            as_json=as_json,
        )
        done, known = carrying_out.run(
            ctx, account, lambda: plan(observe_running(account.aws, account.names, chosen)), asking
        )
        carrying_out.report(
            done,
            known,
            asking,
            text.format(distribution=chosen),
            account=account.names.account,
            distribution=chosen,
        )

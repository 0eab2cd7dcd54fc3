"""`origin-router deploy`: put the function in front of a distribution."""

from __future__ import annotations

from pathlib import Path

import click

from origin_router.cli import carrying_out
from origin_router.cli.account import open_account, profile_option
from origin_router.cli.aws_options import attachment_options, choose_distribution, require_confirmation, yes_option
from origin_router.cli.canary_options import canary_options, read_traffic
from origin_router.cli.carrying_out import Asking
from origin_router.cli.deploying import Deploying, Wishes
from origin_router.cli.options import config_option, json_option


@click.command()
@config_option
@attachment_options
@canary_options
@yes_option
@profile_option
@json_option
@click.pass_context
def deploy(
    ctx: click.Context,
    config_path: Path,
    distribution: str | None,
    behaviors: tuple[str, ...],
    is_failover: bool | None,
    has_feedback: bool | None,
    wants_dashboard: bool,
    canary_pct: float | None,
    canary_header: str | None,
    is_sure: bool,
    profile: str | None,
    as_json: bool,
) -> None:
    """Put the router in front of a distribution, or bring it up to date.

    Shows what will be done and asks. Safe to interrupt and to run again: each run does what
    is still missing. What the distribution had before is written down in the router's bucket,
    and destroy restores it. The object of --json is that of plan, and changed (whether
    anything was done). Exit code 1: a finding stopped it, and nothing was changed.

    \b
    Examples:
      origin-router deploy --distribution E2EXAMPLE
      origin-router deploy --canary 5
      origin-router deploy --behavior '/img/*' --no-failover --yes --json
    """
    require_confirmation(is_sure=is_sure, as_json=as_json)
    traffic = read_traffic(canary_pct, canary_header)
    with open_account(config_path, profile) as account:
        chosen = choose_distribution(account, distribution)
        deploying = Deploying(account, Wishes(chosen, behaviors, is_failover, has_feedback, wants_dashboard, traffic))
        asking = Asking(
            headline=f"Steps for distribution {chosen} in account {account.names.account}:",
            question="Do this?",
            is_sure=is_sure,
            as_json=as_json,
        )
        plan, known = carrying_out.run(ctx, account, deploying.plan, asking, bundle=deploying.bundle)
        behaviors_text = ", ".join(deploying.behaviors)
        text = (
            f"Version {{version}} takes requests of {chosen} ({behaviors_text})."
            if traffic is None
            else f"Version {{version}} is tried on {chosen} ({behaviors_text}). Then: origin-router promote, or abort."
        )
        carrying_out.report(plan, known, asking, text, account=account.names.account, distribution=chosen)

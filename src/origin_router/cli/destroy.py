"""`origin-router destroy`: restore what was there before, and remove what is ours."""

from __future__ import annotations

from pathlib import Path

import click

from origin_router.aws.observe_remains import observe_remains, our_keys
from origin_router.aws.plan import Plan
from origin_router.aws.removal import Scope, plan_destroy
from origin_router.cli import carrying_out
from origin_router.cli.account import open_account, profile_option
from origin_router.cli.aws_options import require_confirmation, yes_option
from origin_router.cli.carrying_out import Asking
from origin_router.cli.durations import Duration
from origin_router.cli.options import config_option, json_option


@click.command()
@config_option
@click.option("--distribution", metavar="ID", help="Only detach it from this one.  [default: from all, and remove all]")
@click.option("--keep-logs", "keeps_logs", is_flag=True, help="Leave the log groups.")
@click.option(
    "--wait",
    "wait_s",
    type=Duration(),
    default="6h",
    show_default=True,
    help="How long to try to delete the function, which CloudFront holds on to for hours.",
)
@yes_option
@profile_option
@json_option
@click.pass_context
def destroy(
    ctx: click.Context,
    config_path: Path,
    distribution: str | None,
    keeps_logs: bool,
    wait_s: float,
    is_sure: bool,
    profile: str | None,
    as_json: bool,
) -> None:
    """Detach the router, restore what the distributions had before, and remove what is ours.

    Shows what will be done and asks. CloudFront lets go of a function only hours after it was
    detached; until then its deletion is tried again and again. Interrupting that is safe:
    the same command goes on later. The function stays while another distribution uses it, and
    the bucket if somebody else's objects are in it. The object of --json is that of deploy.

    \b
    Examples:
      origin-router destroy
      origin-router destroy --distribution E2EXAMPLE --keep-logs
    """
    require_confirmation(is_sure=is_sure, as_json=as_json)
    with open_account(config_path, profile) as account:
        names, scope = account.names, Scope(distribution=distribution, keeps_logs=keeps_logs)

        def plan() -> Plan:
            remains = observe_remains(account.aws, names, account.config)
            return plan_destroy(remains, scope, our_keys(remains.bucket_keys, names, account.config.control))

        asking = Asking(
            headline=f"Steps to remove {names.name} from account {names.account}:",
            question="Remove it?",
            is_sure=is_sure,
            as_json=as_json,
        )
        done, known = carrying_out.run(ctx, account, plan, asking, delete_limit_s=wait_s)
        carrying_out.report(done, known, asking, f"{names.name} is removed.", account=names.account)

"""`origin-router destroy`: restore what was there before, and remove what is ours."""

from __future__ import annotations

import click

from origin_router.aws.observe_remains import observe_remains
from origin_router.aws.removal import Scope, plan_destroy
from origin_router.cli.carrying_out import Asking, ChangeDesk, change_options
from origin_router.cli.durations import Duration


@click.command()
@click.option(
    "--distribution",
    metavar="ID",
    help="Only from this one; if no other uses the router, everything is removed.  [default: all]",
)
@click.option("--keep-logs", "keeps_logs", is_flag=True, help="Leave the log groups.")
@click.option(
    "--wait",
    "wait_s",
    type=Duration(),
    default="6h",
    show_default=True,
    help="How long to try to delete the function, which CloudFront holds on to for hours.",
)
@change_options
def destroy(desk: ChangeDesk, distribution: str | None, keeps_logs: bool, wait_s: float) -> None:
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
    with desk.open_account() as account:
        names, scope = account.names, Scope(distribution=distribution, keeps_logs=keeps_logs)
        asking = Asking(f"Steps to remove {names.name} from account {names.account}:", "Remove it?")
        done = desk.carry_out(
            account,
            lambda: plan_destroy(observe_remains(account.aws, names, account.config), scope),
            asking,
            delete_limit_s=wait_s,
        )
        desk.report(done, account, f"{names.name} is removed.")

"""`origin-router deploy`: put the function in front of a distribution."""

from __future__ import annotations

import click

from origin_router.cli.carrying_out import Asking, ChangeDesk, change_options
from origin_router.cli.wishes import Asked, wish_options


@click.command()
@wish_options
@change_options
def deploy(desk: ChangeDesk, asked: Asked) -> None:
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
    with desk.open_account() as account:
        deploying = asked.in_account(account)
        chosen = deploying.wishes.distribution
        asking = Asking(f"Steps for distribution {chosen} in account {account.names.account}:")
        done = desk.carry_out(account, deploying.plan, asking, bundle=deploying.bundle)
        behaviors = ", ".join(deploying.behaviors)
        text = (
            f"Version {{version}} takes requests of {chosen} ({behaviors})."
            if asked.traffic is None
            else f"Version {{version}} is tried on {chosen} ({behaviors}). Then: origin-router promote, or abort."
        )
        desk.report(done, account, text, distribution=chosen)

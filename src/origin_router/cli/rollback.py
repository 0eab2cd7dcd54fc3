"""`origin-router rollback`: back to the version that ran before, or to a named one."""

from __future__ import annotations

from collections.abc import Iterator

import click

from origin_router.aws.config_changes import config_changes
from origin_router.aws.model import Observed
from origin_router.aws.observe import observe_running
from origin_router.aws.plan import Plan
from origin_router.aws.record import config_key
from origin_router.aws.removal import plan_rollback
from origin_router.aws.store import Store
from origin_router.cli.account import Account
from origin_router.cli.carrying_out import Asking, ChangeDesk, change_options
from origin_router.cli.distribution_option import choose_distribution, distribution_option, now_text


@click.command()
@distribution_option
@click.option("--to", "wanted", metavar="VERSION", help="The version.  [default: the one that ran before]")
@change_options
def rollback(desk: ChangeDesk, distribution: str | None, wanted: str | None) -> None:
    """Put an earlier version of the function in front of the distribution.

    Shows what differs and asks. Only the version changes: behaviors and placeholders stay as
    they are. Running it twice leads back to where it began. The object of --json is that of
    deploy, and differences (path, before, after) of the configurations, where they are known.

    \b
    Examples:
      origin-router rollback
      origin-router rollback --to 3 --yes
    """
    with desk.open_account() as account:
        chosen = choose_distribution(account, distribution)
        observed = observe_running(account.aws, account.names, chosen)
        first = plan_rollback(observed, wanted, at=now_text())
        version = first.version
        differences = list(_differences(account, observed, first))
        lines = [f"  {path}: {before} -> {after}" for path, before, after in differences]
        asking = Asking(
            "\n".join([f"From version {first.version_before} to version {version} on {chosen}:", *lines, "Steps:"])
        )

        def plan() -> Plan:
            if version is None:
                return first
            return plan_rollback(observe_running(account.aws, account.names, chosen), version, at=now_text())

        desk.report(
            desk.carry_out(account, plan, asking),
            account,
            f"Version {{version}} takes requests of {chosen}.",
            distribution=chosen,
            differences=[{"path": path, "before": before, "after": after} for path, before, after in differences],
        )


def _differences(account: Account, observed: Observed, plan: Plan) -> Iterator[tuple[str, str, str]]:
    """Say what differs between the two versions' configurations, if both were kept."""
    store = Store(account.aws, account.names)
    digests = {each.version: each.code_sha256 for each in observed.versions}
    kept = [
        store.load_config(config_key(digests[version]))
        for version in (plan.version_before, plan.version)
        if version in digests
    ]
    if len(kept) == 2 and kept[0] is not None and kept[1] is not None:
        yield from config_changes(kept[0], kept[1])

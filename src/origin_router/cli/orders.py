"""What the verbs that give orders share: `--pool`, `--for`, `--wait`, and showing what changed."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from origin_router.aws.control_document import OrderError, OrderLine, as_dict, changes
from origin_router.aws.control_store import ControlStore, Outcome, control_store
from origin_router.aws.order_readers import Unread
from origin_router.aws.taken import Progress, Taken, wait_until_taken
from origin_router.cli.account import Account, open_account, open_logs, outside, profile_option
from origin_router.cli.durations import Duration, duration
from origin_router.cli.failures import ExitCode
from origin_router.cli.options import config_option, json_option, print_json
from origin_router.cli.order_readers import look_for_readers
from origin_router.cli.plan_view import make_console
from origin_router.cli.watching import looking
from origin_router.routing.config import RouterConfig
from origin_router.routing.control import Control

F = TypeVar("F", bound=Callable[..., Any])

LONGEST_S = 7 * 86_400
"""An order is for what happens now; what holds longer belongs into the configuration."""

_PROGRESS = {
    Progress.TAKEN: "taken",
    Progress.PENDING: "an environment still uses an older version",
    Progress.SILENT: "no traffic since; the next request takes it",
}

Edit = Callable[[Control, RouterConfig], Control]
"""What is ordered, and the configuration -> what is to be ordered. Called again if somebody else was faster."""


@dataclass(frozen=True)
class OrderDesk:
    """What every verb that gives an order is handed."""

    ctx: click.Context
    config_path: Path
    profile: str | None
    is_waiting: bool
    as_json: bool

    def give(self, edit: Edit) -> None:
        """Change the control document as `edit` says, and show what became of it.

        It is written before anybody is asked whether the running versions read it: orders are urgent.
        """
        with open_account(self.config_path, self.profile) as account:
            store = open_store(account)
            try:
                outcome = store.change(lambda control: edit(control, account.config))
            except OrderError as error:
                raise click.UsageError(str(error), self.ctx) from error
            if not self.as_json:
                print_outcome(outcome, store.place)
            readers = look_for_readers(account)
            has_readers = readers is None or not readers.has_none
            taken = _wait(account, outcome.after.version) if self.is_waiting and has_readers else None
        unread = readers.unread if readers else ()
        if self.as_json:
            print_json(outcome_document(outcome, store.place, taken, unread))
        elif taken is not None:
            print_taken(taken, outcome.after.version)
        if unread or (taken is not None and taken.pending):
            self.ctx.exit(ExitCode.PROBLEM)


def order_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add `--wait`, `--config`, `--profile` and `--json`, passed together as the first argument."""

    @wraps(function)
    def verb(config_path: Path, profile: str | None, is_waiting: bool, as_json: bool, **own: Any) -> None:
        function(OrderDesk(click.get_current_context(), config_path, profile, is_waiting, as_json), **own)

    wait = click.option(
        "--wait",
        "is_waiting",
        is_flag=True,
        help="Wait until every Region with traffic has taken it, about 2 minutes at most.",
    )
    for option in (json_option, profile_option, config_option, wait):
        verb = option(verb)
    return verb


def pool_option(function: F) -> F:
    """Add `--pool`, passed as `pool`."""
    return click.option("--pool", metavar="POOL", help="Only in this pool.  [default: every pool that has it]")(
        function
    )


def for_option(function: F) -> F:
    """Add `--for`, passed as `for_s`."""
    return click.option(
        "--for",
        "for_s",
        type=Duration(LONGEST_S),
        default="30m",
        show_default=True,
        help="When the order ends by itself, at most 7d.",
    )(function)


def open_store(account: Account) -> ControlStore:
    """Return the place of the control document. Wrong usage where the configuration names none that we could write."""
    control = account.config.control
    if not control.bucket:
        reason = (
            f"[control] url = {control.url!r} can only be read: keep the document in a bucket instead"
            if control.url
            else "the configuration has no [control] table, so the deployed function reads no orders"
        )
        raise click.UsageError(f'{reason}; write [control] bucket = "{account.names.bucket}" and deploy')
    return control_store(account.aws, account.names, account.config)


def _wait(account: Account, version: int) -> Taken:
    waiting = looking(make_console(to_stderr=True), f"Waiting until the Regions have taken version {version}")
    with open_logs(account) as reader, waiting:
        return wait_until_taken(reader, account.config, version, sleep=outside().sleep)


def print_outcome(outcome: Outcome, place: str) -> None:
    """Say what was ordered, and what in the document was of no use any more."""
    for dropped in outcome.dropped:
        click.echo(f"dropped: {dropped}")
    for sign, line in changes(outcome.before, outcome.after):
        click.echo(f"{sign} {order_text(line, time.time())}")
    if outcome.is_written:
        click.echo(f"version {outcome.after.version} written to {place}")
    else:
        click.echo(f"nothing to change: version {outcome.after.version} of {place} says so already")


def print_taken(taken: Taken, version: int) -> None:
    """Say which Regions have it."""
    if not taken.regions:
        click.echo("no Region has had traffic in the last minutes: the first request will take it")
        return
    for region, progress in taken.regions.items():
        click.echo(f"{region:<15} {_PROGRESS[progress]}")
    if taken.pending:
        click.echo(f"version {version} is not in use everywhere in {', '.join(taken.pending)}", err=True)


def outcome_document(
    outcome: Outcome, place: str, taken: Taken | None, unread: Sequence[Unread] = ()
) -> dict[str, Any]:
    """Return the object of `--json`."""
    document = {
        "place": place,
        "is_written": outcome.is_written,
        "changes": [{"change": sign, **line._asdict()} for sign, line in changes(outcome.before, outcome.after)],
        "dropped": list(outcome.dropped),
        "document": as_dict(outcome.after),
        "unread": [each._asdict() for each in unread],
    }
    if taken is not None:
        document["regions"] = taken.regions
    return document


def order_text(line: OrderLine, now: float) -> str:
    """Say an order in words."""
    weight = "" if line.weight is None else f" {line.weight:g}"
    return f"{line.order} {line.pool}.{line.origin}{weight} {until_text(line.until_at, now)}"


def until_text(until_at: float, now: float) -> str:
    """Say when an order ends."""
    if until_at <= now:
        return "(ended)"
    end = datetime.fromtimestamp(min(until_at, 253_402_300_799), UTC)
    return f"until {end:%Y-%m-%d %H:%M:%S}Z ({duration(until_at - now)} left)"


def order_rows(lines: Sequence[OrderLine], now: float) -> list[list[str]]:
    """Return the rows of a table of orders."""
    return [
        [
            line.order,
            line.pool,
            line.origin,
            "" if line.weight is None else f"{line.weight:g}",
            until_text(line.until_at, now),
        ]
        for line in lines
    ]

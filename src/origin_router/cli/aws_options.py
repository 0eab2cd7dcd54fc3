"""What the verbs that change an account share: options, and who is asked before anything is changed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

import click

from origin_router.aws.store import Store
from origin_router.cli.account import Account

F = TypeVar("F", bound=Callable[..., Any])


def distribution_option(function: F) -> F:
    """Add `--distribution`, which may be left out where there is only one."""
    return click.option(
        "--distribution",
        metavar="ID",
        help="The distribution.  [default: the one that was deployed to, if there is only one]",
    )(function)


def yes_option(function: F) -> F:
    """Add `--yes`, passed as `is_sure`."""
    return click.option("--yes", "is_sure", is_flag=True, help="Do it without asking.")(function)


def attachment_options(function: F) -> F:
    """Add what says where and how the router is attached."""
    for option in (
        click.option(
            "--dashboard", "wants_dashboard", is_flag=True, help="Also write a CloudWatch dashboard over all Regions."
        ),
        click.option(
            "--feedback/--no-feedback",
            "has_feedback",
            default=None,
            help="Attach to origin-response, too, and learn from real responses.  [default: feedback.enabled]",
        ),
        click.option(
            "--failover/--no-failover",
            "is_failover",
            default=None,
            help="Let CloudFront try the next best origin within a failed request.  [default: as last time, else if"
            " the pool has two origins]",
        ),
        click.option(
            "--behavior",
            "behaviors",
            multiple=True,
            metavar="PATTERN",
            help="Path pattern of a behavior to attach to, or default. Repeatable.  [default: as last time, else"
            " default]",
        ),
        distribution_option,
    ):
        function = option(function)
    return function


def require_confirmation(*, is_sure: bool, as_json: bool) -> None:
    """A program cannot be asked, so it must say beforehand that it is sure."""
    if is_sure:
        return
    if as_json:
        raise click.UsageError("--json asks nothing: give --yes too. (plan --json shows what deploy would do.)")
    if not sys.stdin.isatty():
        raise click.UsageError("there is no terminal to ask: give --yes.")


def choose_distribution(account: Account, wanted: str | None) -> str:
    """Return the distribution that is meant."""
    if wanted:
        return wanted
    store, name = Store(account.aws, account.names), account.names.name
    known = [each.record.distribution for each in store.load_all()] if store.observe().is_there else []
    if len(known) == 1:
        return known[0]
    raise click.UsageError(
        f"give --distribution: {name} was deployed to {', '.join(known)}."
        if known
        else f"give --distribution: {name} was not deployed yet."
    )


def now_text() -> str:
    """Return the present time as records have it."""
    return datetime.now(UTC).isoformat(timespec="seconds")

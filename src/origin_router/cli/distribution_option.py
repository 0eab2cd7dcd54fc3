"""`--distribution`: which one is meant where there may be several."""

from __future__ import annotations

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

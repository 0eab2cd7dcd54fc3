"""Tells who gives an order if nothing that runs will read it."""

from __future__ import annotations

import click

from origin_router.aws.control_place import control_place
from origin_router.aws.errors import AwsError
from origin_router.aws.order_readers import Readers, Unread, observe_readers
from origin_router.cli.account import Account


def look_for_readers(account: Account) -> Readers | None:
    """Look who reads the orders of this configuration, and say who does not. None: that could not be seen, which stops
    nobody from giving orders."""
    names = account.names
    try:
        readers = observe_readers(account.aws, names, account.config)
    except AwsError as error:
        click.echo(f"Warning: nobody knows whether the running version reads this: {error}", err=True)
        return None
    if not readers.running:
        click.echo(
            f"Warning: no distribution of account {names.account} uses {names.function}: orders take effect once it is"
            " deployed",
            err=True,
        )
    place = control_place(account.config.control)
    for each in readers.unread:
        click.echo(f"Error: {unread_text(each, place)}", err=True)
    return readers


def unread_text(unread: Unread, place: str) -> str:
    """Say where, what, and what to do."""
    why = (
        f"it looks for orders in {unread.reads}, and this configuration writes them to {place}"
        if unread.reads
        else "it was built from a configuration without [control], so it reads no orders"
    )
    return (
        f"distribution {unread.distribution}: version {unread.version}, which takes its requests, does not take this:"
        f" {why}. Deploy this configuration there (origin-router deploy; end a canary first): its version obeys what is"
        " written here, for as long as it holds"
    )

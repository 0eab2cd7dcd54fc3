"""`origin-router control show`: which orders hold."""

from __future__ import annotations

import time
from pathlib import Path

import click

from origin_router.aws.control_document import as_dict, order_lines
from origin_router.cli.account import open_account, profile_option
from origin_router.cli.options import config_option, json_option, print_json, print_table
from origin_router.cli.orders import open_store, order_rows


@click.group()
def control() -> None:
    """Look after the orders that take effect without a deployment.

    They are given with drain, pin and weights.

    \b
    Example:
      origin-router control show
    """


@control.command()
@config_option
@click.option("--raw", "is_raw", is_flag=True, help="Print the document as it lies in the bucket.")
@profile_option
@json_option
def show(config_path: Path, is_raw: bool, profile: str | None, as_json: bool) -> None:
    """Show the control document: the orders that hold, and until when.

    The object of --json has place and document.

    \b
    Example:
      origin-router control show
    """
    with open_account(config_path, profile) as account:
        store = open_store(account)
        if is_raw:
            click.echo(store.read_raw(), nl=False)
            return
        stored = store.read()
    document = stored.document
    if as_json:
        print_json({"place": store.place, "document": as_dict(document.control), "dropped": list(document.dropped)})
        return
    if stored.etag is None:
        click.echo(f"no orders: there is no document at {store.place} yet")
        return
    click.echo(f"{store.place} version {document.control.version}")
    for dropped in document.dropped:
        click.echo(f"of no effect: {dropped}")
    lines = order_lines(document.control)
    if lines:
        print_table(("order", "pool", "origin", "weight", "until"), order_rows(lines, time.time()), right=("weight",))
    else:
        click.echo("no orders")


@control.command()
@config_option
@profile_option
@json_option
def init(config_path: Path, profile: str | None, as_json: bool) -> None:
    """Write a control document without orders, where there is none.

    deploy does that by itself; this is for those who deploy by other means. A document that is
    there is left alone. The object of --json has place and is_written.

    \b
    Example:
      origin-router control init
    """
    with open_account(config_path, profile) as account:
        store = open_store(account)
        is_written = store.create()
    if as_json:
        print_json({"place": store.place, "is_written": is_written})
    elif is_written:
        click.echo(f"written: {store.place}, without orders")
    else:
        click.echo(f"nothing to do: there is a document at {store.place}")

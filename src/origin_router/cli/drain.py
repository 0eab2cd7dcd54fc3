"""`origin-router drain` and `undrain`: no requests for an origin, without a deployment."""

from __future__ import annotations

import time

import click

from origin_router.aws import control_document as orders
from origin_router.cli.orders import OrderDesk, for_option, order_options, pool_option


@click.command()
@click.argument("origin")
@pool_option
@for_option
@order_options
def drain(desk: OrderDesk, origin: str, pool: str | None, for_s: float) -> None:
    """Send no requests to an origin, for a while.

    Writes the control document that the deployed function reads every few seconds
    ([control] in the configuration), and says so if one that takes requests does not read it.
    The last origin of a pool cannot be drained. The object of --json has place, is_written,
    changes, dropped, document and unread (distribution, version, reads), and with --wait regions
    (taken, pending or silent). Exit code 1: a running version does not read it, or a Region has
    not taken it.

    \b
    Examples:
      origin-router drain eu --for 2h --wait
      origin-router drain eu --pool web
    """
    now = time.time()
    desk.give(
        lambda control, config: orders.drain(
            control, config, orders.origins_called(config, origin, pool), now + for_s, now
        )
    )


@click.command()
@click.argument("origin")
@pool_option
@order_options
def undrain(desk: OrderDesk, origin: str, pool: str | None) -> None:
    """Give a drained origin its requests back, before its time is up.

    \b
    Example:
      origin-router undrain eu
    """
    desk.give(lambda control, config: orders.undrain(control, orders.origins_called(config, origin, pool)))

"""`origin-router pin` and `unpin`: all requests of a pool to one origin."""

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
def pin(desk: OrderDesk, origin: str, pool: str | None, for_s: float) -> None:
    """Send all requests of a pool to one origin, for a while.

    A pool has one pin: a second one replaces the first.

    \b
    Example:
      origin-router pin eu --pool web --for 15m
    """
    until_at = time.time() + for_s
    desk.give(lambda control, config: orders.pin(control, orders.origins_called(config, origin, pool), until_at))


@click.command()
@click.option("--pool", metavar="POOL", help="Only this pool.  [default: every pool]")
@order_options
def unpin(desk: OrderDesk, pool: str | None) -> None:
    """Let the policy choose again, before a pin's time is up.

    \b
    Example:
      origin-router unpin --pool web
    """
    desk.give(lambda control, config: orders.unpin(control, orders.pools_called(config, pool)))

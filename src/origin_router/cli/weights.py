"""`origin-router weights`: other shares among origins of equal standing."""

from __future__ import annotations

import time

import click

from origin_router.aws import control_document as orders
from origin_router.cli.orders import OrderDesk, for_option, order_options, pool_option
from origin_router.routing.config import RouterConfig
from origin_router.routing.control import Control


class Weight(click.ParamType[tuple[str, float]]):
    """`ORIGIN=N`."""

    name = "ORIGIN=N"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, float]:
        if isinstance(value, tuple):
            return value
        origin, _, number = str(value).rpartition("=")
        try:
            weight = float(number)
        except ValueError:
            weight = float("nan")
        if not origin or weight != weight:
            self.fail(f"{value!r} is not an origin and its weight; write eu=50", param, ctx)
        return origin, weight


@click.command()
@click.argument("weights", nargs=-1, type=Weight(), metavar="[ORIGIN=N]...")
@click.option("--clear", "is_clearing", is_flag=True, help="Give the configured weights back.")
@pool_option
@for_option
@order_options
def weights(
    desk: OrderDesk, weights: tuple[tuple[str, float], ...], is_clearing: bool, pool: str | None, for_s: float
) -> None:
    """Replace the configured weights of origins, for a while.

    Weights are from 0 (none, unless nothing else is left) to 1000 and count relative to each
    other, among origins that the policy holds for equally good. Origins that are not named keep
    theirs.

    \b
    Examples:
      origin-router weights eu=90 us=10 --for 1h
      origin-router weights --clear
    """
    if bool(weights) is is_clearing:
        raise click.UsageError("give weights such as eu=90, or --clear")
    until_at = time.time() + for_s

    def edit(control: Control, config: RouterConfig) -> Control:
        if is_clearing:
            return orders.unweigh(control, orders.pools_called(config, pool))
        ordered = {ref: weight for name, weight in weights for ref in orders.origins_called(config, name, pool)}
        return orders.weigh(control, ordered, until_at)

    desk.give(edit)

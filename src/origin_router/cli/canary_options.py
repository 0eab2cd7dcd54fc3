"""`--canary` and `--canary-header`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from origin_router.aws.canary import HEADER_PREFIX, MAX_WEIGHT_PCT, Traffic, traffic_problem

F = TypeVar("F", bound=Callable[..., Any])


def canary_options(function: F) -> F:
    """Add both, passed as `canary_pct` and `canary_header`."""
    header = click.option(
        "--canary-header",
        metavar="NAME=VALUE",
        help=f"Only for requests with this header, whose name begins with {HEADER_PREFIX}.",
    )
    share = click.option(
        "--canary",
        "canary_pct",
        type=float,
        metavar="PERCENT",
        help=f"Only for this share of requests, at most {MAX_WEIGHT_PCT:g}; then promote or abort.",
    )
    return share(header(function))


def read_traffic(canary_pct: float | None, canary_header: str | None) -> Traffic | None:
    """Return who tries the canary; None: it is not one."""
    if canary_pct is None and canary_header is None:
        return None
    if canary_pct is not None and canary_header is not None:
        raise click.UsageError("--canary and --canary-header exclude each other.")
    if canary_header is None:
        traffic = Traffic(weight_pct=canary_pct)
    else:
        name, separator, value = canary_header.partition("=")
        if not separator or not value:
            raise click.UsageError(f"--canary-header takes NAME=VALUE, as in {HEADER_PREFIX}router=try.")
        traffic = Traffic(header=(name, value))
    problem = traffic_problem(traffic)
    if problem is not None:
        raise click.UsageError(f"{'--canary' if canary_header is None else '--canary-header'}: {problem}.")
    return traffic

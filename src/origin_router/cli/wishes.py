"""What plan and deploy share: the options that say where and how the router is attached, and for whom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

import click

from origin_router.aws.canary import Traffic
from origin_router.cli.account import Account
from origin_router.cli.canary_options import canary_options, read_traffic
from origin_router.cli.deploying import Deploying, Wishes
from origin_router.cli.distribution_option import choose_distribution, distribution_option
from origin_router.cli.failures import show_warnings


@dataclass(frozen=True)
class Asked:
    """The options as they were given."""

    distribution: str | None
    behaviors: tuple[str, ...]
    is_failover: bool | None
    has_feedback: bool | None
    wants_dashboard: bool
    traffic: Traffic | None

    def in_account(self, account: Account) -> Deploying:
        """Return the deployment that is meant. What is odd about the configuration is said."""
        if account.loaded:
            show_warnings(account.loaded)
        chosen = choose_distribution(account, self.distribution)
        return Deploying(
            account,
            Wishes(chosen, self.behaviors, self.is_failover, self.has_feedback, self.wants_dashboard, self.traffic),
        )


def wish_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add the options, passed together as `asked`."""

    @wraps(function)
    def verb(canary_pct: float | None, canary_header: str | None, **own: Any) -> None:
        fields = {name: own.pop(name) for name in tuple(Asked.__dataclass_fields__) if name in own}
        function(asked=Asked(traffic=read_traffic(canary_pct, canary_header), **fields), **own)

    return _attachment_options(canary_options(verb))


def _attachment_options(function: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.option(
            "--dashboard", "wants_dashboard", is_flag=True, help="Also write a CloudWatch dashboard over all Regions."
        ),
        click.option(
            "--feedback/--no-feedback",
            "has_feedback",
            default=None,
            help="For this deployment: attach to origin-response, too, and learn from real responses.  [default: as"
            " feedback.enabled says]",
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

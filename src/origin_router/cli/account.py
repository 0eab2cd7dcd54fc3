"""What verbs that speak to AWS share: `--profile`, `--region`, and the way to the account."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from origin_router.aws.errors import AwsError
from origin_router.aws.log_reader import LogReader
from origin_router.aws.naming import REPLICA_REGIONS, Names
from origin_router.aws.session import Aws
from origin_router.config import LoadedConfig, load
from origin_router.routing.config import RouterConfig

F = TypeVar("F", bound=Callable[..., Any])


def open_profile(profile: str | None) -> Aws:
    """Open with a profile; what is tried while AWS does not answer is said on standard error."""
    return Aws.for_profile(profile, tell=lambda text: click.echo(text, err=True))


@dataclass(frozen=True)
class Outside:
    """What a command takes from outside of itself. Another one may stand in as the object of click's context."""

    open: Callable[[str | None], Aws] = open_profile
    """From a profile's name to clients."""
    sleep: Callable[[float], None] = time.sleep


def outside() -> Outside:
    """Return what the running command is to use."""
    return click.get_current_context().find_object(Outside) or Outside()


@dataclass(frozen=True)
class Account:
    """A configuration, the account it is deployed to, and what things are called there."""

    config: RouterConfig
    aws: Aws
    names: Names
    loaded: LoadedConfig | None = None
    """Where the configuration came from."""


@contextmanager
def open_account(config_path: Path, profile: str | None) -> Iterator[Account]:
    """Read the configuration, then open the account. Raises AwsError where there are no credentials."""
    loaded = load(config_path, needs_dev_files=False)
    with outside().open(profile) as aws:
        yield Account(loaded.router, aws, Names(loaded.router.name, aws.account), loaded)


def open_logs(account: Account, regions: Sequence[str] = REPLICA_REGIONS, *more_groups: str) -> LogReader:
    """Open the function's logs. A Region that cannot be read is named on standard error."""
    names = account.names
    groups = (names.log_group, names.default_log_group, *more_groups)
    return LogReader(account.aws.logs, regions, groups, warn=warn, sleep=outside().sleep)


def warn(error: AwsError) -> None:
    """Say what could not be read, while the command goes on without it."""
    click.echo(f"Warning: {error}", err=True)


def profile_option(function: F) -> F:
    """Add `--profile`, passed as `profile`."""
    return click.option(
        "--profile", metavar="NAME", help="Profile of the AWS configuration.  [default: the default credentials]"
    )(function)


def region_option(function: F) -> F:
    """Add `--region`, passed as `regions`: every Region where edge functions run, unless some are named."""
    return click.option(
        "--region",
        "regions",
        multiple=True,
        type=click.Choice(sorted(REPLICA_REGIONS)),
        metavar="REGION",
        callback=_all_regions_by_default,
        help="Only this Region. Repeatable.  [default: all Regions where CloudFront runs functions]",
    )(function)


def _all_regions_by_default(ctx: click.Context, parameter: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    del ctx, parameter
    return value or REPLICA_REGIONS

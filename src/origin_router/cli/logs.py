"""`origin-router logs`: one stream of all Regions."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import click

from origin_router.aws.log_events import LogEvent
from origin_router.aws.log_text import readable
from origin_router.cli.account import open_account, open_logs, profile_option, region_option
from origin_router.cli.durations import Duration, duration
from origin_router.cli.failures import ExitCode, report
from origin_router.cli.options import config_option, json_option

CLOUDFRONT_GROUP = "/aws/cloudfront/LambdaEdge/{distribution}"
"""Where CloudFront itself says why it refused what a function returned."""


@click.command()
@config_option
@click.option("--follow", "-f", is_flag=True, help="Go on with what is being written, until interrupted.")
@click.option(
    "--since",
    "since_s",
    type=Duration(),
    default="10m",
    show_default=True,
    help="How far back: 90s, 30m, 2h, 1d.",
)
@region_option
@click.option("--errors", "only_problems", is_flag=True, help="Only warnings, errors, timeouts and crashes.")
@click.option(
    "--distribution",
    metavar="ID",
    help="Also what CloudFront logs about this distribution's functions: why it refused what one returned.",
)
@profile_option
@json_option
@click.pass_context
def logs(
    ctx: click.Context,
    config_path: Path,
    follow: bool,
    since_s: float,
    regions: tuple[str, ...],
    only_problems: bool,
    distribution: str | None,
    profile: str | None,
    as_json: bool,
) -> None:
    """Show what the function logs, in all Regions, as one stream in order of time.

    Lambda@Edge writes logs in whichever Region served a request. With --json every line is
    an object of its own: at, region, group, stream, and message (the line as it was
    written) or document (where it is a JSON object). A Region that cannot be read is named on
    standard error; the others are shown.

    \b
    Examples:
      origin-router logs --since 2h --errors
      origin-router logs --follow --region eu-central-1
    """
    with open_account(config_path, profile) as account:
        more = [CLOUDFRONT_GROUP.format(distribution=distribution)] if distribution else []
        with open_logs(account, regions, *more) as reader:
            now = time.time()
            since_ms = int((now - since_s) * 1000)
            show = _show_json if as_json else _show_text(max(map(len, regions)))
            try:
                if follow:
                    _show_all(reader.follow(since_ms), show, only_problems=only_problems)
                    return
                sources = reader.find()
                shown = _show_all(reader.read(sources, since_ms, int(now * 1000)), show, only_problems=only_problems)
            except KeyboardInterrupt:
                return
    if not sources:
        where = f"{len(regions)} Regions" if len(regions) > 1 else regions[0]
        report(
            ctx,
            f"no log group {account.names.log_group} in {where}: not deployed, or no request has come yet",
        )
        ctx.exit(ExitCode.PROBLEM)
    if not shown:
        what = "no warnings or errors" if only_problems else "nothing was logged"
        click.echo(f"{what} in the last {duration(since_s)} (--since looks further back)", err=True)


def _show_all(events: Iterable[LogEvent], show: Callable[[LogEvent], None], *, only_problems: bool) -> int:
    """Show events as they come; return how many."""
    chosen = (event for event in events if event.is_problem or not only_problems)
    return sum(1 for _ in map(show, chosen))


def _show_text(region_width: int) -> Callable[[LogEvent], None]:
    def show(event: LogEvent) -> None:
        line = readable(event)
        colour = "red" if event.is_problem else None
        what = click.style(f"{line.what:<9}", fg=colour, bold=True)
        click.echo(f"{click.style(line.time, dim=True)} {line.region:<{region_width}} {what} {line.text}")

    return show


def _show_json(event: LogEvent) -> None:
    said: dict[str, Any] = {"message": event.message} if event.document is None else {"document": event.document}
    line = {"at": readable(event).time, "region": event.region, "group": event.group, "stream": event.stream}
    click.echo(json.dumps(line | said))

"""`origin-router status`: what is deployed, and what its edges are doing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import click

from origin_router.aws.journal_reader import OriginView, RegionView
from origin_router.aws.status import Status, read_status
from origin_router.aws.status_document import as_document
from origin_router.cli.account import open_account, open_logs, profile_option, warn
from origin_router.cli.durations import Duration, duration
from origin_router.cli.failures import ExitCode
from origin_router.cli.options import config_option, json_option, print_json, print_table
from origin_router.cli.plan_view import make_console
from origin_router.cli.watching import looking
from origin_router.routing.config import RouterConfig
from origin_router.routing.model import OriginRef, State

SHOWN_VERSIONS = 5

SHOWN_ERRORS = 5


@click.command()
@config_option
@click.option(
    "--since",
    "since_s",
    type=Duration(),
    default="15m",
    show_default=True,
    help="How far back to read logs and metrics.",
)
@profile_option
@json_option
@click.pass_context
def status(ctx: click.Context, config_path: Path, since_s: float, profile: str | None, as_json: bool) -> None:
    """Show what is deployed where, and what the edges of every Region choose and measure.

    Measured times are medians; shares are of the requests that the function decided. Edge logs
    are sampled by CloudWatch under load, so both are samples. Exit code 1: something needs a
    look (problems in the object of --json, beside function, versions, associations, replicas,
    failures, and per Region environments, control_versions, control_problems, errors and pools).

    \b
    Example:
      origin-router status --since 1h
    """
    with (
        open_account(config_path, profile) as account,
        open_logs(account) as logs,
        looking(make_console(to_stderr=True)),
    ):
        found = read_status(account.aws, account.names, logs, since_s=since_s, now=time.time(), warn=warn)
    if as_json:
        print_json(as_document(found))
    else:
        for line in summary_lines(found):
            click.echo(line)
        _print_regions(found, account.config)
        for problem in found.problems:
            click.echo(f"! {problem}")
    if found.problems:
        ctx.exit(ExitCode.PROBLEM)


def summary_lines(status: Status) -> Iterator[str]:
    """Say what is deployed, one line per matter."""
    if status.function is None:
        return
    settings = status.function.settings
    yield f"function    {status.names.function} ({settings.runtime}, {settings.memory_mb} MB, {settings.timeout_s} s)"
    in_use = {each.version for each in status.associations}
    for state in status.versions[: -SHOWN_VERSIONS - 1 : -1]:
        use = "in use" if state.version in in_use else "      "
        yield f"version     {state.version:>4} {use}  {state.modified_at[:19]}Z  {state.description}"
    for distribution, group in groupby(status.associations, lambda each: each.distribution):
        for each in group:
            state_of = "deployed" if each.is_deployed else "being deployed"
            kind = " (staging)" if each.is_staging else "" if each.is_enabled else " (disabled)"
            where = f"{distribution}{kind} {each.domain}"
            yield f"attached    {where}  {each.behavior}  {each.trigger}  version {each.version}  {state_of}"
    for version in sorted(in_use, key=int):
        regions = [region for region, versions in status.replicas.items() if version in versions]
        if regions:
            yield f"replicated  version {version} to {len(regions)} Regions: {', '.join(sorted(regions))}"
    for name, count in status.failures.items():
        yield f"failures    {name} {count} in the last {duration(status.since_s)}"


def _print_regions(status: Status, config: RouterConfig) -> None:
    if status.function is None:
        return
    if not status.regions:
        click.echo(f"no lines from the edges in the last {duration(status.since_s)}: no cache misses, or no logs yet")
    for name, pool in config.pools.items():
        origins = [each.id for each in pool.origins]
        rows = [
            [
                region,
                str(len(view.environments)),
                versions_text(view),
                *(cell(view, OriginRef(name, each)) for each in origins),
            ]
            for region, view in sorted(status.regions.items())
            if any(ref.pool == name for ref in view.origins)
        ]
        if rows:
            click.echo(f"\npool {name}")
            print_table(("Region", "environments", "orders", *origins), rows, right=("environments",))
    for region, view in sorted(status.regions.items()):
        for error, count in view.errors.most_common(SHOWN_ERRORS):
            click.echo(f"{region}  {count} x {error}")


def versions_text(view: RegionView) -> str:
    """Say which versions of the control document are in use."""
    return ", ".join(map(str, view.control_versions())) or "-"


def cell(view: RegionView, ref: OriginRef) -> str:
    """Say what a Region thinks of an origin: time, share, and where it is not simply serving, its state."""
    origin = view.origins.get(ref, OriginView())
    share = view.share_pct(ref)
    states = view.states(ref)
    others = {state: count for state, count in states.items() if state != State.SERVING}
    parts = [
        "" if origin.median_ms is None else f"{origin.median_ms:.0f} ms",
        "" if share is None else f"{share:.0f} %",
        *(state if count == states.total() else f"{state} {count}/{states.total()}" for state, count in others.items()),
    ]
    return "  ".join(part for part in parts if part) or "-"

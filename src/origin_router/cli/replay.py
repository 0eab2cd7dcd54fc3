"""`origin-router replay`: the requests of an access log, sent again."""

from __future__ import annotations

import asyncio
import ipaddress
from pathlib import Path
from urllib.parse import urlsplit

import click

from origin_router.cli.failures import ExitCode, report
from origin_router.cli.options import json_option, milliseconds, print_json
from origin_router.emulator.recorded import AccessLogError, read_log
from origin_router.emulator.replay import Result
from origin_router.emulator.replay import replay as send_again

DEFAULT_LIMIT = 10_000
DEFAULT_CONCURRENCY = 32


@click.command()
@click.argument("access_log", metavar="ACCESS-LOG", type=click.Path(path_type=Path))
@click.option("--to", "target", required=True, metavar="URL", help="Where to send them, such as an edge of `dev`.")
@click.option(
    "--speed",
    type=click.FloatRange(0, 10_000),
    default=1,
    show_default=True,
    metavar="N",
    help="Pace against the recorded one; 0: as fast as possible.",
)
@click.option(
    "--limit",
    type=click.IntRange(1, 1_000_000),
    default=DEFAULT_LIMIT,
    show_default=True,
    metavar="N",
    help="Most requests that are sent.",
)
@click.option(
    "--concurrency",
    type=click.IntRange(1, 1_000),
    default=DEFAULT_CONCURRENCY,
    show_default=True,
    metavar="N",
    help="Most requests at once; beyond that the pace is not kept, and the result says by how much.",
)
@click.option("--remote", is_flag=True, help="Allow a URL that is not on this machine.")
@json_option
@click.pass_context
def replay(
    ctx: click.Context,
    access_log: Path,
    target: str,
    speed: float,
    limit: int,
    concurrency: int,
    remote: bool,
    as_json: bool,
) -> None:
    """Send the requests of an access log again: GET, HEAD and OPTIONS, at their pace or faster.

    ACCESS-LOG is what `dev --access-log` wrote, or a standard log of CloudFront, gzipped or not.
    The object of --json has sent, left_out (by reason), statuses, answers (by X-Cache), failures,
    p50_ms, p95_ms, p99_ms, lag_ms (how far behind its pace it fell) and took_s.

    \b
    Examples:
      origin-router replay access.jsonl --to http://127.0.0.1:8080 --speed 4
      origin-router replay E1ABC.2026-11-24.gz --to http://127.0.0.1:8080 --speed 0 --limit 500
    """
    _check_target(target, remote=remote)
    try:
        requests, left_out = read_log(access_log, limit)
    except OSError as error:
        report(ctx, f"{access_log}: cannot be read: {error.strerror}")
        ctx.exit(ExitCode.USAGE)
    except AccessLogError as error:
        report(ctx, str(error))
        ctx.exit(ExitCode.PROBLEM)
    if not requests:
        report(ctx, f"{access_log}: there is nothing to send in it")
        ctx.exit(ExitCode.PROBLEM)
    result = asyncio.run(send_again(requests, target, speed=speed, concurrency=concurrency))
    _show(result, left_out, as_json=as_json)
    ctx.exit(ExitCode.OK if result.times_ms else ExitCode.REMOTE)


def _check_target(target: str, *, remote: bool) -> None:
    parts = urlsplit(target)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise click.UsageError(f"--to {target!r} is not a URL such as http://127.0.0.1:8080")
    if not remote and not _is_local(parts.hostname):
        raise click.UsageError(f"--to {target} is not on this machine; --remote allows it")


def _is_local(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _show(result: Result, left_out: dict[str, int], *, as_json: bool) -> None:
    quantiles = {f"p{percent}_ms": result.quantile_ms(percent / 100) for percent in (50, 95, 99)}
    if as_json:
        print_json(
            {
                "sent": result.sent,
                "left_out": left_out,
                "statuses": dict(result.statuses),
                "answers": dict(result.answers),
                "failures": dict(result.failures),
                **quantiles,
                "lag_ms": result.lag_ms,
                "took_s": result.took_s,
            }
        )
        return
    click.echo(f"{result.sent} requests in {result.took_s:.1f} s, at most {result.lag_ms:.0f} ms behind their pace")
    for title, counts in (
        ("status", result.statuses),
        ("answer", result.answers),
        ("failed", result.failures),
        ("left out", left_out),
    ):
        for what, count in sorted(counts.items()):
            click.echo(f"  {title:<9}{what:<32}{count}")
    click.echo("  " + "   ".join(f"{name[:-3]} {milliseconds(value)} ms" for name, value in quantiles.items()))

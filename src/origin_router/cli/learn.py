"""`origin-router learn`: what the edges measured, for the next build."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from pathlib import Path

import click

from origin_router.aws.journal_reader import read_journal
from origin_router.aws.learn import MIN_SAMPLES, Cell, Learned
from origin_router.aws.learn import learn as learn_from
from origin_router.cli.account import open_account, open_logs, profile_option
from origin_router.cli.durations import Duration, duration
from origin_router.cli.failures import ExitCode, report
from origin_router.cli.options import config_option, json_option, milliseconds, print_json, print_table
from origin_router.cli.plan_view import make_console
from origin_router.cli.watching import looking
from origin_router.config.learned_prior import PriorFileError, dump_prior, read_prior
from origin_router.config.prior_file import NAME, Prior

PATTERN = '{ $._aws.Timestamp > 0 || $.event = "probe" }'
"""CloudWatch's filter pattern for lines with latencies."""


@click.command()
@config_option
@click.option("--since", "since_s", type=Duration(), default="1h", show_default=True, help="How far back to look.")
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help=f"The file to write, and to compare with.  [default: {NAME} beside the configuration]",
)
@click.option(
    "--min-samples",
    type=click.IntRange(1),
    default=MIN_SAMPLES,
    show_default=True,
    metavar="N",
    help="Measurements that an origin needs in a Region to be written.",
)
@profile_option
@json_option
@click.pass_context
def learn(
    ctx: click.Context,
    config_path: Path,
    since_s: float,
    output: Path | None,
    min_samples: int,
    profile: str | None,
    as_json: bool,
) -> None:
    """Write what the edges measured into a file that the next build includes.

    A cold start in a Region listed there decides at once instead of waiting for its first
    measurement. Where there are too few measurements the last file's value is kept. A prior that
    the configuration itself gives wins over the file. The object of --json has output,
    is_written and cells (pool, region, origin, before_ms, measured_ms, samples, after_ms, note).

    \b
    Examples:
      origin-router learn --since 1d
      origin-router learn && origin-router deploy
    """
    path = output or config_path.with_name(NAME)
    previous = _read(path)
    with (
        open_account(config_path, profile) as account,
        open_logs(account) as logs,
        looking(make_console(to_stderr=True), "Reading the journal of all Regions"),
    ):
        now = time.time()
        events = logs.read(logs.find(), int((now - since_s) * 1000), int(now * 1000), PATTERN)
        learned = learn_from(read_journal(events), account.config, previous, min_samples)
    if learned.is_enough:
        _write(path, dump_prior(learned.prior, datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds")))
    if as_json:
        print_json(
            {
                "output": str(path),
                "is_written": learned.is_enough,
                "cells": [cell._asdict() for cell in learned.cells],
            }
        )
    else:
        _print(learned)
    if not learned.is_enough:
        if not as_json:
            report(ctx, _too_few(learned, since_s, min_samples))
        ctx.exit(ExitCode.PROBLEM)
    if not as_json:
        click.echo(f"{path} written: the next build includes it")


def _read(path: Path) -> Prior:
    try:
        return read_prior(path)
    except (PriorFileError, OSError) as error:
        what = error.strerror if isinstance(error, OSError) else error
        raise click.UsageError(f"{path} {what}; name another file with --output, or remove it") from error


def _write(path: Path, data: bytes) -> None:
    """Write the file whole or not at all."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        draft.write_bytes(data)
        draft.replace(path)
    except OSError as error:
        raise click.ClickException(f"cannot write {path}: {error.strerror}") from error
    finally:
        draft.unlink(missing_ok=True)


def _too_few(learned: Learned, since_s: float, min_samples: int) -> str:
    return (
        f"too few measurements in the last {duration(since_s)}: {learned.most_samples} at most of an origin in a "
        f"Region, {min_samples} are needed (--min-samples), of two origins; nothing is written. "
        "Look further back with --since, or wait for more traffic"
    )


def _print(learned: Learned) -> None:
    columns = ("pool", "Region", "origin", "before ms", "measured ms", "samples", "after ms", "change", "")
    if learned.cells:
        print_table(columns, [_row(cell) for cell in learned.cells], right=columns[3:8])


def _row(cell: Cell) -> list[str]:
    change = cell.change_pct
    return [
        cell.pool,
        cell.region,
        cell.origin,
        milliseconds(cell.before_ms),
        milliseconds(cell.measured_ms),
        f"{cell.samples:,}",
        milliseconds(cell.after_ms),
        "" if change is None else f"{change:+.0f} %",
        cell.note,
    ]

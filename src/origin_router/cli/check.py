"""`origin-router check`: the configuration, and with `--probe` the origins."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from origin_router.cli.failures import ExitCode, show_warnings
from origin_router.cli.options import config_option, json_option, milliseconds, print_json, print_table
from origin_router.config import LoadedConfig, json_schema, load
from origin_router.routing.model import Outcome

if TYPE_CHECKING:
    from origin_router.edge.probing import ProbeReport


@click.command()
@config_option
@click.option("--probe", "with_probe", is_flag=True, help="Also measure each origin once.")
@click.option("--dev", "with_dev", is_flag=True, help="With --probe: use the addresses and authorities of [dev].")
@click.option(
    "--schema", "wants_schema", is_flag=True, help="Print the JSON Schema of the configuration and do no more."
)
@json_option
@click.pass_context
def check(
    ctx: click.Context, config_path: Path, with_probe: bool, with_dev: bool, wants_schema: bool, as_json: bool
) -> None:
    """Look over the configuration, and report every mistake in it.

    With --probe it also measures each origin from here, and says what failed and why. The
    object of --json has errors and warnings (each with path and message), and with --probe
    probes: pool, origin, outcome, detail, status, dns_ms, connect_ms, tls_ms, response_ms.

    \b
    Examples:
      origin-router check
      origin-router check --probe --dev
      origin-router check --schema > origin-router.schema.json
    """
    if wants_schema:
        click.echo(json.dumps(json_schema(), indent=2))
        return
    if with_dev and not with_probe:
        raise click.UsageError("--dev is about how to measure: give --probe too.")
    loaded = load(config_path)
    reports = _measure(loaded, with_dev=with_dev) if with_probe else None
    if as_json:
        print_json(as_document(loaded, reports))
    else:
        _print(loaded, reports)
    if reports and any(report.outcome is not Outcome.OK for report in reports):
        ctx.exit(ExitCode.PROBLEM)


def as_document(loaded: LoadedConfig, reports: Sequence[ProbeReport] | None) -> dict[str, Any]:
    """Return the object of `--json`."""
    document: dict[str, Any] = {
        "config": str(loaded.path),
        "errors": [],
        "warnings": [each._asdict() for each in loaded.warnings],
    }
    if reports is not None:
        document["probes"] = [report._asdict() for report in reports]
    return document


def _measure(loaded: LoadedConfig, *, with_dev: bool) -> list[ProbeReport]:
    from origin_router.cli.measuring import measure  # brings the edge's sockets and TLS: only where asked for

    return measure(loaded, with_dev=with_dev)


def _print(loaded: LoadedConfig, reports: Sequence[ProbeReport] | None) -> None:
    show_warnings(loaded)
    click.echo(f"{loaded.path} is valid: {summary(loaded)}")
    if reports is not None:
        print_reports(reports)


def summary(loaded: LoadedConfig) -> str:
    """Say in a line what the configuration holds."""
    pools = loaded.router.pools
    origins = sum(len(pool.origins) for pool in pools.values())
    counts = ((len(pools), "pool"), (origins, "origin"), (len(loaded.router.rules), "rule"))
    return ", ".join(f"{count} {word}{'' if count == 1 else 's'}" for count, word in counts)


def print_reports(reports: Sequence[ProbeReport]) -> None:
    """Print what was measured as a table, then what each failure means."""
    from origin_router.cli.measuring import explain_failure

    times = ("dns ms", "connect ms", "tls ms", "response ms")
    rows = [
        [
            report.pool,
            report.origin,
            report.outcome.value,
            "-" if report.status is None else str(report.status),
            *(milliseconds(each) for each in (report.dns_ms, report.connect_ms, report.tls_ms, report.response_ms)),
        ]
        for report in reports
    ]
    print_table(("pool", "origin", "outcome", "status", *times), rows, right=("status", *times))
    for report in reports:
        if report.outcome is not Outcome.OK:
            click.echo(explain_failure(report))

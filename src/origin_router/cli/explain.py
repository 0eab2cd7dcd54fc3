"""`origin-router explain`: where a request would go, and why."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from origin_router.cli.event_file import EventError, read_request
from origin_router.cli.failures import ExitCode, report
from origin_router.cli.options import config_option, json_option, milliseconds, print_json, print_table
from origin_router.config import load
from origin_router.edge.event import EventRequest
from origin_router.routing.explanation import Explanation
from origin_router.routing.explanation import explain as explain_decision
from origin_router.routing.model import Observation, OriginRef
from origin_router.routing.router import Router

if TYPE_CHECKING:
    from origin_router.edge.probing import ProbeReport


@click.command()
@click.argument("event_path", metavar="EVENT.json", type=click.Path(path_type=Path, allow_dash=True))
@config_option
@click.option("--probe", "with_probe", is_flag=True, help="Measure the origins first, from here.")
@click.option("--dev", "with_dev", is_flag=True, help="With --probe: use the addresses and authorities of [dev].")
@json_option
@click.pass_context
def explain(
    ctx: click.Context, event_path: Path, config_path: Path, with_probe: bool, with_dev: bool, as_json: bool
) -> None:
    """Print the decision for a CloudFront event: the rule, every candidate, and the reason.

    Without --probe nothing is measured, as in an environment whose race brought no answer.
    EVENT.json is an origin-request event as Lambda@Edge receives it; - reads standard input.
    The object of --json has pool, rule, rule_text, origin, reason, is_measured and candidates:
    origin, state, estimate_ms, age_s, priority, weight, is_eligible, why.

    \b
    Examples:
      origin-router explain event.json
      origin-router explain event.json --probe --dev --json
    """
    if with_dev and not with_probe:
        raise click.UsageError("--dev is about how to measure: give --probe too.")
    loaded = load(config_path, needs_dev_files=with_dev)
    try:
        request = read_request(_read(event_path))
    except EventError as error:
        report(ctx, f"{'standard input' if str(event_path) == '-' else event_path}: {error}")
        ctx.exit(ExitCode.USAGE)
    router = Router(loaded.router, jitter=random.random)
    if with_probe:
        from origin_router.cli.measuring import measure  # brings the edge's sockets and TLS: only where asked for

        feed(router, measure(loaded, with_dev=with_dev), time.time())
    explanation = explain_decision(router, EventRequest(request), time.time())
    if as_json:
        print_json(as_document(explanation, is_measured=with_probe))
    else:
        _print(request, explanation, is_measured=with_probe)


def _read(path: Path) -> str:
    try:
        data = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
        return data.decode("utf-8")
    except OSError as error:
        raise EventError(f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError:
        raise EventError("is not UTF-8 text") from None


def feed(router: Router, reports: Sequence[ProbeReport], at: float) -> None:
    """Let the router learn what was just measured."""
    for each in reports:
        latency_s = None if each.response_ms is None else each.response_ms / 1000
        router.observe(Observation(OriginRef(each.pool, each.origin), each.outcome, at, latency_s))


def as_document(explanation: Explanation, *, is_measured: bool) -> dict[str, Any]:
    """Return the object of `--json`."""
    return {
        "pool": explanation.pool,
        "rule": explanation.rule,
        "rule_text": explanation.rule_text,
        "origin": explanation.decision.origin.origin,
        "reason": explanation.decision.reason.value,
        "is_measured": is_measured,
        "candidates": [
            {
                "origin": each.origin,
                "state": each.state.value,
                "estimate_ms": each.estimate_ms,
                "age_s": each.age_s,
                "priority": each.priority,
                "weight": each.weight,
                "is_eligible": each.is_eligible,
                "why": each.why,
            }
            for each in explanation.candidates
        ],
    }


def _print(request: dict[str, Any], explanation: Explanation, *, is_measured: bool) -> None:
    decision = explanation.decision
    rule = "" if explanation.rule is None else f"rules[{explanation.rule}]: "
    click.echo(f"{request['method']} {request['uri']}")
    click.echo(f"pool    {explanation.pool} ({rule}{explanation.rule_text})")
    click.echo(f"origin  {decision.origin.origin}")
    click.echo(f"reason  {decision.reason.value}")
    if not is_measured:
        click.echo("Nothing was measured; --probe measures the origins from here first.")
    rows = [
        [
            each.origin,
            each.state.value,
            milliseconds(each.estimate_ms),
            str(each.priority),
            str(each.weight),
            each.why,
        ]
        for each in explanation.candidates
    ]
    columns = ("origin", "health", "estimate ms", "priority", "weight", "why")
    print_table(columns, rows, right=("estimate ms", "priority", "weight"))

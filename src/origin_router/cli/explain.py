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
from origin_router.cli.explain_output import Knowledge, as_document, print_explanation, print_replay, replay_document
from origin_router.cli.failures import ExitCode, report
from origin_router.cli.journal_file import JournalError, read_journal, read_probes
from origin_router.cli.journal_replay import measured_pools, replay
from origin_router.cli.journal_state import state_of
from origin_router.cli.options import config_option, json_option, print_json
from origin_router.cli.restoring import restore
from origin_router.cli.state_file import StateError, States, is_state, read_state
from origin_router.config import LoadedConfig, load
from origin_router.config.values_aws import execution_region_problem
from origin_router.edge.event import EventRequest
from origin_router.routing.config import RouterConfig
from origin_router.routing.explanation import explain as explain_decision
from origin_router.routing.model import Observation, OriginRef
from origin_router.routing.router import Router
from origin_router.routing.rules import Rules

if TYPE_CHECKING:
    from origin_router.edge.probing import ProbeReport

ANY_REQUEST: dict[str, Any] = {"method": "GET", "uri": "/", "headers": {}}
"""What is replayed for where no event is given."""

file_type = click.Path(path_type=Path, allow_dash=True)


class _UnusableFileError(Exception):
    """A file that was named on the command line cannot be used; the message says which and why."""


@click.command()
@click.argument("event_path", metavar="[EVENT.json]", type=file_type, required=False)
@config_option
@click.option("--region", default="", metavar="REGION", help="Where the function executes: for rules and prior.")
@click.option("--probe", "with_probe", is_flag=True, help="Measure the origins first, from here.")
@click.option("--dev", "with_dev", is_flag=True, help="With --probe: use the addresses and authorities of [dev].")
@click.option("--state", "state_path", type=file_type, metavar="FILE", help="Believe a state document or a journal.")
@click.option("--replay", "journal_path", type=file_type, metavar="JOURNAL", help="Print each change of choice in it.")
@json_option
@click.pass_context
def explain(
    ctx: click.Context,
    event_path: Path | None,
    config_path: Path,
    region: str,
    with_probe: bool,
    with_dev: bool,
    state_path: Path | None,
    journal_path: Path | None,
    as_json: bool,
) -> None:
    """Print the decision for a CloudFront event: the rule, every candidate, and the reason.

    EVENT.json is an origin-request event as Lambda@Edge receives it; - reads standard input.
    Without more, nothing is measured, as in an environment whose race brought no answer.
    --probe measures from here. --state takes what was believed elsewhere: an object such as
    {"pools": {"web": {"origins": {"eu": {"estimate_ms": 12, "state": "serving", "age_s": 3}},
    "current": "eu"}}}, or a journal, whose end counts.

    --replay plays the probes of a journal through this configuration, on their own time, and
    prints each change of choice with its reason: for EVENT.json, or without it for every pool.

    The object of --json has pool, rule, rule_text, origin, reason, policy, band_ms, switch_pct,
    region, is_measured, known_from (nothing, probe or state), responds (the status, where the
    router answers itself) and candidates: origin, state, estimate_ms, age_s, priority, weight,
    is_eligible, why.
    With --replay: region, probes, ignored and changes: at, pool, previous, origin, reason, cause,
    estimates.

    \b
    Examples:
      origin-router explain event.json
      origin-router explain event.json --probe --dev --json
      origin-router explain event.json --state state.json --region eu-central-1
      origin-router explain --replay journal.log
    """
    _check_usage(region, event_path, state_path, journal_path, with_probe=with_probe, with_dev=with_dev)
    loaded = load(config_path, needs_dev_files=with_dev)
    try:
        request = ANY_REQUEST if event_path is None else _request(event_path)
        if journal_path is not None:
            _replay(loaded.router, region, journal_path, request, has_event=event_path is not None, as_json=as_json)
            return
        states = None if state_path is None else _states(state_path, loaded.router, region)
    except _UnusableFileError as error:
        report(ctx, str(error))
        ctx.exit(ExitCode.USAGE)
    _explain(loaded, region, request, states, with_probe=with_probe, with_dev=with_dev, as_json=as_json)


def feed(router: Router, reports: Sequence[ProbeReport], at: float) -> None:
    """Let the router learn what was just measured."""
    for each in reports:
        latency_s = None if each.response_ms is None else each.response_ms / 1000
        router.observe(Observation(OriginRef(each.pool, each.origin), each.outcome, at, latency_s))


def _check_usage(
    region: str,
    event_path: Path | None,
    state_path: Path | None,
    journal_path: Path | None,
    *,
    with_probe: bool,
    with_dev: bool,
) -> None:
    problem = execution_region_problem(region) if region else None
    if problem:
        raise click.UsageError(f"--region: {problem}")
    if with_dev and not with_probe:
        raise click.UsageError("--dev is about how to measure: give --probe too.")
    if sum((with_probe, state_path is not None, journal_path is not None)) > 1:
        raise click.UsageError("--probe, --state and --replay exclude each other.")
    if event_path is None and journal_path is None:
        raise click.UsageError("Missing argument EVENT.json; only --replay goes without it.")
    if [str(each) for each in (event_path, state_path, journal_path)].count("-") > 1:
        raise click.UsageError("Only one file can be standard input.")


def _explain(
    loaded: LoadedConfig,
    region: str,
    request: dict[str, Any],
    states: States | None,
    *,
    with_probe: bool,
    with_dev: bool,
    as_json: bool,
) -> None:
    router, now = Router(loaded.router, jitter=random.random, region=region), time.time()
    known_from: Knowledge = "nothing"
    if states is not None:
        restore(router, states, now)
        known_from = "state"
    elif with_probe:
        from origin_router.cli.measuring import measure  # brings the edge's sockets and TLS: only where asked for

        reports, now = measure(loaded, with_dev=with_dev), time.time()
        feed(router, reports, now)
        known_from = "probe"
    explanation = explain_decision(router, EventRequest(request), now)
    if as_json:
        print_json(as_document(router, explanation, region, known_from))
    else:
        print_explanation(request, router, explanation, region, known_from)


def _replay(
    config: RouterConfig, region: str, path: Path, request: dict[str, Any], *, has_event: bool, as_json: bool
) -> None:
    try:
        lines = read_journal(_read(path), region)
    except JournalError as error:
        raise _unusable(path, str(error)) from None
    probes, region = read_probes(lines, config), lines[0].region
    steered = EventRequest(request)
    pools = [Rules(config, region).match(steered)[0]] if has_event else measured_pools(config, probes.observations)
    changes = replay(config, region, steered, pools, probes.observations)
    if as_json:
        print_json(replay_document(region, probes, changes))
    else:
        print_replay(region, probes, changes)


def _states(path: Path, config: RouterConfig, region: str) -> States:
    text = _read(path)
    try:
        return read_state(text, config) if is_state(text) else state_of(read_journal(text, region), config)
    except (StateError, JournalError) as error:
        raise _unusable(path, str(error)) from None


def _request(path: Path) -> dict[str, Any]:
    try:
        return read_request(_read(path))
    except EventError as error:
        raise _unusable(path, str(error)) from None


def _read(path: Path) -> str:
    try:
        data = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
        return data.decode("utf-8")
    except OSError as error:
        raise _unusable(path, f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError:
        raise _unusable(path, "is not UTF-8 text") from None


def _unusable(path: Path, problem: str) -> _UnusableFileError:
    return _UnusableFileError(f"{'standard input' if str(path) == '-' else path}: {problem}")

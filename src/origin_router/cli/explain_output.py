"""What `explain` prints: a decision laid open, or the changes of choice in a journal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal

import click

from origin_router.cli.journal_file import Probes
from origin_router.cli.journal_replay import Change, describe_cause
from origin_router.cli.options import milliseconds, print_table
from origin_router.routing.config import RouterConfig
from origin_router.routing.explanation import Explanation
from origin_router.routing.model import OriginRef
from origin_router.routing.router import Router

Knowledge = Literal["nothing", "probe", "state"]
"""Where what is believed of the origins comes from."""


def as_document(router: Router, explanation: Explanation, region: str, known_from: Knowledge) -> dict[str, Any]:
    """Return the object of `--json`."""
    pool = router.config.pools[explanation.pool]
    return {
        "pool": explanation.pool,
        "rule": explanation.rule,
        "rule_text": explanation.rule_text,
        "origin": explanation.decision.origin.origin,
        "reason": explanation.decision.reason.value,
        "policy": pool.policy,
        "band_ms": pool.band_ms,
        "switch_pct": pool.switch_pct,
        "region": region,
        "is_measured": known_from != "nothing",
        "known_from": known_from,
        "responds": _responds(router, explanation),
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


def _responds(router: Router, explanation: Explanation) -> int | None:
    """Return the status with which the router itself answers, or None where it sends the request on."""
    pool = router.pools[explanation.pool]
    is_own = pool.config.when_all_down == "respond" and explanation.is_down
    return pool.config.response.status if is_own else None


def print_explanation(
    request: dict[str, Any], router: Router, explanation: Explanation, region: str, known_from: Knowledge
) -> None:
    """Print it for people."""
    decision = explanation.decision
    rule = "" if explanation.rule is None else f"rules[{explanation.rule}]: "
    click.echo(f"{request['method']} {request['uri']}")
    click.echo(f"pool    {explanation.pool} ({rule}{explanation.rule_text})")
    click.echo(f"policy  {_policy(router.config, explanation.pool)}")
    click.echo(f"origin  {decision.origin.origin}")
    click.echo(f"reason  {decision.reason.value}")
    responds = _responds(router, explanation)
    if responds is not None:
        click.echo(f"answer  {responds} from the edge: every origin is down, and when_all_down is respond")
    if known_from == "nothing":
        click.echo("Nothing was measured; --probe measures the origins from here first.")
    if not region and _asks_for_region(router.config):
        click.echo("Rules and prior knowledge of Regions were left out; --region names one.")
    columns = ("origin", "health", "estimate ms", "age s", "priority", "weight", "why")
    rows = [
        [
            each.origin,
            each.state.value,
            milliseconds(each.estimate_ms),
            milliseconds(each.age_s),
            str(each.priority),
            f"{each.weight:g}",
            each.why,
        ]
        for each in explanation.candidates
    ]
    print_table(columns, rows, right=columns[2:-1])


def _policy(config: RouterConfig, name: str) -> str:
    """Say how the pool chooses, with the numbers that matter for it."""
    pool = config.pools[name]
    if pool.policy == "fastest":
        return f"fastest, band {pool.band_ms:g} ms, switch {pool.switch_pct:g} %"
    if pool.policy == "sticky":
        return f"sticky by {pool.key}, on failure {pool.on_failure}"
    return f"weighted by {pool.key}" if pool.policy == "weighted" else pool.policy


def _asks_for_region(config: RouterConfig) -> bool:
    return any(rule.regions for rule in config.rules) or any(pool.prior for pool in config.pools.values())


def replay_document(region: str, probes: Probes, changes: Sequence[Change]) -> dict[str, Any]:
    """Return the object of `--replay --json`."""
    return {
        "region": region,
        "probes": len(probes.observations),
        "ignored": probes.ignored,
        "changes": [
            {
                "at": _time(each.at),
                "pool": each.pool,
                "previous": _name(each.previous, each.pool),
                "origin": _name(each.origin, each.pool),
                "reason": each.reason.value,
                "cause": describe_cause(each.cause),
                "estimates": each.estimates,
            }
            for each in changes
        ],
    }


def print_replay(region: str, probes: Probes, changes: Sequence[Change]) -> None:
    """Print it for people."""
    click.echo(f"{len(probes.observations)} probes of {region or 'no Region'}, {len(changes)} changes of choice")
    if probes.ignored:
        click.echo(f"{probes.ignored} probes are about origins or outcomes that this configuration does not know")
    if not changes:
        return
    rows = [
        [
            _time(each.at),
            each.pool,
            _name(each.previous, each.pool) or "-",
            _name(each.origin, each.pool) or "-",
            each.reason.value,
            describe_cause(each.cause),
        ]
        for each in changes
    ]
    print_table(("time", "pool", "from", "to", "reason", "after"), rows)


def _name(ref: OriginRef | None, pool: str) -> str | None:
    """Write an origin; with its pool where it is of another one that has taken over."""
    if ref is None:
        return None
    return ref.origin if ref.pool == pool else f"{ref.pool}/{ref.origin}"


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

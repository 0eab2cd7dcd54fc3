"""A status as the object of `--json`. Pure."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from origin_router.aws.journal_reader import OriginView, RegionView
from origin_router.aws.model import FunctionState
from origin_router.aws.status import Status
from origin_router.routing.model import OriginRef


def as_document(status: Status) -> dict[str, Any]:
    """Return the object."""
    return {
        "name": status.names.name,
        "function": status.names.function,
        "account": status.names.account,
        "since_s": status.since_s,
        "versions": [_version(each) for each in status.versions],
        "associations": [asdict(each) for each in status.associations],
        "replicas": {region: list(versions) for region, versions in status.replicas.items()},
        "failures": dict(status.failures),
        "regions": {region: region_document(view) for region, view in sorted(status.regions.items())},
        "problems": list(status.problems),
    }


def _version(state: FunctionState) -> dict[str, Any]:
    return {
        "version": state.version,
        "description": state.description,
        "published_at": state.modified_at,
        "sha256": state.code_sha256,
        "size": state.code_size,
    }


def region_document(view: RegionView) -> dict[str, Any]:
    """Return what one Region's edges choose, measure and suffer."""
    pools: dict[str, dict[str, Any]] = {}
    for ref, origin in sorted(view.origins.items()):
        pools.setdefault(ref.pool, {})[ref.origin] = _origin(view, ref, origin)
    return {
        "environments": len(view.environments),
        "control_versions": view.control_versions(),
        "control_problems": view.control_problems(),
        "errors": dict(view.errors),
        "pools": pools,
    }


def _origin(view: RegionView, ref: OriginRef, origin: OriginView) -> dict[str, Any]:
    return {
        "median_ms": origin.median_ms,
        "samples": len(origin.latencies_ms),
        "share_pct": view.share_pct(ref),
        "decisions": origin.decisions,
        "states": dict(view.states(ref)),
        "outcomes": dict(origin.outcomes),
        "ejections": origin.ejections,
    }

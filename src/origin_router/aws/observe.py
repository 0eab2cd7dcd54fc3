"""Everything that a plan is made from, by reads alone."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass

from origin_router.aws import observe_distribution as distributions
from origin_router.aws import observe_function as functions
from origin_router.aws.control_store import control_store
from origin_router.aws.dashboard import dashboard_name
from origin_router.aws.errors import if_there
from origin_router.aws.model import JSON, DistributionState, Observed, StoredRecord
from origin_router.aws.naming import CONTROL_REGION, Names
from origin_router.aws.observe_distribution import Resolve
from origin_router.aws.record import Settings
from origin_router.aws.session import Aws
from origin_router.aws.store import Store
from origin_router.routing.config import RouterConfig


@dataclass(frozen=True)
class First:
    """What must be known before the options can be understood: the distribution and what was done to it earlier."""

    names: Names
    distribution: DistributionState
    stored: StoredRecord | None


def observe_first(aws: Aws, names: Names, distribution: str) -> First:
    """Read the distribution and its record."""
    state = distributions.observe_distribution(aws, distribution)
    return First(names, state, Store(aws, names).load(distribution))


def observe(
    aws: Aws,
    first: First,
    config: RouterConfig,
    settings: Settings,
    placeholder_hosts: tuple[str, ...],
    *,
    wants_dashboard: bool = False,
    resolve: Resolve = socket.getaddrinfo,
) -> Observed:
    """Read the rest."""
    names, distribution, stored = first.names, first.distribution, first.stored
    return Observed(
        names=names,
        role=functions.observe_role(aws, names),
        function=functions.observe_function_whole(aws, names),
        versions=functions.observe_versions(aws, names),
        log_groups=functions.observe_log_groups(aws, names.log_group),
        bucket=Store(aws, names).observe(),
        control=control_store(aws, names, config).look() if config.control.bucket else None,
        stored=stored,
        distribution=distribution,
        policies=distributions.observe_policies(aws, distribution.config, settings.behaviors),
        canary=distributions.observe_canary(aws, names, distribution, stored.record.canaries if stored else 0),
        dashboard=_dashboard(aws, config) if wants_dashboard else None,
        unresolved_hosts=distributions.unresolved(placeholder_hosts, resolve),
        plan_tier=distributions.observe_plan_tier(aws, distribution.arn),
        concurrency=functions.observe_concurrency(aws),
    )


def observe_running(aws: Aws, names: Names, distribution: str) -> Observed:
    """Read as much as going back and ending a canary need: record, versions, canary."""
    first = observe_first(aws, names, distribution)
    count = first.stored.record.canaries if first.stored else 0
    return Observed(
        names=names,
        distribution=first.distribution,
        stored=first.stored,
        versions=functions.observe_versions(aws, names),
        canary=distributions.observe_canary(aws, names, first.distribution, count),
    )


def _dashboard(aws: Aws, config: RouterConfig) -> JSON | None:
    name = dashboard_name(config)
    answer = if_there(
        f"reading dashboard {name}", lambda: aws.cloudwatch(CONTROL_REGION).get_dashboard(DashboardName=name)
    )
    if answer is None:
        return None
    body: JSON = json.loads(answer["DashboardBody"])
    return body

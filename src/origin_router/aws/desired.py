"""From the configuration, the built zip and the options to what is wanted in the account."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from origin_router.aws.attachment import patterns, target_of
from origin_router.aws.documents import TRUST, role_policy
from origin_router.aws.model import DEFAULT_BEHAVIOR, Desired, FunctionSettings
from origin_router.aws.naming import Names
from origin_router.aws.placeholders import Like, choose_origins, origin_group, placeholder
from origin_router.aws.record import Record, Settings
from origin_router.bundle import Bundle
from origin_router.routing.config import RouterConfig

RUNTIME = "python3.13"
"""The newest that AWS named for Lambda@Edge explicitly (November 2024); supported until June 2029."""

MEMORY_MB = 256
"""CPU comes with memory: 128 MB is 7 % of a core, and a cold start sets up TLS with every origin. 256 MB halves that
time; at 3 ms a request it adds 2 cents to a million requests that cost 60 cents anyway."""

MAX_TIMEOUT_S = 30
"""CloudFront's limit for a function on an origin-side trigger."""

SPARE_S = 3
"""On top of what a request may take by configuration: starting Python, and a machine that is slow for a moment. A
function that meets its timeout costs the viewer a 503, so it must never be the way in which anything ends."""

RETENTION_DAYS = 30
"""Long enough to look back over an incident; without a setting logs are kept, and paid, for ever."""


def settings_for(
    config: RouterConfig,
    record: Record | None,
    *,
    behaviors: tuple[str, ...] = (),
    is_failover: bool | None = None,
    has_feedback: bool | None = None,
) -> Settings:
    """Fill up what the user did not say: from the last deployment or the configuration, else with what suits most."""
    last = record.settings if record else None
    if is_failover is None:
        is_failover = last.is_failover if last else len(config.pools[config.pool].origins) > 1
    return Settings(
        behaviors=behaviors or (last.behaviors if last else (DEFAULT_BEHAVIOR,)),
        is_failover=is_failover,
        has_feedback=config.feedback.enabled if has_feedback is None else has_feedback,
    )


def with_settings(config: RouterConfig, settings: Settings) -> RouterConfig:
    """Return the configuration to build: the function stamps requests exactly if somebody reads the stamps."""
    if config.feedback.enabled == settings.has_feedback:
        return config
    return replace(config, feedback=replace(config.feedback, enabled=settings.has_feedback))


def desire(
    names: Names,
    config: RouterConfig,
    bundle: Bundle,
    settings: Settings,
    distribution: Mapping[str, Any],
    targets_before: Mapping[str, str],
    *,
    dashboard_for: tuple[str, ...] = (),
    overrules_feedback: bool = False,
) -> Desired:
    """Put together what is wanted. `targets_before`: what behaviors that are attached already had as their targets."""
    known = [each for each in patterns(distribution) if each in settings.behaviors]
    targets = (targets_before.get(each) or target_of(distribution, each) for each in known)
    like = Like(distribution, targets, (each.host for pool in config.pools.values() for each in pool.origins))
    chosen = choose_origins(config, 2 if settings.is_failover else 1)
    has_two = len(chosen) == 2
    return Desired(
        names=names,
        config=config,
        settings=settings,
        overrules_feedback=overrules_feedback,
        function=function_settings(names, config, bundle),
        code_sha256=base64.b64encode(bytes.fromhex(bundle.sha256)).decode(),
        code_size=bundle.size,
        description=f"origin-router {names.name}, zip {bundle.sha256[:12]}",
        trust=TRUST,
        policy=role_policy(names, config.control),
        dashboard_for=dashboard_for,
        origins=tuple(placeholder(names, config, each, at, like) for at, each in enumerate(chosen, start=1)),
        group=origin_group(names) if has_two else None,
        retention_days=RETENTION_DAYS,
    )


def function_settings(names: Names, config: RouterConfig, bundle: Bundle) -> FunctionSettings:
    """Return the settings of the function."""
    return FunctionSettings(
        runtime=RUNTIME,
        handler=bundle.handler,
        role_arn=names.role_arn,
        memory_mb=MEMORY_MB,
        timeout_s=timeout_s(config),
        log_group=names.log_group,
    )


def timeout_s(config: RouterConfig) -> int:
    """Return the function's timeout: the longest that the configuration lets a request and its aftermath take."""
    longest_ms = max(pool.probe.budget_ms + pool.probe.after_answer_ms for pool in config.pools.values())
    return min(MAX_TIMEOUT_S, math.ceil(longest_ms / 1_000) + SPARE_S)

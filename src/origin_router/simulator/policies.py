"""The policies by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import Any

from origin_router.routing.config import FeedbackConfig, OriginConfig, PoolConfig, RouterConfig
from origin_router.simulator import peers
from origin_router.simulator.plan import Plan
from origin_router.simulator.scenario import Scenario

CENTRAL: dict[str, Callable[[peers.Setting], Plan]] = {
    "origin-group": peers.origin_group,
    "origin-group-tightest": peers.origin_group_tightest,
    "route53": peers.route53,
    "route53-group": peers.route53_group,
    "front-door": peers.front_door,
    "cloudflare": peers.cloudflare,
    "round-robin": peers.round_robin,
    "oracle": peers.oracle,
}
"""Policies that decide for a whole Region."""

OURS, NAIVE = "ours", "naive"

NO_ZONES = "zones=none"

NAMES = (OURS, NAIVE, *CENTRAL)

CLOUDFRONT_TODAY = ("origin-group", "origin-group-tightest", "route53", "route53-group")
"""What CloudFront users have without a function of their own."""


class PolicyError(Exception):
    """A policy that there is not, or a setting that it does not have."""


def router_config(policy: str, scenario: Scenario, config: RouterConfig | None) -> RouterConfig:
    """Return the configuration for `ours`: that of a file or the defaults, with the scenario's origins.

    `ours:refresh_s=30,health.fall=2,feedback.enabled=1` changes keys of the pool, and of `feedback`.
    Origins are labelled with their continents, as the how-to about failover advises; `ours:zones=none` takes
    that away.
    """
    origins = tuple(
        OriginConfig(id=each.id, host=f"{each.id}.example.com", zone=each.place.partition("-")[0])
        for each in scenario.origins
    )
    pool, feedback = PoolConfig(origins=origins), FeedbackConfig()
    if config is not None:
        given, feedback = config.pools[config.pool], config.feedback
        known = {each.id: each for each in given.origins}
        if set(known) & {each.id for each in origins}:
            origins = tuple(known.get(each.id, each) for each in origins)
        fallback = given.fallback if given.fallback in {each.id for each in origins} else ""
        pool = replace(given, origins=origins, fallback=fallback, fallback_pool="")
    for setting in filter(None, policy.partition(":")[2].split(",")):
        key, is_given, value = setting.partition("=")
        if not is_given:
            raise PolicyError(f"{policy!r}: {setting!r} is not KEY=VALUE")
        table, _, rest = key.strip().partition(".")
        if setting.strip() == NO_ZONES:
            pool = replace(pool, origins=tuple(replace(each, zone="") for each in pool.origins))
        elif table == "feedback":
            feedback = _with(feedback, rest, value.strip(), policy)
        else:
            pool = _with(pool, key.strip(), value.strip(), policy)
    return RouterConfig(name="simulated", pool="web", pools={"web": pool}, feedback=feedback)


def check_name(policy: str) -> None:
    """Raise PolicyError if there is no such policy."""
    name, has_settings, _ = policy.partition(":")
    if name not in NAMES or (has_settings and name != OURS):
        raise PolicyError(f"there is no policy {policy!r}; there are {', '.join(NAMES)}, and ours:KEY=VALUE,...")


def _with(table: Any, key: str, value: str, policy: str) -> Any:
    name, is_nested, rest = key.partition(".")
    if name not in {each.name for each in fields(table)}:
        raise PolicyError(f"{policy!r}: there is no key {key!r}")
    present = getattr(table, name)
    if is_nested and is_dataclass(present):
        return replace(table, **{name: _with(present, rest, value, policy)})
    try:
        return replace(table, **{name: value if isinstance(present, str) else type(present)(float(value))})
    except (TypeError, ValueError):
        raise PolicyError(f"{policy!r}: {key} must be a {type(present).__name__}") from None

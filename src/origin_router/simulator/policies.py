"""The policies by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from origin_router.routing.config import FeedbackConfig, OriginConfig, PoolConfig, RouterConfig
from origin_router.simulator import peers
from origin_router.simulator.plan import Plan
from origin_router.simulator.scenario import Scenario
from origin_router.simulator.settings import SettingError, with_setting

OURS, NAIVE, ORACLE = "ours", "naive", "oracle"

CENTRAL: dict[str, Callable[[peers.Setting], Plan]] = {
    "origin-group": peers.origin_group,
    "origin-group-tightest": peers.origin_group_tightest,
    "route53": peers.route53,
    "route53-group": peers.route53_group,
    "front-door": peers.front_door,
    "cloudflare": peers.cloudflare,
    "round-robin": peers.round_robin,
    ORACLE: peers.oracle,
}
"""Policies that decide for a whole Region."""

NO_ZONES, FEEDBACK = "zones=none", "feedback."

NAMES = (OURS, NAIVE, *CENTRAL)

RULES = {
    OURS: "The router; ours:KEY=VALUE,... with other settings",
    NAIVE: "A race of HEAD requests within the request, cached for 10 s: the recipe that the router grew from",
    "origin-group": "CloudFront's origin group as it comes: first origin, then second, no memory",
    "origin-group-tightest": "The same with the shortest timeouts there are",
    "route53": "A Route 53 latency record with health checks: 30 s x 3, TTL 60 s",
    "route53-group": "The same as the primary of an origin group: the best that CloudFront has without a function",
    "front-door": "Azure Front Door's four steps: healthy, priority, within 50 ms of the fastest, weights",
    "cloudflare": "Cloudflare's dynamic steering with its one retry: checks every 60 s",
    "round-robin": "One origin after the other, whatever happens",
    ORACLE: "Knows what every origin is like at every moment",
}
"""What each does, in a line."""

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
        key, is_given, value = (each.strip() for each in setting.partition("="))
        if not is_given:
            raise PolicyError(f"{policy!r}: {setting!r} is not KEY=VALUE")
        try:
            if f"{key}={value}" == NO_ZONES:
                pool = replace(pool, origins=tuple(replace(each, zone="") for each in pool.origins))
            elif key.startswith(FEEDBACK):
                feedback = with_setting(feedback, key.removeprefix(FEEDBACK), value)
            else:
                pool = with_setting(pool, key, value)
        except SettingError as error:
            raise PolicyError(f"{policy!r}: {error}") from None
    if pool.fallback and pool.fallback not in {each.id for each in origins}:
        raise PolicyError(f"{policy!r}: there is no origin {pool.fallback!r} to fall back on")
    if pool.fallback_pool:
        raise PolicyError(f"{policy!r}: there is one pool only, so no fallback_pool")
    return RouterConfig(name="simulated", pool="web", pools={"web": pool}, feedback=feedback)


def check_name(policy: str) -> None:
    """Raise PolicyError if there is no such policy."""
    name, has_settings, settings = policy.partition(":")
    if name not in NAMES or (has_settings and (name != OURS or not settings)):
        raise PolicyError(f"there is no policy {policy!r}; there are {', '.join(NAMES)}, and ours:KEY=VALUE,...")

"""The checks of how a pool steers: keys that need each other, and keys that nobody would read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args, get_type_hints

from origin_router.config import values_http
from origin_router.config.node import Node
from origin_router.config.problems import Finding, show
from origin_router.routing.config import AdaptiveTimeoutConfig, HealthConfig, OriginConfig, PoolConfig

POLICIES = get_args(get_type_hints(PoolConfig)["policy"])
PER_VIEWER = ("weighted", "sticky")
"""Policies that tell viewers apart."""

POOL_DEFAULTS = PoolConfig(origins=())
HEALTH_DEFAULTS = HealthConfig()
TIMEOUT_DEFAULTS = AdaptiveTimeoutConfig()
ORIGIN_DEFAULTS = OriginConfig(id="", host="")


def check_steering(pool: Node) -> Iterator[Finding]:
    """Yield what does not go together in a pool's policy, health and timeouts."""
    yield from pool.child("key").check(values_http.key_problem)
    policy = pool.child("policy").read(str, POOL_DEFAULTS.policy)
    if policy in POLICIES:
        yield from _check_policy(pool, policy)
    yield from _check_refresh(pool)
    yield from _check_health(pool.child("health"))
    yield from _check_adaptive(pool.child("adaptive_timeout"))


def _check_policy(pool: Node, policy: str) -> Iterator[Finding]:
    is_per_viewer = policy in PER_VIEWER
    if policy != "sticky" and _is_changed(pool, "on_failure"):
        yield Finding(pool.at("on_failure"), f'is only for policy "sticky"; this pool is {show(policy)}')
    if not is_per_viewer and _is_changed(pool, "key"):
        message = f"is only for the policies weighted and sticky; {show(policy)} treats all viewers alike"
        yield Finding(pool.at("key"), message)
    if policy != "fastest":
        for key in ("band_ms", "switch_pct"):
            if _is_changed(pool, key):
                message = f'has no effect with policy {show(policy)}: only "fastest" compares latencies'
                yield Finding(pool.at(key), message, is_warning=True)
    yield from _check_weights(pool.child("origins"), policy)


def _check_weights(origins: Node, policy: str) -> Iterator[Finding]:
    weights = [origin.child("weight") for origin in origins.items()]
    if policy in PER_VIEWER:
        if weights and all(weight.read(int, ORIGIN_DEFAULTS.weight) == 0 for weight in weights):
            yield Finding(origins.location, "every weight is 0, so that no origin has a share; give one of them more")
        return
    for weight in weights:
        if weight.is_changed(ORIGIN_DEFAULTS.weight):
            message = f"has no effect with policy {show(policy)}: only weighted and sticky read it"
            yield Finding(weight.location, message, is_warning=True)


def _check_refresh(pool: Node) -> Iterator[Finding]:
    refresh_s = pool.child("refresh_s").number(POOL_DEFAULTS.refresh_s)
    longest_s = pool.child("refresh_max_s").number(POOL_DEFAULTS.refresh_max_s)
    if "refresh_max_s" in pool and 0 < longest_s < refresh_s:
        message = f"{longest_s:g} is less than refresh_s ({refresh_s:g}) and has no effect; write 0 if that is meant"
        yield Finding(pool.at("refresh_max_s"), message, is_warning=True)


def _check_health(health: Node) -> Iterator[Finding]:
    first_s = health.child("ejection_s").number(HEALTH_DEFAULTS.ejection_s)
    longest_s = health.child("ejection_max_s").number(HEALTH_DEFAULTS.ejection_max_s)
    if first_s > longest_s:
        key = "ejection_s" if "ejection_s" in health else "ejection_max_s"
        yield Finding(health.at(key), f"a first ejection of {first_s:g} s is longer than the longest, {longest_s:g} s")
    if health.child("panic_pct").number(HEALTH_DEFAULTS.panic_pct) == 100:
        yield Finding(health.at("panic_pct"), "100 is always reached, so that health would never count; write less")


def _check_adaptive(adaptive: Node) -> Iterator[Finding]:
    floor_s = adaptive.child("floor_s").read(int, TIMEOUT_DEFAULTS.floor_s)
    ceiling_s = adaptive.child("ceiling_s").read(int, TIMEOUT_DEFAULTS.ceiling_s)
    if floor_s > ceiling_s:
        key = "floor_s" if "floor_s" in adaptive else "ceiling_s"
        yield Finding(adaptive.at(key), f"floor_s ({floor_s}) is above ceiling_s ({ceiling_s})")
    multiple = adaptive.child("multiple").number(TIMEOUT_DEFAULTS.multiple)
    if 0 < multiple < 1:
        message = f"{multiple:g} times the usual time is less than an answer takes; only floor_s would hold"
        yield Finding(adaptive.at("multiple"), message, is_warning=True)
    if multiple == 0:
        for key in ("floor_s", "ceiling_s"):
            if key in adaptive:
                yield Finding(adaptive.at(key), "has no effect while multiple is 0", is_warning=True)


def _is_changed(pool: Node, key: str) -> bool:
    return pool.child(key).is_changed(getattr(POOL_DEFAULTS, key))

"""The distribution that the local edge imitates: a given one, or one made from the router's own configuration."""

from __future__ import annotations

from dataclasses import replace

from origin_router.emulator.distribution.model import (
    BY_ORIGIN_AND_HOST,
    WITHOUT_BODY,
    Behavior,
    Distribution,
    OriginGroup,
    Target,
    Trigger,
)
from origin_router.emulator.placeholder import CustomPlaceholder
from origin_router.routing.config import OriginConfig, RouterConfig

ATTEMPT_HEADER = "x-origin-router-attempt"
"""Custom header that tells the function which of a group's two origins it is asked for."""

STAMP_HEADER = "x-origin-router"
"""Header by which the request trigger tells the response trigger what it decided."""


def distribution_for(router: RouterConfig, *, feedback: bool, failover: bool) -> Distribution:
    """One behavior for everything, with the triggers and the origins that deployment configures.

    Errors are not kept, so that every request shows what the router makes of its origins now.
    """
    behavior = Behavior(target=_target(router, failover=failover), origin_response=_feedback_trigger(feedback))
    if any(origin.host_header == "viewer" for origin in origins_of(router)):
        behavior = replace(behavior, cache=BY_ORIGIN_AND_HOST)
    return Distribution(behaviors=(behavior,), error_caching_s=0)


def calls_function(distribution: Distribution) -> bool:
    """Whether any behavior has a function on the origin's side."""
    return any(each.origin_request or each.origin_response for each in distribution.behaviors)


def untagged_origins(distribution: Distribution) -> tuple[str, ...]:
    """The origins of groups whose function cannot tell for which of the two attempts it is called.

    The custom header is all that tells the router the second attempt from a first one. Without it, it
    decides alike both times, so the second attempt may go to the origin at which the first has failed.
    """
    found: dict[str, None] = {}
    for behavior in distribution.behaviors:
        group = behavior.target
        if isinstance(group, OriginGroup) and behavior.origin_request is not None:
            for origin, attempt in ((group.primary, "1"), (group.secondary, "2")):
                headers = {name.lower(): value for name, value in origin.custom_headers.items()}
                if headers.get(ATTEMPT_HEADER) != attempt:
                    found[origin.id] = None
    return tuple(found)


def stamped_origins(distribution: Distribution) -> tuple[str, ...]:
    """The origins behind a function whose custom headers include the router's stamp, and would take its place."""
    found: dict[str, None] = {}
    for behavior in distribution.behaviors:
        if behavior.origin_request or behavior.origin_response:
            target = behavior.target
            for origin in (target.primary, target.secondary) if isinstance(target, OriginGroup) else (target,):
                if STAMP_HEADER in {name.lower() for name in origin.custom_headers}:
                    found[origin.id] = None
    return tuple(found)


def attach_router(distribution: Distribution, router: RouterConfig, *, feedback: bool, failover: bool) -> Distribution:
    """Put the router on the default behavior, as deployment would: placeholder origins and triggers, nothing else."""
    *others, default = distribution.behaviors
    changed = replace(
        default,
        target=_target(router, failover=failover),
        origin_request=WITHOUT_BODY,
        origin_response=_feedback_trigger(feedback),
    )
    return replace(distribution, behaviors=(*others, changed))


def _target(router: RouterConfig, *, failover: bool) -> Target:
    """The placeholders: the fallback of the pool that takes what no rule takes, and the next origin of that pool.

    So a request that the function leaves alone is answered as the router fails open.
    """
    pool = router.pools[router.pool]
    fallback = next(origin for origin in pool.origins if origin.id == pool.fallback_id)
    others = [origin for origin in pool.origins if origin.id != pool.fallback_id] or [fallback]
    primary = _placeholder(fallback, attempt=1)
    has_second = failover and len({(origin.host, origin.port) for origin in origins_of(router)}) > 1
    return OriginGroup(primary=primary, secondary=_placeholder(others[0], attempt=2)) if has_second else primary


def _feedback_trigger(feedback: bool) -> Trigger | None:
    return WITHOUT_BODY if feedback else None


def origins_of(router: RouterConfig) -> list[OriginConfig]:
    """Return the origins of all pools; one that stands in two of them, twice."""
    return [origin for pool in router.pools.values() for origin in pool.origins]


def _placeholder(origin: OriginConfig, *, attempt: int) -> CustomPlaceholder:
    return CustomPlaceholder(
        id=origin.id,
        domain=origin.host,
        port=origin.port,
        protocol=origin.protocol,
        path=origin.path,
        read_timeout_s=origin.response_timeout_s,
        keepalive_timeout_s=origin.keepalive_timeout_s,
        custom_headers={ATTEMPT_HEADER: str(attempt)},
    )

"""The distribution that the local edge imitates where none is given: made from the router's own configuration."""

from __future__ import annotations

from origin_router.emulator.distribution import Behavior, OriginGroup
from origin_router.emulator.placeholder import CustomPlaceholder
from origin_router.routing.config import OriginConfig, RouterConfig

ATTEMPT_HEADER = "x-origin-router-attempt"
"""Custom header that tells the function which of a group's two origins it is asked for."""


def behavior_for(router: RouterConfig, *, feedback: bool, failover: bool) -> Behavior:
    """One behavior for everything, with the triggers and the origins that deployment configures.

    The origins are the fallback of the pool that takes what no rule takes, and the next one of
    that pool: a request that the function leaves alone is answered as the router fails open.
    """
    pool = router.pools[router.pool]
    fallback = next(origin for origin in pool.origins if origin.id == pool.fallback_id)
    others = [origin for origin in pool.origins if origin.id != pool.fallback_id] or [fallback]
    primary = _placeholder(fallback, attempt=1)
    origins = [origin for each in router.pools.values() for origin in each.origins]
    has_second = failover and len({(origin.host, origin.port) for origin in origins}) > 1
    return Behavior(
        target=OriginGroup(primary=primary, secondary=_placeholder(others[0], attempt=2)) if has_second else primary,
        on_origin_response=feedback,
        forward_host=any(origin.host_header == "viewer" for origin in origins),
    )


def _placeholder(origin: OriginConfig, *, attempt: int) -> CustomPlaceholder:
    return CustomPlaceholder(
        domain=origin.host,
        port=origin.port,
        protocol=origin.protocol,
        path=origin.path,
        read_timeout_s=origin.response_timeout_s,
        keepalive_timeout_s=origin.keepalive_timeout_s,
        custom_headers={ATTEMPT_HEADER: str(attempt)},
    )

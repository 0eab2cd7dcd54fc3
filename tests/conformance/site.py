"""An edge, its origin and its clock, for cases about objects in the cache."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from aiohttp import web

from origin_router.emulator.distribution.model import Behavior, Distribution
from origin_router.emulator.distribution.policies import NO_REQUEST_POLICY, CachePolicy
from tests.support.edge_lab import PLACEHOLDER, UNCHANGED, Lab, RunningEdge

POLICY = CachePolicy(min_ttl_s=0, default_ttl_s=100, max_ttl_s=1_000)


@dataclass
class Site:
    """An edge with an origin that counts, and a clock that a test moves."""

    edge: RunningEdge
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200
    count: int = 0
    now_s: float = 1_700_000_000.0
    gate: asyncio.Event | None = None
    conditions: list[str | None] = field(default_factory=list)
    ranges: list[str | None] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    statuses: dict[str, int] = field(default_factory=dict)
    """By path, where it is not `status`."""

    async def word(self, path: str = "/", **options: object) -> str:
        return (await self.edge.get(path, **options)).headers["X-Cache"].split()[0]


async def site(
    lab: Lab,
    cache: CachePolicy = POLICY,
    *,
    source: str = UNCHANGED,
    headers: dict[str, str] | None = None,
    **about: object,
) -> Site:
    """`about`: more of the distribution."""
    made: list[Site] = []

    async def origin(request: web.BaseRequest) -> web.Response:
        made[0].count += 1
        made[0].conditions.append(request.headers.get("If-None-Match"))
        if made[0].gate is not None:
            await made[0].gate.wait()
        made[0].asked.append(request.path)
        made[0].ranges.append(request.headers.get("Range"))
        for condition, validator in (("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified")):
            if request.headers.get(condition) == made[0].headers.get(validator, "-"):
                return web.Response(status=304, headers=made[0].headers)
        if request.headers.get("Range") == "bytes=1-2":
            headers = made[0].headers | {"Content-Range": "bytes 1-2/10"}
            return web.Response(status=206, text="12", headers=headers)
        status = made[0].statuses.get(request.path, made[0].status)
        return web.Response(status=status, text="0123456789", headers=made[0].headers)

    await lab.origin(origin)
    behavior = Behavior(target=PLACEHOLDER, cache=cache, request=NO_REQUEST_POLICY)
    distribution = Distribution(behaviors=(behavior,), **about)  # type: ignore[arg-type]
    edge = await lab.edge(source, distribution=distribution, now=lambda: made[0].now_s)
    made.append(Site(edge, headers or {}))
    return made[0]

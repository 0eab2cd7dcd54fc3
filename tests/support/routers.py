"""A configuration of two pools for the tests of what operators do, and log lines that its edges would write."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from origin_router.routing.config import ControlConfig, OriginConfig, PoolConfig, RouterConfig
from origin_router.routing.model import OriginRef

EU, US = OriginRef("web", "eu"), OriginRef("web", "us")
API_EU = OriginRef("api", "eu")

TOML = """\
name = "shop"
pool = "web"
[control]
bucket = "origin-router-shop-123456789012"
[pools.web]
[[pools.web.origins]]
id = "eu"
host = "eu.example.com"
[[pools.web.origins]]
id = "us"
host = "us.example.com"
[pools.api]
[[pools.api.origins]]
id = "eu"
host = "api.example.com"
[[pools.api.origins]]
id = "spare"
host = "spare.example.com"
[[rules]]
path = "/api/*"
pool = "api"
"""

CONFIG = RouterConfig(
    name="shop",
    pool="web",
    pools={
        "web": PoolConfig(
            origins=(OriginConfig(id="eu", host="eu.example.com"), OriginConfig(id="us", host="us.example.com"))
        ),
        "api": PoolConfig(
            origins=(OriginConfig(id="eu", host="api.example.com"), OriginConfig(id="spare", host="spare.example.com"))
        ),
    },
    control=ControlConfig(bucket="origin-router-shop-123456789012"),
)


def line(at_ms: int, event: str, region: str = "eu-central-1", level: str = "INFO", **fields: Any) -> str:
    """Return a line of the journal."""
    stamp = datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json.dumps({"timestamp": stamp, "level": level, "event": event, "region": region, **fields})


def summary(
    ref: OriginRef, decisions: int, latencies: list[float], region: str = "eu-central-1", ejections: int = 0
) -> str:
    """Return a summary in CloudWatch's embedded metric format, as `edge.metrics` writes it."""
    return json.dumps(
        {
            "timestamp": "2026-11-24T08:00:00.000Z",
            "level": "INFO",
            "event": "summary",
            "_aws": {"Timestamp": 1, "CloudWatchMetrics": []},
            "pool": ref.pool,
            "origin": ref.origin,
            "region": region,
            "Decisions": decisions,
            "Probes": len(latencies),
            "ProbeFailures": 0,
            "Ejections": ejections,
            **({"Latency": latencies} if latencies else {}),
            "reasons": {"fastest": decisions} if decisions else {},
            "outcomes": {"ok": len(latencies)} if latencies else {},
        }
    )


def choice(at_ms: int, origin: str, region: str = "eu-central-1", **states: str) -> str:
    """Return the line about a changed choice of pool web."""
    health = {"eu": "serving", "us": "serving"} | states
    return line(
        at_ms,
        "choice",
        region,
        pool="web",
        origin=origin,
        previous=None,
        reason="fastest",
        estimates={"eu": 10.0, "us": 90.0},
        health=health,
    )

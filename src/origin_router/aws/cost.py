"""What the router costs, estimated from prices and assumptions. Pure.

CloudFront bills the function on cache misses alone (origin-side triggers), on top of its own
prices. Free tiers, savings plans and taxes are left out, so this is the dearer end. The
prices are AWS's for us-east-1 as quoted by several third parties in November 2026; AWS's own
pages (named below) decide.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from origin_router.routing.config import RouterConfig

REQUEST_USD = 0.60 / 1_000_000
"""Lambda@Edge, per invocation; there is no free tier. aws.amazon.com/lambda/pricing"""

GB_SECOND_USD = 0.00005001
"""Lambda@Edge, per GB-s, three times the price of Lambda in a Region. Billed by the millisecond since April 2021
(AWS's announcement of 31 March 2021). aws.amazon.com/lambda/pricing"""

LOG_GB_USD = 0.50
"""CloudWatch Logs, per GB taken in; dearer in some Regions. aws.amazon.com/cloudwatch/pricing"""

METRIC_USD = 0.30
"""CloudWatch, per custom metric and month, for the first 10,000. A metric is a name with its dimensions, in each
Region anew; without data it costs nothing. aws.amazon.com/cloudwatch/pricing"""

DASHBOARD_USD = 3.00
"""CloudWatch, per dashboard and month beyond an account's first three. aws.amazon.com/cloudwatch/pricing"""

S3_GET_USD = 0.40 / 1_000_000
"""S3 standard, per GET. aws.amazon.com/s3/pricing"""

MONTH_S = 730 * 3_600
"""AWS's month."""

ENVIRONMENT_RATE = 10.0
"""Requests/s that one environment takes at most: Lambda@Edge's quota of requests/s is 10 times that of concurrency."""

ENVIRONMENT_LIFE_S = 2 * 3_600
"""Lambda recycles environments every few hours, busy or not."""

SUMMARY_BYTES = 700
"""One embedded metric line of one origin with its latencies: 600 bytes and more, and what CloudWatch adds to a line."""

METRICS_PER_ORIGIN = 5
"""Decisions, Probes, ProbeFailures, Ejections and Latency, per pool, origin and Region."""

METRICS_OF_TRAFFIC = 2
"""TrafficFailures and TrafficLatency, where responses are heard."""

NEWS_BYTES = 4_000
"""What an environment writes in its life beside summaries: the race, its probes, choices, and Lambda's own lines."""


@dataclass(frozen=True, kw_only=True)
class Assumptions:
    """What the estimate rests on."""

    misses_per_s: float = 100.0
    """Requests that reach the function, over all Regions."""
    regions: int = 13
    """Regions that they come from, in equal parts."""
    memory_mb: int = 256
    request_ms: float = 2.0
    """Billed duration of the function on the request trigger, warm."""
    response_ms: float = 1.5
    """Likewise on the response trigger."""
    init_ms: float = 600.0
    """Billed at each cold start: starting Python, and the race."""
    has_feedback: bool = False
    """The origin-response trigger is attached, too."""
    measures_after_answer: bool = True
    """Environments stay awake to measure. False where latencies can be read while they are frozen."""
    has_dashboard: bool = False

    def __post_init__(self) -> None:
        if self.misses_per_s <= 0 or self.regions < 1 or self.memory_mb < 1:
            raise ValueError("misses_per_s, regions and memory_mb must be positive")


class Item(NamedTuple):
    """One part of the bill."""

    name: str
    usd_per_month: float


@dataclass(frozen=True)
class Estimate:
    """A bill for a month."""

    assumptions: Assumptions
    environments: int
    items: tuple[Item, ...]

    @property
    def usd_per_month(self) -> float:
        """The sum."""
        return sum(item.usd_per_month for item in self.items)

    @property
    def usd_per_million(self) -> float:
        """Per million requests that reach the function."""
        return self.usd_per_month / (self.assumptions.misses_per_s * MONTH_S) * 1_000_000


def estimate(config: RouterConfig, given: Assumptions) -> Estimate:
    """Estimate a month's bill."""
    misses = given.misses_per_s * MONTH_S
    environments = given.regions * math.ceil(given.misses_per_s / given.regions / ENVIRONMENT_RATE)
    gb = given.memory_mb / 1024
    items = [
        Item("requests", misses * REQUEST_USD),
        Item("duration", _duration_usd(gb, misses, given.request_ms)),
    ]
    if given.has_feedback:
        items += [
            Item("requests of origin-response", misses * REQUEST_USD),
            Item("duration of origin-response", _duration_usd(gb, misses, given.response_ms)),
        ]
    lives = environments * MONTH_S / ENVIRONMENT_LIFE_S
    items.append(Item("cold starts", _duration_usd(gb, lives, given.init_ms)))
    if given.measures_after_answer:
        items.append(Item("measuring after the answer", _measuring_usd(config, gb, environments)))
    items += _observing(config, given, environments, lives)
    return Estimate(given, environments, tuple(items))


def _duration_usd(gb: float, count: float, milliseconds: float) -> float:
    """Price a number of invocations; each is billed in whole milliseconds."""
    return gb * count * math.ceil(milliseconds) / 1000 * GB_SECOND_USD


def _measuring_usd(config: RouterConfig, gb: float, environments: int) -> float:
    """Price of staying awake: at most `after_answer_ms` at every renewal, in every environment with traffic.

    That is as seldom as measurements are renewed while nothing happens; the simulator says what troubles cost.
    """
    share = max(
        (pool.probe.after_answer_ms / 1000 / pool.longest_refresh_s for pool in config.pools.values()),
        default=0.0,
    )
    return gb * environments * MONTH_S * share * GB_SECOND_USD


def _observing(config: RouterConfig, given: Assumptions, environments: int, lives: float) -> Iterable[Item]:
    origins = sum(len(pool.origins) for pool in config.pools.values())
    summaries = environments * MONTH_S / config.journal.summary_s * origins if config.journal.summary_s else 0.0
    yield Item("logs", (summaries * SUMMARY_BYTES + lives * NEWS_BYTES) / 1e9 * LOG_GB_USD)
    if config.journal.summary_s:
        each = METRICS_PER_ORIGIN + (METRICS_OF_TRAFFIC if given.has_feedback else 0)
        yield Item("metrics", each * origins * given.regions * METRIC_USD)
    if given.has_dashboard:
        yield Item("dashboard", DASHBOARD_USD)
    if config.control.bucket:
        yield Item("control document", environments * MONTH_S / config.control.refresh_s * S3_GET_USD)


def marginal_usd_per_million(given: Assumptions, *, has_feedback: bool) -> float:
    """Return what one more million requests costs: invocations and their duration, nothing that is there anyway."""
    gb = given.memory_mb / 1024
    usd = 1_000_000 * REQUEST_USD + _duration_usd(gb, 1_000_000, given.request_ms)
    if has_feedback:
        usd += 1_000_000 * REQUEST_USD + _duration_usd(gb, 1_000_000, given.response_ms)
    return usd

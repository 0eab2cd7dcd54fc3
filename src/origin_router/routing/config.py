"""What the router is told: the configuration as frozen types with units.

`origin_router.config` validates `origin-router.toml` against these very classes, the
build compiles them to JSON, and the edge reads that JSON back with `decode`. The
string under a field is its documentation: the reference page and the JSON Schema
for editors are generated from it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal


class Range:
    """Bounds of a number, both included; `high` may be open (None).

    Validation outside the edge understands this marker through pydantic's documented
    hook, so nothing has to be imported for it here.
    """

    __slots__ = ("high", "low")

    def __init__(self, low: float, high: float | None) -> None:
        self.low = low
        self.high = high

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        schema = handler(source)
        schema["ge"] = self.low
        if self.high is not None:
            schema["le"] = self.high
        return schema


Milliseconds = Annotated[int, Range(1, 30_000)]
"""30 s is the longest a Lambda@Edge function may run."""

OriginTimeout = Annotated[int, Range(1, 120)]
"""CloudFront accepts 1 to 120 s for readTimeout and keepaliveTimeout in an event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeConfig:
    """How the origins of a pool are measured."""

    method: Literal["HEAD", "GET", "TCP"] = "HEAD"
    """`HEAD` or `GET` send a request; `TCP` only opens a connection."""
    path: str = "/"
    """What is asked for, after the origin's own `path`. Choose something cheap that fails when the site would."""
    expect: tuple[str, ...] = ("2xx", "3xx")
    """Status codes that count as an answer: classes (`2xx`) or codes (`204`)."""
    connect_timeout_ms: Milliseconds = 300
    """Longest until the connection stands (TCP and TLS)."""
    response_timeout_ms: Milliseconds = 800
    """Longest from request sent to response received."""
    budget_ms: Milliseconds = 900
    """The watchdog: the longest a cold request waits for a first measurement; then the fallback answers."""
    after_answer_ms: Annotated[int, Range(0, 10_000)] = 250
    """Longest an environment stays awake after an answer to measure; 0: never."""
    wait_share_pct: Annotated[float, Range(0, 100)] = 0.1
    """Last resort: share of an environment's requests that may wait for a measurement; 0: none."""
    connection_max_age_s: Annotated[int, Range(1, 3_600)] = 60
    """Age at which a probe connection is reopened, so that changes of a DNS record are followed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthConfig:
    """When an origin is taken out of steering and when it comes back."""

    fall: Annotated[int, Range(1, 100)] = 3
    """Failures in a row that eject an origin."""
    rise: Annotated[int, Range(1, 100)] = 2
    """Successes in a row that bring an ejected origin back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginConfig:
    """One place that can answer."""

    id: str
    """Short name, unique in its pool: what journal, page and commands call it."""
    host: str
    """DNS name of the origin. CloudFront refuses IP addresses."""
    port: int = 443
    """80, 443 or 1024 to 65535: the ports that CloudFront connects to."""
    protocol: Literal["https", "http"] = "https"
    """How CloudFront and the probes speak to the origin."""
    path: str = ""
    """Prefix that CloudFront puts before the URI; starts with `/` and does not end with one."""
    host_header: str = "origin"
    """Host header that the origin receives: `origin` (its own name), `viewer` (left as it came) or a literal name."""
    priority: Annotated[int, Range(1, 100)] = 1
    """Lower is preferred: other origins are used only when none of this priority is healthy."""
    weight: Annotated[int, Range(0, 1_000)] = 100
    """Share among origins of equal standing, relative to their weights."""
    response_timeout_s: OriginTimeout = 30
    """CloudFront's response timeout (`readTimeout`) once this origin is chosen."""
    keepalive_timeout_s: OriginTimeout = 5
    """How long CloudFront keeps an idle connection to this origin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolConfig:
    """Origins that serve the same content, and how one of them is chosen."""

    policy: Literal["fastest", "priority", "weighted", "sticky"] = "fastest"
    """Steering policy: how one of the healthy origins is chosen."""
    band_ms: Annotated[float, Range(0, 10_000)] = 10
    """Origins this close to the fastest count as equally fast; the current choice is kept inside the band."""
    refresh_s: Annotated[float, Range(1, 3_600)] = 10
    """Age at which measurements are renewed."""
    fallback: str = ""
    """Id of the origin that answers when nothing could be measured; default: the first origin."""
    probe: ProbeConfig = field(default_factory=ProbeConfig)
    health: HealthConfig = field(default_factory=HealthConfig)
    origins: tuple[OriginConfig, ...]

    @property
    def fallback_id(self) -> str:
        """The configured fallback, or the first origin."""
        return self.fallback or self.origins[0].id


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleConfig:
    """Sends some requests to a pool of their own. All given conditions must hold."""

    pool: str
    """The pool that takes the request."""
    path: str = "*"
    """Path pattern as CloudFront writes them: `*` is any run of characters, `?` any single one."""
    methods: tuple[str, ...] = ()
    """HTTP methods; empty: any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouterConfig:
    """Everything the router is told."""

    name: str
    """Names the function, its role and its log group."""
    pool: str
    """The pool for requests that no rule takes."""
    pools: dict[str, PoolConfig]
    rules: tuple[RuleConfig, ...] = ()


def decode(document: dict[str, Any]) -> RouterConfig:
    """Build the configuration from the JSON that the build compiled (see `dataclasses.asdict`).

    The document was validated when it was built: a wrong one raises TypeError or
    KeyError here, and the edge then leaves every request unchanged.
    """
    return RouterConfig(
        name=document["name"],
        pool=document["pool"],
        pools={name: _decode_pool(pool) for name, pool in document["pools"].items()},
        rules=tuple(RuleConfig(**(rule | {"methods": tuple(rule["methods"])})) for rule in document["rules"]),
    )


def _decode_pool(pool: dict[str, Any]) -> PoolConfig:
    probe = pool["probe"]
    return PoolConfig(
        **(
            pool
            | {
                "probe": ProbeConfig(**(probe | {"expect": tuple(probe["expect"])})),
                "health": HealthConfig(**pool["health"]),
                "origins": tuple(OriginConfig(**origin) for origin in pool["origins"]),
            }
        )
    )

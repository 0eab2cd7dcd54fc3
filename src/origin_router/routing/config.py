"""What the router is told: the configuration as frozen types with units.

`origin_router.config` validates `origin-router.toml` against these very classes, the
build compiles them to JSON, and the edge reads that JSON back (see `compiled`). The
string under a field is its documentation: the reference page and the JSON Schema
for editors are generated from it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

from origin_router.routing.bounds import Milliseconds, OriginTimeout, Percent, Range

MAX_STRETCH = 12.0
"""An age that grows stays within this many times `refresh_s`: who asks for short ages means them. With the default
10 s that is a twelfth of the probes, and 120 s until a slow origin is noticed that nobody else tells of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeConfig:
    """How the origins of a pool are measured."""

    method: Literal["HEAD", "GET", "TCP"] = "HEAD"
    """`HEAD` or `GET` send a request; `TCP` only opens a connection."""
    path: str = "/"
    """What is asked for, after the origin's own `path`. Choose something cheap that fails when the site would."""
    expect: tuple[str, ...] = ("2xx", "3xx")
    """Status codes that count as an answer: classes (`2xx`) or codes (`204`)."""
    connect_timeout_ms: Milliseconds = 800
    """Longest until the connection stands: TCP and TLS are two or three round trips, so this allows for 260 ms each.
    Below `budget_ms`, so that a cold request knows when every connection has failed."""
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
    """Failures in a row that eject an origin. A refused or timed out connection counts one and a half,
    a 5xx of real traffic 0.6, a 429 nothing (it counts in the share below)."""
    rise: Annotated[int, Range(1, 100)] = 2
    """Successes in a row that end an origin's probation."""
    failure_pct: Percent = 50
    """Share of failures within `window_s` that ejects an origin as well; 0: never."""
    window_s: Annotated[int, Range(1, 600)] = 30
    """Span of time over which the share of failures is taken."""
    min_samples: Annotated[int, Range(1, 10_000)] = 10
    """Fewer outcomes than this within the window say nothing about a share."""
    ejection_s: Annotated[float, Range(1, 3_600)] = 5
    """Length of a first ejection; each further one is twice as long."""
    ejection_max_s: Annotated[float, Range(1, 86_400)] = 60
    """Longest ejection."""
    max_ejected_pct: Percent = 50
    """Largest share of a pool that may be ejected at once, but always at least one origin."""
    panic_pct: Percent = 0
    """Health is ignored when no more than this share of a pool can be trusted."""
    slow_start_s: Annotated[float, Range(0, 3_600)] = 0
    """Time over which a recovered origin gets back its share of requests; 0: at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginConfig:
    """One place that can answer."""

    id: str
    """Short name, unique in its pool: what journal, page and commands call it."""
    type: Literal["custom", "s3"] = "custom"
    """`custom` is any web server; `s3` is a bucket's REST endpoint, public or read with an origin access identity."""
    host: str
    """DNS name of the origin. CloudFront refuses IP addresses."""
    region: str = ""
    """AWS Region of an `s3` origin's bucket; needed with an origin access identity."""
    auth_method: Literal["none", "origin-access-identity"] = "none"
    """How CloudFront signs requests to an `s3` origin. Origin access control cannot be expressed by a function."""
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
    zone: str = ""
    """What fails together, in a word of yours: a Region, a provider, a continent. The second attempt of a request
    prefers an origin of another zone than the one that failed."""
    response_timeout_s: OriginTimeout = 30
    """CloudFront's response timeout (`readTimeout`) once this origin is chosen."""
    keepalive_timeout_s: OriginTimeout = 5
    """How long CloudFront keeps an idle connection to this origin."""
    completion_timeout_s: Annotated[int, Range(0, 3_600)] = 0
    """CloudFront's limit for a whole response, retries included; at least `response_timeout_s`; 0: none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdaptiveTimeoutConfig:
    """Lets CloudFront's response timeout follow the measured times instead of `response_timeout_s`."""

    multiple: Annotated[float, Range(0, 1_000)] = 0
    """The timeout is this many times the (peak-sensitive) estimate; 0: off."""
    floor_s: OriginTimeout = 2
    """Never less than this."""
    ceiling_s: OriginTimeout = 30
    """Never more than this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseConfig:
    """The answer that the router itself gives when every origin of a pool is down."""

    status: Annotated[int, Range(200, 599)] = 503
    """Status code."""
    retry_after_s: Annotated[int, Range(0, 86_400)] = 30
    """`Retry-After` header; 0: none."""
    headers: dict[str, str] = field(default_factory=dict)
    """Further headers, such as Content-Type."""
    body_file: str = ""
    """File with the body, relative to the configuration; built into the zip. At most 100 KB."""
    body: str = ""
    """The body itself, where no file is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolConfig:
    """Origins that serve the same content, and how one of them is chosen."""

    policy: Literal["fastest", "priority", "weighted", "sticky"] = "fastest"
    """Steering policy: how one of the healthy origins is chosen."""
    band_ms: Annotated[float, Range(0, 10_000)] = 10
    """Origins this close to the fastest count as equally fast; the current choice is kept inside the band."""
    switch_pct: Percent = 20
    """The current choice is also kept while no other is faster by at least this share of its time."""
    key: str = "client"
    """What tells viewers apart for `weighted` and `sticky`: `client` (address), `cookie:NAME`, `header:NAME`,
    `query:NAME`. A request without it is told apart by its client address."""
    on_failure: Literal["return", "move", "stay"] = "return"
    """When a `sticky` viewer's origin fails: go elsewhere and `return` when it is back, `move` for good
    (as long as the environment remembers), or `stay`."""
    refresh_s: Annotated[float, Range(1, 3_600)] = 10
    """Age at which measurements are renewed, as long as they bring news."""
    refresh_max_s: Annotated[float, Range(0, 3_600)] = 120
    """While an origin stays as it is, that age doubles with each measurement, up to this (and to 12 times
    `refresh_s`); 0: it never does. An origin that serves takes part only where its failures are heard of by
    themselves: behind an origin group whose placeholders are tagged, or with `feedback`."""
    fallback: str = ""
    """Id of the origin that answers when nothing could be measured; default: the first origin."""
    fallback_pool: str = ""
    """Pool that takes over while no origin of this one is healthy."""
    when_all_down: Literal["fallback", "respond"] = "fallback"
    """When every origin is down: send the request to the fallback anyway, or `respond` from the edge."""
    prior: dict[str, dict[str, float]] = field(default_factory=dict)
    """Prior knowledge: Region -> origin -> expected ms. Used until something was measured: a cold start
    in a Region listed here does not wait for its race."""
    probe: ProbeConfig = field(default_factory=ProbeConfig)
    health: HealthConfig = field(default_factory=HealthConfig)
    adaptive_timeout: AdaptiveTimeoutConfig = field(default_factory=AdaptiveTimeoutConfig)
    response: ResponseConfig = field(default_factory=ResponseConfig)
    origins: tuple[OriginConfig, ...]

    @property
    def fallback_id(self) -> str:
        """The configured fallback, or the first origin."""
        return self.fallback or self.origins[0].id

    @property
    def longest_refresh_s(self) -> float:
        """Age at which measurements are renewed while nothing happens."""
        return max(self.refresh_s, min(self.refresh_max_s, MAX_STRETCH * self.refresh_s))


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleConfig:
    """Sends some requests to a pool of their own. All given conditions must hold."""

    pool: str
    """The pool that takes the request."""
    path: str = "*"
    """Path pattern as CloudFront writes them: `*` is any run of characters, `?` any single one."""
    methods: tuple[str, ...] = ()
    """HTTP methods; empty: any."""
    hosts: tuple[str, ...] = ()
    """Patterns of the Host header as the function sees it (the viewer's only where CloudFront forwards it)."""
    headers: dict[str, str] = field(default_factory=dict)
    """Header name -> pattern that its value must match (`*` and `?` as in paths); `*` alone: it must be there."""
    cookies: dict[str, str] = field(default_factory=dict)
    """Cookie name -> pattern, likewise."""
    query: dict[str, str] = field(default_factory=dict)
    """Query parameter -> pattern, likewise."""
    countries: tuple[str, ...] = ()
    """Viewer countries, two letters; CloudFront must be told to add CloudFront-Viewer-Country."""
    regions: tuple[str, ...] = ()
    """AWS Regions in which the function executes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackConfig:
    """Real traffic as a signal: needs the function on the origin-response trigger, too."""

    enabled: bool = False
    """Stamp requests, and learn from the responses to them."""
    explore_pct: Percent = 1
    """Where probes yield no latencies: share of requests that may go to an origin whose estimate has aged."""
    debug_header: bool = False
    """Add Server-Timing and x-origin-router to responses. They are cached with the object and shown to everybody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlConfig:
    """A small document that drains, pins and weighs origins without a new deployment."""

    url: str = ""
    """https URL of the document, or empty."""
    bucket: str = ""
    """Private S3 bucket, read with the function's role, in place of `url`."""
    key: str = "control.json"
    """Key of the document in the bucket."""
    region: str = "us-east-1"
    """Region of the bucket."""
    refresh_s: Annotated[float, Range(1, 3_600)] = 10
    """Age at which the document is read again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalConfig:
    """What the function writes about itself."""

    summary_s: Annotated[int, Range(0, 3_600)] = 60
    """Interval of the summary in CloudWatch's embedded metric format, per environment, with traffic; 0: none."""
    namespace: str = "OriginRouter"
    """CloudWatch namespace of the metrics."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouterConfig:
    """Everything the router is told."""

    name: str
    """Names the function, its role and its log group."""
    pool: str
    """The pool for requests that no rule takes."""
    pools: dict[str, PoolConfig]
    rules: tuple[RuleConfig, ...] = ()
    feedback: FeedbackConfig = field(default_factory=FeedbackConfig)
    control: ControlConfig = field(default_factory=ControlConfig)
    journal: JournalConfig = field(default_factory=JournalConfig)

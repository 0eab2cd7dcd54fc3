"""What is there and what is wanted, as frozen data that plans are made from.

Secrets have no place here: of a function's variables only the names are kept, and of a
distribution's custom headers nothing but what a plan would show.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from origin_router.aws.control_place import Place
from origin_router.aws.document import Path
from origin_router.aws.naming import Names
from origin_router.aws.record import Record, Settings
from origin_router.routing.config import RouterConfig

DEFAULT_BEHAVIOR = "default"
"""What the behavior without a path pattern is called in options and records."""

JSON = dict[str, Any]

RUNTIME_UPDATES = "RuntimeManagementConfig"
"""Setting of a function that says when its runtime is updated; at the edge it must be Auto."""


def behavior_path(pattern: str) -> Path:
    """Return where a behavior stands in a distribution's configuration."""
    return ("DefaultCacheBehavior",) if pattern == DEFAULT_BEHAVIOR else ("CacheBehaviors", pattern)


@dataclass(frozen=True, kw_only=True)
class FunctionSettings:
    """What of a function's configuration we decide, in the words of the Lambda API."""

    runtime: str
    handler: str
    role_arn: str
    memory_mb: int
    timeout_s: int
    architecture: str = "x86_64"
    log_format: str = "JSON"
    application_log_level: str = "INFO"
    system_log_level: str = "WARN"
    log_group: str
    forbidden: tuple[str, ...] = ()
    """Settings that CloudFront refuses: Environment, Layers, VpcConfig and the like, by their names."""

    def differing(self, other: FunctionSettings) -> tuple[str, ...]:
        """Return the names of what differs."""
        return tuple(each.name for each in fields(self) if getattr(self, each.name) != getattr(other, each.name))


@dataclass(frozen=True, kw_only=True)
class FunctionState:
    """The function ($LATEST) or one published version of it."""

    version: str
    code_sha256: str
    """Base64, as Lambda writes it."""
    settings: FunctionSettings
    revision: str = ""
    description: str = ""
    modified_at: str = ""
    code_size: int = 0
    package_type: str = "Zip"


@dataclass(frozen=True, kw_only=True)
class RoleState:
    """The execution role."""

    arn: str
    trust: JSON
    policy: JSON | None
    """Our inline policy."""
    description: str = ""
    other_policies: tuple[str, ...] = ()
    """What somebody else gave it, inline or attached, by name."""


@dataclass(frozen=True, kw_only=True)
class LogGroupState:
    """The log group in one Region."""

    is_there: bool = False
    retention_days: int | None = None
    """None: for ever."""
    refusal: str = ""
    """Why nothing is known about this Region: it is not enabled, or an organisation forbids it."""


@dataclass(frozen=True, kw_only=True)
class BucketState:
    """Our bucket."""

    is_there: bool = False
    is_private: bool = False


@dataclass(frozen=True, kw_only=True)
class StoredRecord:
    """A record and the mark that a conditional write needs."""

    record: Record
    etag: str


@dataclass(frozen=True, kw_only=True)
class DistributionState:
    """A distribution; `config` is the whole of what CloudFront was told."""

    id: str
    arn: str
    domain: str
    etag: str
    is_deployed: bool
    config: JSON = field(repr=False)
    """Kept out of messages: origins carry secrets in their custom headers."""

    @property
    def is_staging(self) -> bool:
        """Whether it is one of continuous deployment's staging distributions."""
        return bool(self.config.get("Staging"))


@dataclass(frozen=True, kw_only=True)
class PolicyState:
    """A continuous deployment policy."""

    id: str
    etag: str
    is_enabled: bool
    traffic: JSON


@dataclass(frozen=True, kw_only=True)
class CanaryState:
    """What there is of a canary: each part may be missing when a command was interrupted."""

    staging: DistributionState | None = None
    policy: PolicyState | None = None
    is_attached: bool = False


@dataclass(frozen=True, kw_only=True)
class Observed:
    """The account as far as it concerns one router and one distribution."""

    names: Names
    role: RoleState | None = None
    function: FunctionState | None = None
    versions: tuple[FunctionState, ...] = ()
    """Published ones, oldest first."""
    log_groups: Mapping[str, LogGroupState] = field(default_factory=dict)
    bucket: BucketState = field(default_factory=BucketState)
    control: Place | None = None
    """What there is where the configuration has its control document; None: it has none in a bucket."""
    stored: StoredRecord | None = None
    distribution: DistributionState
    policies: Mapping[str, JSON] = field(default_factory=dict)
    """Cache policies and origin request policies of the behaviors in question, by id."""
    canary: CanaryState = field(default_factory=CanaryState)
    unresolved_hosts: tuple[str, ...] = ()
    """Hosts of placeholders that have no address."""
    dashboard: JSON | None = None
    """What the dashboard shows, if there is one and somebody asked."""
    plan_tier: str | None = None
    """The distribution's flat-rate plan, such as PRO; None: it has none, or nobody could tell."""
    concurrency: int | None = None
    """The account's limit of concurrent executions in us-east-1."""

    @property
    def record(self) -> Record | None:
        """What an earlier deployment wrote down about this distribution."""
        return self.stored.record if self.stored else None


@dataclass(frozen=True, kw_only=True)
class Desired:
    """What a deployment is to lead to."""

    names: Names
    config: RouterConfig
    settings: Settings
    overrules_feedback: bool = False
    """An option says something else of feedback than the configuration, for this deployment alone."""
    function: FunctionSettings
    code_sha256: str
    code_size: int
    description: str
    trust: JSON
    policy: JSON
    dashboard_for: tuple[str, ...] = ()
    """The distributions that a dashboard is to show; empty: none is asked for."""
    origins: tuple[JSON, ...]
    """Placeholders, one or two."""
    group: JSON | None
    """The origin group of the two, with failover."""
    retention_days: int

"""Desired and observed states for tests of pure decisions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from origin_router.aws.desired import desire, settings_for
from origin_router.aws.documents import TRUST
from origin_router.aws.model import (
    BucketState,
    Desired,
    DistributionState,
    FunctionState,
    LogGroupState,
    Observed,
    RoleState,
    StoredRecord,
)
from origin_router.aws.naming import REPLICA_REGIONS, Names
from origin_router.aws.record import Activation, Record
from origin_router.bundle import Bundle
from origin_router.routing.config import OriginConfig, PoolConfig, RouterConfig
from tests.support import distribution_parts, distributions

NAMES = Names("shop", "123456789012")

BUNDLE = Bundle(b"a zip")

ID = "E2EXAMPLE"


def origin(id_: str, host: str, **more: Any) -> OriginConfig:
    """An origin of the configuration."""
    return OriginConfig(id=id_, host=host, **more)


def router_config(*origins: OriginConfig, **more: Any) -> RouterConfig:
    """Two origins unless told otherwise; `more` belongs to the pool."""
    chosen = origins or (origin("eu", "eu.example.com"), origin("us", "us.example.com"))
    return RouterConfig(name="shop", pool="web", pools={"web": PoolConfig(origins=chosen, **more)})


def distribution(**config: Any) -> DistributionState:
    """The distribution of `distributions.config`."""
    return DistributionState(
        id=ID,
        arn=f"arn:aws:cloudfront::123456789012:distribution/{ID}",
        domain="d111.cloudfront.net",
        etag="E1",
        is_deployed=True,
        config=distributions.config(**config),
    )


def nothing(**more: Any) -> Observed:
    """An account that never saw the router."""
    return Observed(
        **{
            "names": NAMES,
            "distribution": distribution(),
            "log_groups": dict.fromkeys(REPLICA_REGIONS, LogGroupState()),
            "policies": POLICIES,
            **more,
        }
    )


def wanted(config: RouterConfig | None = None, observed: Observed | None = None, **asked: Any) -> Desired:
    """What a deployment with some options is to lead to."""
    config, observed = config or router_config(), observed or nothing()
    record = observed.record
    settings = settings_for(config, record, **asked)
    before = record.targets_before if record else {}
    return desire(
        NAMES,
        config,
        BUNDLE,
        settings,
        observed.distribution.config,
        before,
        overrules_feedback=settings.has_feedback is not config.feedback.enabled,
    )


def everything(desired: Desired, *, version: str = "1", **more: Any) -> Observed:
    """An account where all is as desired but for the distribution."""
    function = FunctionState(
        version="$LATEST", code_sha256=desired.code_sha256, settings=desired.function, revision="r1"
    )
    return nothing(
        **{
            "role": RoleState(arn=NAMES.role_arn, trust=TRUST, policy=desired.policy),
            "function": function,
            "versions": (replace(function, version=version),),
            "log_groups": dict.fromkeys(REPLICA_REGIONS, LogGroupState(is_there=True, retention_days=30)),
            "bucket": BucketState(is_there=True, is_private=True),
            **more,
        }
    )


def stored(desired: Desired, before: dict[str, str], *versions: str, **more: Any) -> StoredRecord:
    """A record of an earlier deployment."""
    history = tuple(Activation(version=each, at="2026-11-01T00:00:00+00:00", by="deploy") for each in versions)
    record = Record(distribution=ID, settings=desired.settings, targets_before=before, history=history, **more)
    return StoredRecord(record=record, etag='"1"')


POLICIES: dict[str, dict[str, Any]] = {
    distribution_parts.CACHING_OPTIMIZED: {
        "ParametersInCacheKeyAndForwardedToOrigin": {
            "HeadersConfig": {"HeaderBehavior": "none"},
            "CookiesConfig": {"CookieBehavior": "none"},
            "QueryStringsConfig": {"QueryStringBehavior": "none"},
        }
    },
    distribution_parts.ALL_VIEWER: {
        "HeadersConfig": {"HeaderBehavior": "allViewer"},
        "CookiesConfig": {"CookieBehavior": "all"},
        "QueryStringsConfig": {"QueryStringBehavior": "all"},
    },
}
"""Two of AWS's managed policies, as far as we read them."""

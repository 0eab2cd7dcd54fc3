"""Generated configurations: any valid one, with every key in use.

Strategies are made once, and what depends on each other is put right by plain functions
afterwards: drawing from strategies that are made while drawing takes ten times as long.
"""

from __future__ import annotations

import string
from dataclasses import replace
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from origin_router.config.cloudfront import BUCKET_REGIONS, EXECUTION_REGIONS, is_hidden
from origin_router.routing.config import (
    AdaptiveTimeoutConfig,
    ControlConfig,
    FeedbackConfig,
    HealthConfig,
    JournalConfig,
    OriginConfig,
    PoolConfig,
    ProbeConfig,
    ResponseConfig,
    RouterConfig,
    RuleConfig,
)

LETTERS = string.ascii_letters + string.digits
BODILESS = (204, 205, 304)
NOT_IN_RESPONSES = ("via", "transfer-encoding", "content-length", "retry-after")

names = st.text(LETTERS + "-_", min_size=1, max_size=12)
_labels = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
_hosts = st.builds(
    lambda labels, tld: ".".join([*labels, tld]), st.lists(_labels, max_size=3), st.sampled_from(["com", "test"])
)
_buckets = st.from_regex(r"[a-z0-9][a-z0-9-]{1,20}[a-z0-9]", fullmatch=True)
_prefixes = st.lists(st.text(LETTERS + "-._~", min_size=1, max_size=8), max_size=3).map(
    lambda parts: "".join(f"/{part}" for part in parts)
)
_statuses = st.one_of(st.from_regex(r"[1-5]xx", fullmatch=True), st.integers(100, 599).map(str))
_header_names = names.filter(lambda name: not is_hidden(name.lower()))
_patterns = st.text(LETTERS + "*?-._ ", min_size=1, max_size=10)
_shares = st.floats(0, 100)
_seconds = st.floats(1, 3_600)

_probes = st.builds(
    ProbeConfig,
    method=st.sampled_from(["HEAD", "GET", "TCP"]),
    path=_prefixes.map(lambda path: path or "/"),
    expect=st.lists(_statuses, min_size=1, max_size=3).map(tuple),
    connect_timeout_ms=st.integers(1, 30_000),
    response_timeout_ms=st.integers(1, 30_000),
    budget_ms=st.integers(1, 30_000),
    after_answer_ms=st.integers(0, 10_000),
    wait_share_pct=_shares,
    connection_max_age_s=st.integers(1, 3_600),
)

_healths = st.builds(
    HealthConfig,
    fall=st.integers(1, 100),
    rise=st.integers(1, 100),
    failure_pct=_shares,
    window_s=st.integers(1, 600),
    min_samples=st.integers(1, 10_000),
    ejection_s=st.floats(1, 300),
    ejection_max_s=st.floats(300, 86_400),
    max_ejected_pct=_shares,
    panic_pct=st.floats(0, 99),
    slow_start_s=st.floats(0, 3_600),
)

_adaptive_timeouts = st.builds(
    AdaptiveTimeoutConfig,
    multiple=st.one_of(st.just(0), st.floats(0, 1_000)),
    floor_s=st.integers(1, 30),
    ceiling_s=st.integers(30, 120),
)


def _response(response: ResponseConfig) -> ResponseConfig:
    by_lower = {name.lower(): (name, value) for name, value in response.headers.items()}
    kept = dict(pair for lower, pair in by_lower.items() if lower not in NOT_IN_RESPONSES)
    return replace(response, headers=kept, body="" if response.status in BODILESS else response.body)


responses = st.builds(
    ResponseConfig,
    status=st.integers(200, 599),
    retry_after_s=st.integers(0, 86_400),
    headers=st.dictionaries(_header_names, st.text(LETTERS + " ;=/", max_size=12), max_size=3),
    body=st.text(max_size=20),
).map(_response)


def _origin(origin: OriginConfig, bucket: str, region: str, has_region: bool, spare_s: int | None) -> OriginConfig:
    completion_s = 0 if spare_s is None else origin.response_timeout_s + spare_s
    origin = replace(origin, completion_timeout_s=completion_s)
    if origin.type == "custom":
        return replace(origin, auth_method="none")
    return replace(
        origin,
        host=f"{bucket}.s3.{region}.amazonaws.com",
        region=region if has_region or origin.auth_method != "none" else "",
        port=443,
        protocol="https",
        host_header="origin",
        keepalive_timeout_s=5,
    )


_origins = st.builds(
    _origin,
    st.builds(
        OriginConfig,
        id=names,
        type=st.sampled_from(["custom", "s3"]),
        host=_hosts,
        auth_method=st.sampled_from(["none", "origin-access-identity"]),
        port=st.one_of(st.sampled_from([80, 443]), st.integers(1024, 65535)),
        protocol=st.sampled_from(["https", "http"]),
        path=_prefixes,
        host_header=st.one_of(st.sampled_from(["origin", "viewer"]), _hosts),
        priority=st.integers(1, 100),
        weight=st.integers(1, 1_000),
        response_timeout_s=st.integers(1, 120),
        keepalive_timeout_s=st.integers(1, 120),
    ),
    _buckets,
    st.sampled_from(BUCKET_REGIONS),
    st.booleans(),
    st.one_of(st.none(), st.integers(0, 1_000)),
)

_keys = st.one_of(
    st.just("client"),
    st.builds("{}:{}".format, st.sampled_from(["cookie", "query"]), names),
    _header_names.map("header:{}".format),
)


def _pool(pool: PoolConfig, fallback: int | None, priors: list[tuple[str, int, float]]) -> PoolConfig:
    ids = [each.id for each in pool.origins]
    prior: dict[str, dict[str, float]] = {}
    for region, index, expected_ms in priors:
        prior.setdefault(region, {})[ids[index % len(ids)]] = expected_ms
    return replace(
        pool,
        key=pool.key if pool.policy in ("weighted", "sticky") else "client",
        on_failure=pool.on_failure if pool.policy == "sticky" else "return",
        fallback="" if fallback is None else ids[fallback % len(ids)],
        prior=prior,
    )


pools = st.builds(
    _pool,
    st.builds(
        PoolConfig,
        policy=st.sampled_from(["fastest", "priority", "weighted", "sticky"]),
        band_ms=st.floats(0, 10_000),
        switch_pct=_shares,
        key=_keys,
        on_failure=st.sampled_from(["return", "move", "stay"]),
        refresh_s=_seconds,
        when_all_down=st.sampled_from(["fallback", "respond"]),
        probe=_probes,
        health=_healths,
        adaptive_timeout=_adaptive_timeouts,
        response=responses,
        origins=st.lists(_origins, min_size=1, max_size=4, unique_by=lambda origin: origin.id).map(tuple),
    ),
    st.one_of(st.none(), st.integers(0, 3)),
    st.lists(st.tuples(st.sampled_from(EXECUTION_REGIONS), st.integers(0, 3), st.floats(0.1, 60_000)), max_size=3),
)

_rules = st.builds(
    RuleConfig,
    pool=st.just(""),
    path=st.text(string.ascii_letters + "/*?-._", min_size=1, max_size=12),
    methods=st.lists(st.sampled_from(["GET", "HEAD", "POST", "PUT", "PATCH", "OPTIONS", "DELETE"])).map(tuple),
    hosts=st.lists(st.text(string.ascii_letters + ".*?-", min_size=1, max_size=10), max_size=2).map(tuple),
    headers=st.dictionaries(_header_names.map(str.lower), _patterns, max_size=2),
    cookies=st.dictionaries(names, _patterns, max_size=2),
    query=st.dictionaries(st.text(min_size=1, max_size=6), _patterns, max_size=2),
    countries=st.lists(st.sampled_from(["DE", "US", "JP"]), max_size=2).map(tuple),
    regions=st.lists(st.sampled_from(EXECUTION_REGIONS), max_size=2).map(tuple),
)

_controls = st.one_of(
    st.just(ControlConfig()),
    st.builds(ControlConfig, url=st.builds("https://{}{}".format, _hosts, _prefixes), refresh_s=_seconds),
    st.builds(
        ControlConfig,
        bucket=_buckets,
        key=st.text(LETTERS + "._/ -", min_size=1, max_size=12),
        region=st.sampled_from(BUCKET_REGIONS),
        refresh_s=_seconds,
    ),
)

_feedbacks = st.one_of(
    st.just(FeedbackConfig()),
    st.builds(FeedbackConfig, enabled=st.just(True), explore_pct=_shares, debug_header=st.booleans()),
)

_journals = st.builds(
    JournalConfig,
    summary_s=st.integers(0, 3_600),
    namespace=st.from_regex(r"[A-Za-z0-9._/#-][A-Za-z0-9._/#: -]{0,8}", fullmatch=True).filter(
        lambda namespace: not namespace.startswith("AWS/")
    ),
)


def _router(
    config: RouterConfig, takes_over: list[bool], rules: list[tuple[RuleConfig, int]], default: int
) -> RouterConfig:
    """Each pool may be followed by the next one, so that there is no circle."""
    some = dict(config.pools)
    for (name, follower), is_followed in zip(pairwise(config.pools), takes_over, strict=False):
        some[name] = replace(some[name], fallback_pool=follower if is_followed else "")
    order = list(some)
    return replace(
        config,
        pool=order[default % len(order)],
        pools=some,
        rules=tuple(replace(rule, pool=order[index % len(order)]) for rule, index in rules),
    )


def router_configs(
    pool: st.SearchStrategy[PoolConfig] = pools, **fixed: st.SearchStrategy[Any]
) -> st.SearchStrategy[RouterConfig]:
    """Generate valid configurations of such pools. `fixed` replaces the strategies of whole fields."""
    given: dict[str, st.SearchStrategy[Any]] = {
        "name": names,
        "pools": st.dictionaries(names, pool, min_size=1, max_size=3),
        "feedback": _feedbacks,
        "control": _controls,
        "journal": _journals,
    }
    return st.builds(
        _router,
        st.builds(RouterConfig, pool=st.just(""), **(given | fixed)),
        st.lists(st.booleans(), max_size=2),
        st.lists(st.tuples(_rules, st.integers(0, 2)), max_size=3),
        st.integers(0, 2),
    )

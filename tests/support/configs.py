"""Configurations for tests: TOML put together from parts, and generated ones."""

from __future__ import annotations

import string
from dataclasses import fields
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from origin_router.config import ConfigError, LoadedConfig, parse
from origin_router.config.template import toml
from origin_router.routing.config import (
    HealthConfig,
    OriginConfig,
    PoolConfig,
    ProbeConfig,
    RouterConfig,
    RuleConfig,
)

PATH = Path("/nowhere/origin-router.toml")
"""Where the tests' configurations claim to lie; nothing is read from there."""


def document(
    *,
    top: str = "",
    pool: str = "",
    probe: str = "",
    health: str = "",
    origin: str = "",
    second: str = "",
    end: str = "",
) -> str:
    """Return a valid file of one pool and two origins, with lines added to its tables; a given key replaces ours."""
    return "\n".join(
        [
            _lines('name = "shop"\npool = "web"', top),
            "[pools.web]",
            pool,
            "[pools.web.probe]",
            probe,
            "[pools.web.health]",
            health,
            "[[pools.web.origins]]",
            _lines('id = "eu"\nhost = "eu.example.com"', origin),
            "[[pools.web.origins]]",
            _lines('id = "us"\nhost = "us.example.com"', second),
            end,
        ]
    )


def _lines(ours: str, given: str) -> str:
    keys = {line.partition("=")[0].strip() for line in given.splitlines()}
    kept = [line for line in ours.splitlines() if line.partition("=")[0].strip() not in keys]
    return "\n".join([*kept, given])


def parsed(text: str) -> LoadedConfig:
    """Validate a text."""
    return parse(text.encode(), PATH)


def problems(text: str) -> list[tuple[str, str]]:
    """Return (path, message) of every mistake."""
    try:
        parsed(text)
    except ConfigError as error:
        return [(each.path, each.message) for each in error.problems]
    return []


def as_toml(config: RouterConfig) -> str:
    """Write a configuration as a file, every key of it."""
    lines = [f"name = {toml(config.name)}", f"pool = {toml(config.pool)}"]
    for name, pool in config.pools.items():
        lines += [f"[pools.{name}]", *_pairs(pool, "policy", "band_ms", "refresh_s", "fallback")]
        lines += [f"[pools.{name}.probe]", *_pairs(pool.probe), f"[pools.{name}.health]", *_pairs(pool.health)]
        for origin in pool.origins:
            lines += [f"[[pools.{name}.origins]]", *_pairs(origin)]
    for rule in config.rules:
        lines += ["[[rules]]", *_pairs(rule)]
    return "\n".join(lines) + "\n"


def _pairs(table: Any, *keys: str) -> list[str]:
    names = keys or tuple(each.name for each in fields(table))
    values = {name: getattr(table, name) for name in names}
    return [f"{name} = {toml(list(value) if isinstance(value, tuple) else value)}" for name, value in values.items()]


_names = st.text(string.ascii_letters + string.digits + "-_", min_size=1, max_size=12)
_labels = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
_hosts = st.builds(
    lambda labels, tld: ".".join([*labels, tld]), st.lists(_labels, max_size=3), st.sampled_from(["com", "test"])
)
_ports = st.one_of(st.sampled_from([80, 443]), st.integers(1024, 65535))
_segments = st.text(string.ascii_letters + string.digits + "-._~", min_size=1, max_size=8)
_prefixes = st.lists(_segments, max_size=3).map(lambda parts: "".join(f"/{part}" for part in parts))
_statuses = st.one_of(st.from_regex(r"[1-5]xx", fullmatch=True), st.integers(100, 599).map(str))

_probes = st.builds(
    ProbeConfig,
    method=st.sampled_from(["HEAD", "GET", "TCP"]),
    path=_prefixes.map(lambda path: path or "/"),
    expect=st.lists(_statuses, min_size=1, max_size=3).map(tuple),
    connect_timeout_ms=st.integers(1, 30_000),
    response_timeout_ms=st.integers(1, 30_000),
    budget_ms=st.integers(1, 30_000),
    after_answer_ms=st.integers(0, 10_000),
    wait_share_pct=st.floats(0, 100),
    connection_max_age_s=st.integers(1, 3_600),
)

_origins = st.builds(
    OriginConfig,
    id=_names,
    host=_hosts,
    port=_ports,
    protocol=st.sampled_from(["https", "http"]),
    path=_prefixes,
    host_header=st.one_of(st.sampled_from(["origin", "viewer"]), _hosts),
    priority=st.integers(1, 100),
    weight=st.integers(1, 1_000),
    response_timeout_s=st.integers(1, 120),
    keepalive_timeout_s=st.integers(1, 120),
)


@st.composite
def _pools(draw: st.DrawFn) -> PoolConfig:
    origins = draw(st.lists(_origins, min_size=1, max_size=4, unique_by=lambda origin: origin.id))
    return PoolConfig(
        policy=draw(st.sampled_from(["fastest", "priority"])),
        band_ms=draw(st.floats(0, 10_000)),
        refresh_s=draw(st.floats(1, 3_600)),
        fallback=draw(st.sampled_from(["", *(origin.id for origin in origins)])),
        probe=draw(_probes),
        health=HealthConfig(fall=draw(st.integers(1, 100)), rise=draw(st.integers(1, 100))),
        origins=tuple(origins),
    )


@st.composite
def router_configs(draw: st.DrawFn) -> RouterConfig:
    """Generate valid configurations."""
    pools = draw(st.dictionaries(_names, _pools(), min_size=1, max_size=3))
    rules = st.builds(
        RuleConfig,
        pool=st.sampled_from(sorted(pools)),
        path=st.text(string.ascii_letters + "/*?-._", min_size=1, max_size=12),
        methods=st.lists(st.sampled_from(["GET", "HEAD", "POST", "PUT", "PATCH", "OPTIONS", "DELETE"])).map(tuple),
    )
    return RouterConfig(
        name=draw(_names),
        pool=draw(st.sampled_from(sorted(pools))),
        pools=pools,
        rules=tuple(draw(st.lists(rules, max_size=3))),
    )

"""The checks of a pool and its origins."""

from __future__ import annotations

from collections.abc import Iterator

from origin_router.config import values
from origin_router.config.node import Node
from origin_router.config.problems import Finding, did_you_mean, format_path, show
from origin_router.config.schema import COMING_POLICIES, header, schema_at
from origin_router.routing.config import OriginConfig, ProbeConfig

INIT_MS = 10_000
"""Lambda's INIT phase, in which the first race runs, ends after 10 s and is then repeated in the first request."""

ORIGIN_DEFAULTS = OriginConfig(id="", host="")
PROBE_DEFAULTS = ProbeConfig()


def check_pool(pool: Node) -> Iterator[Finding]:
    """Yield the mistakes of a pool."""
    origins = pool.child("origins")
    if origins.value == []:
        section = header((*origins.location, 0))
        yield Finding(origins.location, f"the pool has no origin; write {section} and its id and host")
    yield from _check_policy(pool.child("policy"))
    yield from _check_probe(pool.child("probe"))
    for origin in origins.items():
        yield from _check_origin(origin)
    yield from _check_ids(origins)
    yield from _check_fallback(pool.child("fallback"), origins)
    yield from _check_weights(origins)


def _check_policy(policy: Node) -> Iterator[Finding]:
    value = policy.read(str)
    if value in COMING_POLICIES:
        available = ", ".join(schema_at(policy.location)["enum"])
        yield Finding(policy.location, f"{show(value)} is not available in this version; allowed: {available}")


def _check_probe(probe: Node) -> Iterator[Finding]:
    yield from probe.child("path").check(values.probe_path_problem)
    expect = probe.child("expect")
    if expect.value == []:
        yield Finding(expect.location, 'is empty, so that no answer would count; default: ["2xx", "3xx"]')
    for status in expect.items():
        yield from status.check(values.status_problem)
    if probe.child("method").read(str) == "TCP":
        for key in ("path", "expect"):
            if key in probe:
                yield Finding(probe.at(key), "has no effect: method TCP sends no request", is_warning=True)
    budget_ms = probe.child("budget_ms").read(int, PROBE_DEFAULTS.budget_ms)
    if INIT_MS <= budget_ms <= schema_at(probe.at("budget_ms"))["maximum"]:
        message = f"{budget_ms} ms is longer than Lambda's start phase ({INIT_MS} ms), which would then run twice"
        yield Finding(probe.at("budget_ms"), message, is_warning=True)


def _check_origin(origin: Node) -> Iterator[Finding]:
    yield from origin.child("id").check(values.name_problem)
    yield from origin.child("host").check(values.host_problem)
    yield from origin.child("host").check(values.host_warning, is_warning=True)
    yield from origin.child("path").check(values.origin_path_problem)
    yield from origin.child("host_header").check(values.host_header_problem)
    yield from origin.child("host_header").check(values.host_header_warning, is_warning=True)
    yield from _check_port(origin)


def _check_port(origin: Node) -> Iterator[Finding]:
    """The port itself, and against the protocol: surely wrong where forgotten, odd where written."""
    port = origin.child("port").read(int, ORIGIN_DEFAULTS.port)
    protocol = origin.child("protocol").read(str, ORIGIN_DEFAULTS.protocol)
    problem = values.port_problem(port)
    if problem:
        yield Finding(origin.at("port"), problem)
    if protocol == "http" and "port" not in origin:
        message = (
            f'is "http", but port is missing and would be {ORIGIN_DEFAULTS.port}; write port = 80, or the one meant'
        )
        yield Finding(origin.at("protocol"), message)
    elif (protocol, port) in (("http", 443), ("https", 80)):
        message = f"{port} is not where {protocol} is usually spoken; look whether port and protocol are meant so"
        yield Finding(origin.at("port"), message, is_warning=True)


def _check_ids(origins: Node) -> Iterator[Finding]:
    first: dict[str, Node] = {}
    for origin in origins.items():
        value = origin.child("id").read(str)
        if value in first:
            owner = format_path(first[value].location)
            yield Finding(origin.at("id"), f"{show(value)} is taken by {owner}; ids are unique in a pool")
        elif value is not None:
            first[value] = origin


def _check_fallback(fallback: Node, origins: Node) -> Iterator[Finding]:
    ids = [each for origin in origins.items() if (each := origin.child("id").read(str)) is not None]
    value = fallback.read(str)
    if value and ids and value not in ids:
        yield Finding(
            fallback.location, f"{show(value)} is no origin of this pool{did_you_mean(value, dict.fromkeys(ids))}"
        )


def _check_weights(origins: Node) -> Iterator[Finding]:
    weights = [origin.child("weight").read(int, ORIGIN_DEFAULTS.weight) for origin in origins.items()]
    if weights and not any(weights):
        yield Finding(origins.location, "every weight is 0, so that no origin has a share; give one of them more")

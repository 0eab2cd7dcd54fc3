"""The checks of a pool: its parts each on their own, and its origins against each other."""

from __future__ import annotations

from collections.abc import Iterator

from origin_router.config import values
from origin_router.config.check_origins import IDENTITY, check_origin, is_bucket
from origin_router.config.check_prior import check_prior
from origin_router.config.check_response import check_response
from origin_router.config.check_steering import check_steering
from origin_router.config.node import Node
from origin_router.config.problems import Finding, did_you_mean, format_path, show
from origin_router.config.schema import header, schema_at
from origin_router.routing.config import ProbeConfig

INIT_MS = 10_000
"""Lambda's INIT phase, in which the first race runs, ends after 10 s and is then repeated in the first request."""

PROBE_DEFAULTS = ProbeConfig()


def check_pool(pool: Node) -> Iterator[Finding]:
    """Yield the mistakes of a pool."""
    origins = pool.child("origins")
    if origins.value == []:
        section = header((*origins.location, 0))
        yield Finding(origins.location, f"the pool has no origin; write {section} and its id and host")
    yield from check_steering(pool)
    yield from _check_probe(pool.child("probe"))
    yield from check_response(pool)
    for origin in origins.items():
        yield from check_origin(origin)
    yield from _check_ids(origins)
    yield from _check_zones(origins)
    yield from _check_fallback(pool.child("fallback"), origins)
    yield from _check_unsigned_probes(pool.child("probe"), origins)
    yield from check_prior(pool.child("prior"), ids_of(origins))


def ids_of(origins: Node) -> list[str]:
    """Return the ids of a pool's origins."""
    return [each for origin in origins.items() if (each := origin.child("id").read(str)) is not None]


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


def _check_ids(origins: Node) -> Iterator[Finding]:
    first: dict[str, Node] = {}
    for origin in origins.items():
        value = origin.child("id").read(str)
        if value in first:
            owner = format_path(first[value].location)
            yield Finding(origin.at("id"), f"{show(value)} is taken by {owner}; ids are unique in a pool")
        elif value is not None:
            first[value] = origin


def _check_zones(origins: Node) -> Iterator[Finding]:
    """Origins without a zone count as one together: seldom meant where others have one."""
    zones = [origin.child("zone").read(str, "") for origin in origins.items()]
    if "" in zones and any(zones):
        index = zones.index("")
        yield Finding(
            (*origins.location, index, "zone"),
            "is missing, though other origins of the pool have one; write what fails together with this one",
            is_warning=True,
        )


def _check_fallback(fallback: Node, origins: Node) -> Iterator[Finding]:
    ids = ids_of(origins)
    value = fallback.read(str)
    if value and ids and value not in ids:
        yield Finding(
            fallback.location, f"{show(value)} is no origin of this pool{did_you_mean(value, dict.fromkeys(ids))}"
        )


def _check_unsigned_probes(probe: Node, origins: Node) -> Iterator[Finding]:
    """CloudFront signs its own requests with the identity, but nobody signs the probes."""
    expected = probe.child("expect").texts()
    if probe.child("method").value == "TCP" or {"403", "4xx"} & set(expected):
        return
    for origin in origins.items():
        if is_bucket(origin) and origin.child("auth_method").value == IDENTITY:
            message = (
                "probes are not signed, so that a private bucket answers them with 403, a failure here: "
                'add "403" to expect of the probe, or probe by TCP'
            )
            yield Finding(origin.at("auth_method"), message, is_warning=True)

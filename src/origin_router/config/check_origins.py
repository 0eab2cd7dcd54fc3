"""The checks of one origin: a web server (`custom`) or a bucket (`s3`)."""

from __future__ import annotations

from collections.abc import Iterator

from origin_router.config import values, values_aws
from origin_router.config.node import Node
from origin_router.config.problems import Finding, show
from origin_router.routing.config import OriginConfig

DEFAULTS = OriginConfig(id="", host="")

IDENTITY = "origin-access-identity"

ONLY_CUSTOM = {
    "port": "CloudFront's event has no port for one",
    "protocol": "CloudFront's event has no protocol for one",
    "keepalive_timeout_s": "CloudFront's event has no keep-alive timeout for one",
    "host_header": "S3 finds the bucket by the Host header, which must be its own name",
}
"""Keys that an `s3` origin cannot have, with the reason."""

ONLY_S3 = ("region", "auth_method")
"""Keys that a `custom` origin cannot have."""


def check_origin(origin: Node) -> Iterator[Finding]:
    """Yield the mistakes of an origin."""
    yield from origin.child("id").check(values.name_problem)
    yield from origin.child("zone").check(values.zone_problem)
    yield from origin.child("path").check(values.origin_path_problem)
    if is_bucket(origin):
        yield from _check_bucket(origin)
    else:
        yield from _check_server(origin)
    yield from _check_completion(origin)


def is_bucket(origin: Node) -> bool:
    """Whether an origin is of type `s3`."""
    return bool(origin.child("type").value == "s3")


def _check_server(origin: Node) -> Iterator[Finding]:
    host = origin.child("host")
    yield from host.check(values.host_problem)
    yield from host.check(values.host_warning, is_warning=True)
    yield from host.check(values_aws.custom_host_warning, is_warning=True)
    yield from origin.child("host_header").check(values.host_header_problem)
    yield from origin.child("host_header").check(values.host_header_warning, is_warning=True)
    yield from _check_port(origin)
    for key in ONLY_S3:
        if origin.child("type").value in (None, "custom") and origin.child(key).is_changed(getattr(DEFAULTS, key)):
            yield Finding(origin.at(key), 'has no meaning for a custom origin; a bucket needs type = "s3"')


def _check_bucket(origin: Node) -> Iterator[Finding]:
    host, region = origin.child("host"), origin.child("region")
    yield from host.check(values_aws.s3_host_problem)
    yield from host.check(values_aws.s3_host_warning, is_warning=True)
    for key, why in ONLY_CUSTOM.items():
        if origin.child(key).is_changed(getattr(DEFAULTS, key)):
            yield Finding(origin.at(key), f"has no meaning for an s3 origin: {why}")
    actual = values_aws.s3_region_of(host.read(str, ""))
    written = region.read(str, "")
    if written and written != actual:
        found = values_aws.bucket_region_problem(written)
        if found or actual:
            yield Finding(region.location, found or f"{show(written)} is not the Region in host, {show(actual)}")
    elif not written and origin.child("auth_method").value == IDENTITY:
        hint = f"; write region = {show(actual)}" if actual else ""
        yield Finding(region.location, f"is missing: auth_method {show(IDENTITY)} needs the bucket's Region{hint}")


def _check_port(origin: Node) -> Iterator[Finding]:
    """The port itself, and against the protocol: surely wrong where forgotten, odd where written."""
    port = origin.child("port").read(int, DEFAULTS.port)
    protocol = origin.child("protocol").read(str, DEFAULTS.protocol)
    problem = values.port_problem(port)
    if problem:
        yield Finding(origin.at("port"), problem)
    if protocol == "http" and "port" not in origin:
        message = f'is "http", but port is missing and would be {DEFAULTS.port}; write port = 80, or the one meant'
        yield Finding(origin.at("protocol"), message)
    elif (protocol, port) in (("http", 443), ("https", 80)):
        message = f"{port} is not where {protocol} is usually spoken; look whether port and protocol are meant so"
        yield Finding(origin.at("port"), message, is_warning=True)


def _check_completion(origin: Node) -> Iterator[Finding]:
    completion_s = origin.child("completion_timeout_s").read(int, DEFAULTS.completion_timeout_s)
    response_s = origin.child("response_timeout_s").read(int, DEFAULTS.response_timeout_s)
    if 0 < completion_s < response_s:
        written = "" if "response_timeout_s" in origin else ", its default"
        message = f"{completion_s} is less than response_timeout_s ({response_s}{written}), which CloudFront refuses"
        yield Finding(origin.at("completion_timeout_s"), f"{message}; write at least that, or 0 for no limit")

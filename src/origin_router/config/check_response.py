"""The checks of the answer that the router gives itself: CloudFront turns one that it refuses into a 502."""

from __future__ import annotations

from collections.abc import Iterator

from origin_router.config import values_http
from origin_router.config.cloudfront import RESPONSE_HEADERS_BYTES
from origin_router.config.node import Node
from origin_router.config.problems import Finding, format_path, show
from origin_router.routing.config import ResponseConfig

DEFAULTS = ResponseConfig()

BODY_BYTES = 100 * 1_024
"""Longest body. CloudFront takes 1 MB, but this one is read at every cold start, needed or not."""

OWN_HEADERS_BYTES = 100
"""What the router's own headers take (`cache-control`, `retry-after`)."""

BODILESS = (204, 205, 304)
"""Status codes whose response has no body (RFC 9110)."""


def check_response(pool: Node) -> Iterator[Finding]:
    """Yield the mistakes of a pool's own response."""
    response = pool.child("response")
    yield from _check_use(pool, response)
    yield from _check_headers(response.child("headers"))
    yield from _check_body(response)


def _check_use(pool: Node, response: Node) -> Iterator[Finding]:
    when = pool.child("when_all_down")
    if when.value in (None, "fallback"):
        for key, child in response.entries():
            if child.is_changed(getattr(DEFAULTS, key, child.value)):
                message = 'has no effect: when_all_down of the pool is not "respond"'
                yield Finding(child.location, message, is_warning=True)
    elif when.value == "respond" and pool.child("fallback_pool").read(str):
        other = pool.child("fallback_pool").value
        message = f"has no effect: when no origin is healthy, pool {show(other)} takes over; write it there"
        yield Finding(when.location, message, is_warning=True)


def _check_headers(headers: Node) -> Iterator[Finding]:
    first: dict[str, Node] = {}
    size = OWN_HEADERS_BYTES
    for name, node in headers.entries():
        problem = values_http.response_header_problem(name)
        if problem:
            yield Finding(node.location, problem)
        elif name.lower() in first:
            yield Finding(node.location, f"is the same header as {format_path(first[name.lower()].location)}")
        first.setdefault(name.lower(), node)
        yield from node.check(values_http.header_value_problem)
        size += len(name) + len(node.read(str, "")) + len(": \r\n")
    if size > RESPONSE_HEADERS_BYTES:
        yield Finding(headers.location, f"have {size} bytes; CloudFront takes at most {RESPONSE_HEADERS_BYTES}")


def _check_body(response: Node) -> Iterator[Finding]:
    body = response.child("body")
    if response.child("body_file").read(str) and body.read(str):
        yield Finding(body.location, "the body comes from body_file; write one of the two")
    yield from body.check(body_problem)
    status = response.child("status").read(int, DEFAULTS.status)
    if status in BODILESS:
        for key in ("body", "body_file"):
            if response.child(key).read(str):
                yield Finding(response.at(key), f"a response with status {status} has no body")


def body_problem(text: str) -> str | None:
    """A body, wherever it comes from."""
    size = len(text.encode())
    return None if size <= BODY_BYTES else f"has {size} bytes; at most {BODY_BYTES} are built into the zip"

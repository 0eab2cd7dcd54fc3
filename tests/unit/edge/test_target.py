"""What a probe connects to and asks for."""

from __future__ import annotations

import pytest

from origin_router.edge.target import target_of, targets_of
from tests.support.edge import config, origin, pool, probe, ref


def test_a_probe_asks_as_cloudfront_would() -> None:
    """The origin's path before the probe's, the Host header that viewers' requests will carry."""
    target = target_of(origin("eu", path="/v1", port=8443), probe(method="GET", path="/alive"))

    assert target.request.startswith(b"GET /v1/alive HTTP/1.1\r\nHost: eu.test\r\n")
    assert target.request.endswith(b"\r\n\r\n")
    assert (target.host, target.port, target.is_tls, target.has_body) == ("eu.test", 8443, True, True)


@pytest.mark.parametrize(
    ("host_header", "sent"), [("origin", "eu.test"), ("viewer", "eu.test"), ("www.example.com", "www.example.com")]
)
def test_the_host_header_of_a_probe(host_header: str, sent: str) -> None:
    """A viewer's is not known to a probe: the origin's own name stands for it."""
    assert f"\r\nHost: {sent}\r\n".encode() in target_of(origin("eu", host_header=host_header), probe()).request


@pytest.mark.parametrize(
    ("expect", "status", "is_expected"),
    [
        (("2xx", "3xx"), 204, True),
        (("2xx", "3xx"), 301, True),
        (("2xx", "3xx"), 404, False),
        (("2xx", "3xx"), 503, False),
        (("404",), 404, True),
        (("404",), 200, False),
        (("2xx", "401"), 401, True),
        (("1xx",), 101, True),
    ],
)
def test_which_status_counts_as_an_answer(expect: tuple[str, ...], status: int, is_expected: bool) -> None:
    """Classes and codes."""
    assert target_of(origin("eu"), probe(expect=expect)).is_expected(status) is is_expected


@pytest.mark.parametrize(("protocol", "port"), [("https", 443), ("http", 80)])
def test_a_tcp_probe_sends_nothing(protocol: str, port: int) -> None:
    """No TLS either."""
    target = target_of(origin("eu", protocol=protocol, port=port), probe(method="TCP"))

    assert (target.request, target.is_tls, target.has_body) == (b"", False, False)


def test_what_is_shared_between_pools() -> None:
    """Equal in all that is measured: priority and weight are not. Another limit makes another measurement."""
    same = pool(origin("one", id="uno", priority=2, weight=1))
    patient = pool(origin("one"), probe=probe(response_timeout_ms=5000))
    shared = targets_of(config(origin("one"), origin("two"), others={"same": same, "patient": patient}))

    assert list(shared.values()) == [[ref("one"), ref("uno", "same")], [ref("two")], [ref("one", "patient")]]

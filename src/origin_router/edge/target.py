"""What a probe connects to and asks for, worked out once from the configuration."""

from __future__ import annotations

from origin_router.routing.config import OriginConfig, ProbeConfig, RouterConfig
from origin_router.routing.model import OriginRef
from origin_router.routing.named import NamedTuple

USER_AGENT = "cloudfront-origin-router"
"""Lets the origin's operator tell probes from viewers in an access log."""


class Target(NamedTuple):
    """One thing to measure. Origins of several pools that agree in all of it share one measurement."""

    host: str
    port: int
    is_tls: bool
    request: bytes
    """The request to send; empty for a TCP probe."""
    has_body: bool
    """Whether the answer may carry a body (it does not answer a HEAD)."""
    expected: frozenset[str]
    connect_timeout_s: float
    response_timeout_s: float
    max_age_s: float
    keeps_body: bool = False
    """The answer's body is wanted: the target is a document, not an origin."""

    def is_expected(self, status: int) -> bool:
        """Whether a status code counts as an answer."""
        text = str(status)
        return text in self.expected or text[0] + "xx" in self.expected


def target_of(origin: OriginConfig, probe: ProbeConfig) -> Target:
    """Return what a probe of an origin connects to and asks for."""
    host_header = origin.host if origin.host_header in ("origin", "viewer") else origin.host_header
    request = (
        f"{probe.method} {origin.path}{probe.path} HTTP/1.1\r\n"
        f"Host: {host_header}\r\n"
        f"User-Agent: {USER_AGENT}\r\n"
        "Accept: */*\r\n"
        "\r\n"
    )
    is_tcp = probe.method == "TCP"
    return Target(
        host=origin.host,
        port=origin.port,
        is_tls=origin.protocol == "https" and not is_tcp,
        request=b"" if is_tcp else request.encode("ascii"),
        has_body=probe.method == "GET",
        expected=frozenset(probe.expect),
        connect_timeout_s=probe.connect_timeout_ms / 1000,
        response_timeout_s=probe.response_timeout_ms / 1000,
        max_age_s=float(probe.connection_max_age_s),
    )


def targets_of(config: RouterConfig) -> dict[Target, list[OriginRef]]:
    """Return every distinct target with the origins that it measures."""
    targets: dict[Target, list[OriginRef]] = {}
    for name, pool in config.pools.items():
        for origin in pool.origins:
            targets.setdefault(target_of(origin, pool.probe), []).append(OriginRef(name, origin.id))
    return targets

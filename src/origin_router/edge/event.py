"""CloudFront's dict on one side, the router's words on the other."""

from __future__ import annotations

from typing import Any

from origin_router.routing.config import OriginConfig, RouterConfig
from origin_router.routing.model import Decision, OriginRef

SSL_PROTOCOLS = ["TLSv1.2"]
"""The newest that CloudFront's event can name; without older ones, which no origin should still need."""


class EventRequest:
    """A request as steering sees it, read from the event only as far as a rule asks."""

    __slots__ = ("_request", "method", "uri")

    def __init__(self, request: dict[str, Any]) -> None:
        self._request = request
        self.method: str = request["method"]
        self.uri: str = request["uri"]

    def header(self, name: str) -> str | None:
        """Return a header's first value. `name` is lower case."""
        entries = self._request["headers"].get(name)
        return entries[0]["value"] if entries else None


class Rewriter:
    """Writes a decision into a request.

    The origin objects are made once and shared by all requests: the runtime serialises
    them at once and nobody changes them.
    """

    def __init__(self, config: RouterConfig) -> None:
        self._written = {
            OriginRef(name, origin.id): ({"custom": custom_origin(origin)}, host_header(origin))
            for name, pool in config.pools.items()
            for origin in pool.origins
        }

    def rewrite(self, request: dict[str, Any], decision: Decision) -> dict[str, Any]:
        """Direct a request to the decided origin, whatever kind of origin it came with; return it."""
        origin, host = self._written[decision.origin]
        if host is not None:
            request["headers"]["host"] = host
        request["origin"] = origin
        return request


def custom_origin(origin: OriginConfig) -> dict[str, Any]:
    """Return `request.origin.custom` with every field that CloudFront asks for.

    The placeholder's custom headers are left out: they are configuration for us, and a
    name that stands both there and among the request's headers makes CloudFront answer 502.
    """
    return {
        "customHeaders": {},
        "domainName": origin.host,
        "keepaliveTimeout": origin.keepalive_timeout_s,
        "path": origin.path,
        "port": origin.port,
        "protocol": origin.protocol,
        "readTimeout": origin.response_timeout_s,
        "sslProtocols": SSL_PROTOCOLS,
    }


def host_header(origin: OriginConfig) -> list[dict[str, str]] | None:
    """Return the Host header for an origin, or None if it is left as it came."""
    if origin.host_header == "viewer":
        return None
    return [{"key": "Host", "value": origin.host if origin.host_header == "origin" else origin.host_header}]

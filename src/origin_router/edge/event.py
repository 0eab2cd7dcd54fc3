"""CloudFront's dict on one side, the router's words on the other."""

from __future__ import annotations

from math import ceil
from typing import Any

from origin_router.edge.feedback import ATTEMPT_HEADER
from origin_router.routing.config import OriginConfig, PoolConfig, RouterConfig
from origin_router.routing.model import Decision, OriginRef

SSL_PROTOCOLS = ["TLSv1.2"]
"""The newest that CloudFront's event can name; without older ones, which no origin should still need."""

_OURS = frozenset({ATTEMPT_HEADER})


class EventRequest:
    """A request as steering sees it, read from the event only as far as a rule or a policy asks."""

    __slots__ = ("_request", "method", "uri")

    def __init__(self, request: dict[str, Any]) -> None:
        self._request = request
        self.method: str = request["method"]
        self.uri: str = request["uri"]

    @property
    def client(self) -> str:
        """The viewer's address."""
        return str(self._request.get("clientIp", ""))

    def header(self, name: str) -> str | None:
        """Return a header's first value. `name` is lower case."""
        entries = self._request["headers"].get(name)
        return str(entries[0]["value"]) if entries else None

    def cookie(self, name: str) -> str | None:
        """Return a cookie's value; the first, if there are several."""
        for entry in self._request["headers"].get("cookie", ()):
            for pair in str(entry["value"]).split(";"):
                key, separator, value = pair.strip().partition("=")
                if separator and key == name:
                    return value
        return None

    def query(self, name: str) -> str | None:
        """Return a query parameter's decoded value; the first, if there are several."""
        for pair in str(self._request.get("querystring", "")).split("&"):
            key, separator, value = pair.partition("=")
            if (key == name or _decoded(key) == name) and (separator or key):
                return _decoded(value)
        return None


def _decoded(text: str) -> str:
    """Decode a part of a query. (`urllib.parse` would cost every cold start 4 ms of imports.)"""
    if "%" not in text and "+" not in text:
        return text
    from urllib.parse import unquote_plus

    return unquote_plus(text)


class Rewriter:
    """Writes a decision into a request.

    The origin objects are made once and shared by all requests: the runtime serialises
    them at once and nobody changes them.
    """

    def __init__(self, config: RouterConfig) -> None:
        self._written = {
            OriginRef(name, origin.id): (origin_field(origin), host_header(origin))
            for name, pool in config.pools.items()
            for origin in pool.origins
        }

        self._with_identity = {
            OriginRef(name, origin.id)
            for name, pool in config.pools.items()
            for origin in pool.origins
            if origin.auth_method != "none"
        }

    def rewrite(self, request: dict[str, Any], decision: Decision, read_timeout_s: int | None = None) -> dict[str, Any]:
        """Direct a request to the decided origin, whatever kind of origin it came with; return it.

        `read_timeout_s` takes the place of the configured response timeout. Raises ValueError,
        with the request as it was, for what CloudFront would refuse.
        """
        origin, host = self._written[decision.origin]
        if decision.origin in self._with_identity and "s3" not in request["origin"]:
            raise ValueError("an origin access identity needs an S3 placeholder: CloudFront would answer 502")
        if read_timeout_s is not None:
            origin = {kind: {**fields, "readTimeout": read_timeout_s} for kind, fields in origin.items()}
        passed_on = _passed_on(request.get("origin") or {})
        if passed_on:
            origin = {kind: {**fields, "customHeaders": passed_on} for kind, fields in origin.items()}
            for name in passed_on:
                request["headers"].pop(name, None)
        if host is not None:
            request["headers"]["host"] = host
        request["origin"] = origin
        return request


def origin_field(origin: OriginConfig) -> dict[str, Any]:
    """Return `request.origin` with every field that CloudFront asks for.

    The placeholder's custom headers come from the event, where they are: `Rewriter.rewrite`.
    """
    fields: dict[str, Any] = {
        "customHeaders": {},
        "domainName": origin.host,
        "path": origin.path,
        "readTimeout": origin.response_timeout_s,
    }
    if origin.completion_timeout_s:
        fields["responseCompletionTimeout"] = origin.completion_timeout_s
    if origin.type == "s3":
        region = {"region": origin.region} if origin.region else {}
        return {"s3": {**fields, **region, "authMethod": origin.auth_method}}
    return {
        "custom": {
            **fields,
            "keepaliveTimeout": origin.keepalive_timeout_s,
            "port": origin.port,
            "protocol": origin.protocol,
            "sslProtocols": SSL_PROTOCOLS,
        }
    }


def _passed_on(placeholder: dict[str, Any]) -> dict[str, Any]:
    """Return the custom headers that every origin is to receive, often a secret by which it knows CloudFront.

    They replace a viewer's header of the same name, as they do where no function runs; a name that
    stood in both places would make CloudFront answer 502. Ours is for us alone.
    """
    for fields in placeholder.values():
        custom = fields.get("customHeaders", {})
        if custom.keys() - _OURS:
            return {name: entries for name, entries in custom.items() if name not in _OURS}
    return {}


def host_header(origin: OriginConfig) -> list[dict[str, str]] | None:
    """Return the Host header for an origin, or None if it is left as it came."""
    if origin.host_header == "viewer":
        return None
    return [{"key": "Host", "value": origin.host if origin.host_header == "origin" else origin.host_header}]


def adaptive_timeout_s(pool: PoolConfig, origin: OriginConfig, latency_s: float | None) -> int | None:
    """Return the response timeout that follows a measured time, or None where the configured one holds."""
    adaptive = pool.adaptive_timeout
    if adaptive.multiple == 0 or latency_s is None:
        return None
    timeout_s = max(adaptive.floor_s, min(adaptive.ceiling_s, ceil(adaptive.multiple * latency_s)))
    return min(timeout_s, origin.completion_timeout_s) if origin.completion_timeout_s else timeout_s


def generated_response(pool: PoolConfig) -> dict[str, Any]:
    """Return the answer that the router gives itself when every origin of a pool is down."""
    response = pool.response
    headers = {"cache-control": "no-store"} | {name.lower(): value for name, value in response.headers.items()}
    if response.retry_after_s:
        headers["retry-after"] = str(response.retry_after_s)
    return {
        "status": str(response.status),
        "headers": {name: [{"key": name.title(), "value": value}] for name, value in headers.items()},
        "body": response.body,
    }

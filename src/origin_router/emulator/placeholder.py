"""The origin that the distribution configures: a function finds it in its event, and may leave it there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

CONNECTION_TIMEOUT_S = 1.0
CONNECTION_ATTEMPTS = 1
"""What deployment sets on the placeholder origins. CloudFront's own defaults are 10 s and 3
attempts; the function can set neither, and a chosen origin inherits them (CloudFront guide)."""


class Connection(NamedTuple):
    """How CloudFront connects to an origin."""

    timeout_s: float = CONNECTION_TIMEOUT_S
    attempts: int = CONNECTION_ATTEMPTS
    """Also how often GET and HEAD are asked again after a response timeout (CloudFront guide)."""


DEFAULT_CONNECTION = Connection()


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomPlaceholder:
    """A custom origin, in the words of the event."""

    domain: str
    id: str = field(default="", compare=False)
    """What the distribution calls it; the event does not."""
    port: int = 443
    protocol: str = "https"
    path: str = ""
    read_timeout_s: int = 30
    keepalive_timeout_s: int = 5
    ssl_protocols: tuple[str, ...] = ("TLSv1.2",)
    completion_timeout_s: int | None = None
    """Longest the whole exchange may take; None: no limit."""
    custom_headers: dict[str, str] = field(default_factory=dict)
    connection: Connection = DEFAULT_CONNECTION

    def as_event(self) -> dict[str, Any]:
        """The event's `origin` object (CloudFront guide)."""
        return {
            "custom": {
                "customHeaders": _custom_headers(self.custom_headers),
                "domainName": self.domain,
                "keepaliveTimeout": self.keepalive_timeout_s,
                "path": self.path,
                "port": self.port,
                "protocol": self.protocol,
                "readTimeout": self.read_timeout_s,
                **_completion(self.completion_timeout_s),
                "sslProtocols": list(self.ssl_protocols),
            }
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Placeholder:
    """An S3 origin, in the words of the event."""

    domain: str
    id: str = field(default="", compare=False)
    """What the distribution calls it; the event does not."""
    region: str
    path: str = ""
    auth_method: str = "none"
    read_timeout_s: int = 30
    completion_timeout_s: int | None = None
    """Longest the whole exchange may take; None: no limit."""
    custom_headers: dict[str, str] = field(default_factory=dict)
    connection: Connection = DEFAULT_CONNECTION

    port = 443
    """S3 is reached by its ordinary HTTPS port."""

    def as_event(self) -> dict[str, Any]:
        """The event's `origin` object (CloudFront guide)."""
        return {
            "s3": {
                "authMethod": self.auth_method,
                "customHeaders": _custom_headers(self.custom_headers),
                "domainName": self.domain,
                "path": self.path,
                "readTimeout": self.read_timeout_s,
                **_completion(self.completion_timeout_s),
                "region": self.region,
            }
        }


Placeholder = CustomPlaceholder | S3Placeholder


def _custom_headers(headers: dict[str, str]) -> dict[str, list[dict[str, str]]]:
    return {name.lower(): [{"key": name, "value": value}] for name, value in headers.items()}


def _completion(timeout_s: int | None) -> dict[str, int]:
    return {} if timeout_s is None else {"responseCompletionTimeout": timeout_s}

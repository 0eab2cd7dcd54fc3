"""What CloudFront does with a function's result: forward, answer itself, or refuse."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from origin_router.emulator.placeholder import DEFAULT_CONNECTION, Connection

Headers = list[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The origin to contact."""

    domain: str
    port: int = 443
    protocol: str = "https"
    path: str = ""
    read_timeout_s: float = 30
    keepalive_timeout_s: float = 5
    completion_timeout_s: float | None = None
    """Longest the whole exchange may take; None: no limit."""
    ssl_protocols: tuple[str, ...] = ("TLSv1.2",)
    is_bucket: bool = False
    """An S3 origin."""
    connection: Connection = DEFAULT_CONNECTION
    """That of the origin which the distribution configures: a function cannot set it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardRequest:
    """The request that goes to the origin. Header names are as they will be sent."""

    method: str
    uri: str
    querystring: str
    headers: Headers
    target: Target
    body: bytes | None = None
    """Replaces the viewer's body; None: the viewer's body goes on."""
    as_event: dict[str, Any] = field(default_factory=dict, compare=False)
    """The `request` of events that follow: of the origin-response event, and of a second attempt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratedResponse:
    """The function's own answer."""

    status: int
    description: str = ""
    headers: Headers = field(default_factory=list)
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedResponse:
    """The origin's response as the function returned it. `body` replaces the origin's; None: that goes on."""

    status: int
    description: str = ""
    headers: Headers = field(default_factory=list)
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class InvalidResult:
    """The function's result breaks a rule. `message` is what the viewer's page says, `detail` names the culprit."""

    message: str
    detail: str = ""

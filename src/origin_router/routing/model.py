"""The words of a decision: request, outcome, observation, reason, decision."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

from origin_router.routing.named import NamedTuple


class OriginRef(NamedTuple):
    """Names one origin of one pool."""

    pool: str
    origin: str


class Request(Protocol):
    """What steering may look at. Header names are lower case; absent is None."""

    @property
    def method(self) -> str: ...
    @property
    def uri(self) -> str: ...
    @property
    def client(self) -> str: ...
    def header(self, name: str) -> str | None: ...
    def cookie(self, name: str) -> str | None: ...
    def query(self, name: str) -> str | None: ...


class Outcome(StrEnum):
    """How a probe or a real exchange ended, told apart by what an operator would do about it."""

    OK = "ok"
    DNS = "dns"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    CONNECT_TIMEOUT = "connect_timeout"
    TLS = "tls"
    RESPONSE_TIMEOUT = "response_timeout"
    BAD_STATUS = "bad_status"
    OVERLOADED = "overloaded"
    PROTOCOL = "protocol"
    FAILED_OVER = "failed_over"
    """CloudFront gave an origin up and tried the next; it does not tell why."""


class Source(StrEnum):
    """Where an observation comes from."""

    PROBE = "probe"
    TRAFFIC = "traffic"


class Observation(NamedTuple):
    """One thing learned about one origin.

    `latency_s` is the response time (of a probe: request sent to response received, on a
    standing connection; of traffic: as CloudFront's two triggers see it), or None where it
    could not be measured honestly: then only the outcome counts.
    """

    origin: OriginRef
    outcome: Outcome
    at: float
    latency_s: float | None = None
    source: Source = Source.PROBE


class Reason(StrEnum):
    """Why this origin: the rule of steering that decided."""

    ONLY_ORIGIN = "only_origin"
    FIRST_ANSWER = "first_answer"
    FASTEST = "fastest"
    KEPT_IN_BAND = "kept_in_band"
    PRIORITY = "priority"
    WEIGHTED = "weighted"
    STICKY = "sticky"
    MOVED = "moved"
    """Its own origin may not be chosen now: the next in its order."""
    PRIOR = "prior"
    PINNED = "pinned"
    EXPLORING = "exploring"
    TRIAL = "trial"
    """Real traffic made it suspect, so a real request finds out whether it is well again."""
    FAILOVER = "failover"
    PANIC = "panic"
    FALLBACK = "fallback"


OF_ONE_REQUEST = frozenset({Reason.EXPLORING, Reason.TRIAL, Reason.FAILOVER})
"""Such a decision is for this request alone, and says nothing about where the others go."""


class Decision(NamedTuple):
    """The origin for a request, with the reason. `rule` is the index of the rule that took it, or None."""

    origin: OriginRef
    reason: Reason
    rule: int | None = None


class State(StrEnum):
    """Where an origin is in its life: see `health`."""

    UNKNOWN = "unknown"
    SERVING = "serving"
    EJECTED = "ejected"
    PROBATION = "probation"


class Transition(NamedTuple):
    """An origin changed its state; the caller journals it."""

    origin: OriginRef
    before: State
    after: State
    cause: Outcome
    at: float

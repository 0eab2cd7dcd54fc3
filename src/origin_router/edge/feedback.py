"""Real traffic as a signal: what the request trigger writes down, and the response trigger reads back.

The stamp is one request header. It travels with the request, because the two triggers of
one request may run in different environments; it reaches the origin, too, and says nothing
that it may not know. It names the request's own id, which CloudFront gives it on arrival: a
stamp that a viewer sends names another one, and is not believed.
"""

from __future__ import annotations

from typing import Any

from origin_router.edge.exchange import TOO_MANY_REQUESTS
from origin_router.routing.model import Observation, OriginRef, Outcome, Source
from origin_router.routing.named import NamedTuple

STAMP_HEADER = "x-origin-router"
"""Not X-Amz-*, X-Edge-* or X-Amz-Cf-*, which CloudFront refuses."""

ATTEMPT_HEADER = "x-origin-router-attempt"
"""Custom header of the placeholder origins: 1 on the primary, 2 on the secondary of the origin group."""

ROOM_BYTES = 512
"""What a stamp takes at most. Names have up to 64 characters, so `pool/origin` has 129, and there are three: its
own, what failed and what is told of. CloudFront's request ids have 56, the times 13 and 5 digits, the attempt 1, and
what names the fields 18: 480. With the header's name and 4 for what separates them 499."""

MAX_REQUEST_BYTES = 32_768
"""CloudFront's limit for a request with its headers, without its body."""

MAX_ELAPSED_S = 120.0
"""CloudFront's longest response timeout: a longer time is a clock that is off."""

SERVER_ERROR = 500


class Word(NamedTuple):
    """What the sender learned of an origin, up or down, so long before it sent the request (see `routing.news`)."""

    origin: OriginRef
    is_good: bool
    age_s: float


class Stamp(NamedTuple):
    """What is known of a request when its response comes."""

    ref: OriginRef
    attempt: int
    sent_at: float
    """Wall clock, seconds."""
    request_id: str
    """CloudFront's."""
    failed: OriginRef | None = None
    """Of a second attempt: the origin that the first one went to, where that is known."""
    word: Word | None = None
    """What the sender has to say to whoever hears of the response."""

    def text(self) -> str:
        """The header's value."""
        text = f"{self.ref.pool}/{self.ref.origin};a={self.attempt};t={int(self.sent_at * 1000)};r={self.request_id}"
        if self.failed is not None:
            text += f";f={self.failed.pool}/{self.failed.origin}"
        if self.word is not None:
            (pool, origin), is_good, age_s = self.word
            text += f";{'u' if is_good else 'd'}={pool}/{origin};s={int(age_s * 1000)}"
        return text


def read_stamp(headers: dict[str, Any], request_id: str) -> Stamp | None:
    """Return the stamp of the request with this id, or None if it carries none, or a forged or broken one."""
    try:
        name, attempt, sent, named_id, *more = headers[STAMP_HEADER][0]["value"].split(";")
        if (attempt[:2], sent[:2], named_id) != ("a=", "t=", f"r={request_id}"):
            return None
        failed = _ref(more.pop(0)[2:]) if more and more[0][:2] == "f=" else None
        word = None
        if more:
            about, age = more
            if about[:2] not in ("d=", "u=") or age[:2] != "s=":
                return None
            word = Word(_ref(about[2:]), about[0] == "u", int(age[2:]) / 1000)
        return Stamp(_ref(name), int(attempt[2:]), int(sent[2:]) / 1000, request_id, failed, word)
    except (KeyError, IndexError, ValueError, TypeError, AttributeError, OverflowError):
        return None


def _ref(text: str) -> OriginRef:
    pool, _, origin = text.partition("/")
    return OriginRef(pool, origin)


def write_stamp(headers: dict[str, Any], stamp: Stamp) -> None:
    """Put the stamp on a request, over whatever stands there."""
    headers[STAMP_HEADER] = [{"key": "X-Origin-Router", "value": stamp.text()}]


def may_stamp(request: dict[str, Any], request_id: str) -> bool:
    """Whether a stamp fits: CloudFront refuses a request that a function made too large, or a header it cannot send."""
    if not (request_id.isascii() and request_id.isprintable()):
        return False
    size = len(request["uri"]) + len(request.get("querystring", ""))
    for name, entries in request["headers"].items():
        size += sum(len(name) + len(str(entry.get("value", ""))) + 4 for entry in entries)
    return size + ROOM_BYTES <= MAX_REQUEST_BYTES


def attempt_of(request: dict[str, Any]) -> int:
    """Return which of the origin group's attempts a request is, by the placeholder's custom header; 0: none says."""
    origin = request.get("origin") or {}
    for placeholder in origin.values():
        entries = placeholder.get("customHeaders", {}).get(ATTEMPT_HEADER)
        if entries and entries[0]["value"] in ("1", "2"):
            return int(entries[0]["value"])
    return 0


def observation_of(stamp: Stamp, status: int, now_wall: float, at: float, *, is_trusted: bool) -> Observation:
    """Return what a response says about the origin that sent it.

    `is_trusted`: nothing about this environment spoils the elapsed time (it was warm). A
    time that no request can take means that two environments' clocks disagree.
    """
    elapsed_s = now_wall - stamp.sent_at
    is_plausible = is_trusted and 0 < elapsed_s < MAX_ELAPSED_S
    outcome = outcome_of(status)
    latency_s = elapsed_s if is_plausible and outcome is Outcome.OK else None
    return Observation(stamp.ref, outcome, at, latency_s, Source.TRAFFIC)


def outcome_of(status: int) -> Outcome:
    """Return what a real response's status says about its origin: a 404 is the viewer's business."""
    if status == TOO_MANY_REQUESTS:
        return Outcome.OVERLOADED
    return Outcome.BAD_STATUS if status >= SERVER_ERROR else Outcome.OK

"""Requests that CloudFront answers itself, because it would not even look for an answer. Pure."""

from __future__ import annotations

from typing import NamedTuple

from origin_router.emulator import pages
from origin_router.emulator.distribution.model import Behavior
from origin_router.emulator.forwarding import ViewerRequest

URL_LIMIT_BYTES = 8_192
REQUEST_LIMIT_BYTES = 32_768
"""Path, query string and headers together (CloudFront quotas)."""


class Refused(NamedTuple):
    """Status, and what the page says."""

    status: int
    message: str


def refusal(viewer: ViewerRequest, behavior: Behavior, *, has_body: bool) -> Refused | None:
    """Return why a request is refused, if it is."""
    url_bytes = len(viewer.uri) + len(viewer.querystring)
    if url_bytes >= URL_LIMIT_BYTES or url_bytes + _size(viewer) > REQUEST_LIMIT_BYTES:
        return Refused(413, pages.TOO_LONG)
    if "#" in viewer.uri or "#" in viewer.querystring:
        return Refused(400, pages.BAD_URL)
    if viewer.method not in behavior.allowed_methods:
        return Refused(403, pages.METHOD_REFUSED)
    if viewer.method == "GET" and has_body:
        return Refused(403, pages.BODY_REFUSED)
    return None


def _size(viewer: ViewerRequest) -> int:
    return sum(len(name) + len(value) + 4 for name, value in viewer.headers)  # ": " and the line's end

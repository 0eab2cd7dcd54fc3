"""What of a viewer's request goes to the origin: headers, cookies and query string, by the behavior's policies.

All that is in the cache key goes, what the origin request policy names goes too, and some headers
go or stay whatever is configured (developer guide, "Request and response behavior for custom
origins", table of request headers). Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from origin_router.emulator.distribution.model import Behavior
from origin_router.emulator.distribution.policies import Mode, Selection
from origin_router.emulator.header_rules import capitalized, is_disallowed
from origin_router.emulator.placeholder import Placeholder, S3Placeholder

EventHeaders = dict[str, list[dict[str, str]]]

ALWAYS = frozenset(
    {
        *("cache-control", "cdn-loop", "content-encoding", "content-length", "content-md5", "content-type", "date"),
        *("from", "if-match", "if-modified-since", "if-none-match", "if-range", "if-unmodified-since"),
        *("max-forwards", "origin", "pragma", "range", "request-range", "transfer-encoding", "warning"),
    }
)
"""Forwarded whatever the policies say."""

REMOVED_BY_LEGACY = frozenset(
    {"accept", "accept-charset", "accept-language", "referer", "x-http-method-override", "x-requested-with"}
)
"""With the old cache settings, all headers go to the origin but these."""

_MADE = frozenset({"accept-encoding", "authorization", "cookie", "host", "te", "user-agent", "via", "x-forwarded-for"})
"""Made anew below, or, for `te`, about the viewer's connection only."""

_ENCODING = re.compile(r"\s*([\w*-]+)\s*(?:;\s*q\s*=\s*([0-9.]+)\s*)?")


@dataclass(frozen=True, slots=True)
class ViewerRequest:
    """What a viewer asked for. `uri` is the path as it came, still percent-encoded."""

    method: str
    uri: str
    querystring: str
    headers: tuple[tuple[str, str], ...]
    client_ip: str
    http_version: str = "1.1"


def forwarded_headers(viewer: ViewerRequest, behavior: Behavior, placeholder: Placeholder, via: str) -> EventHeaders:
    """The headers of an origin-request event. `via` is this edge's name in Via headers."""
    headers: EventHeaders = {}
    came: dict[str, str] = {}
    for key, value in viewer.headers:
        name = key.lower()
        if name in _MADE:
            joint = "; " if name == "cookie" else ", "
            came[name] = f"{came[name]}{joint}{value}" if name in came else value
        elif not is_disallowed(name) and _goes(name, behavior):
            headers.setdefault(name, []).append({"key": key, "value": value})
    for name, made in _made(came, viewer, behavior, placeholder, via).items():
        if made:
            headers[name] = [{"key": capitalized(name), "value": made}]
    return headers


def forwarded_query(querystring: str, behavior: Behavior) -> str:
    """The query string that goes to the origin."""
    return filtered(querystring, "&", behavior.cache.query, behavior.request.query)


def shows_query(behavior: Behavior) -> bool:
    """Whether functions see the query string: only where all of it is forwarded (CloudFront guide)."""
    return Mode.ALL in (behavior.cache.query.mode, behavior.request.query.mode)


def filtered(text: str, joint: str, *selections: Selection) -> str:
    """The parts `name=value` of a query string or Cookie header that any selection picks, in their order."""
    if not text or any(each.mode is Mode.ALL for each in selections):
        return text
    selections = _effective(selections)
    if all(each.mode is Mode.NONE for each in selections):
        return ""
    parts = (part.strip() for part in text.split(joint.strip()))
    return joint.join(part for part in parts if any(each.includes(part.partition("=")[0]) for each in selections))


def normalized_encodings(accepted: str | None, *, gzip: bool = True, brotli: bool = True) -> str:
    """What CloudFront makes of Accept-Encoding where it caches compressed objects: `br,gzip`, one of them, or none."""
    wanted = set()
    for part in (accepted or "").split(","):
        match = _ENCODING.fullmatch(part)
        if match and (match[2] is None or match[2].strip("0.") != ""):
            wanted.add(match[1].lower())
    return ",".join(name for name, is_on in (("br", brotli), ("gzip", gzip)) if is_on and name in wanted)


def _effective(selections: tuple[Selection, ...]) -> tuple[Selection, ...]:
    """Two lists of exceptions except what is in either of them (developer guide, "how policies work together")."""
    exceptions = [each for each in selections if each.mode is Mode.EXCEPT]
    if len(exceptions) < 2:
        return selections
    names = frozenset[str]().union(*(each.names for each in exceptions))
    others = [each for each in selections if each.mode is not Mode.EXCEPT]
    return (*others, Selection(Mode.EXCEPT, names))


def _goes(name: str, behavior: Behavior) -> bool:
    if name.startswith("cloudfront-"):  # what CloudFront would make: a viewer here may say what it would be
        return (
            name in behavior.cache.headers
            or name in behavior.request.cloudfront_headers
            or (behavior.request.headers.mode is Mode.LISTED and behavior.request.headers.includes(name))
        )
    if name in ALWAYS or behavior.forwards_header(name):
        return True
    return behavior.request.is_legacy and name not in REMOVED_BY_LEGACY


def _made(
    came: dict[str, str], viewer: ViewerRequest, behavior: Behavior, placeholder: Placeholder, via: str
) -> dict[str, str]:
    """Headers that CloudFront makes, or decides about one by one; empty ones are left out."""
    takes_host = behavior.forwards_header("host") and not isinstance(placeholder, S3Placeholder)
    return {
        "x-forwarded-for": _appended(came.get("x-forwarded-for"), viewer.client_ip),
        "user-agent": came.get("user-agent", "Amazon CloudFront")
        if behavior.forwards_header("user-agent")
        else "Amazon CloudFront",
        "via": _appended(came.get("via"), f"{viewer.http_version} {via} (CloudFront)"),
        "host": came.get("host", placeholder.domain) if takes_host else placeholder.domain,
        "accept-encoding": _accept_encoding(came.get("accept-encoding"), behavior),
        "authorization": came.get("authorization", "") if _takes_authorization(viewer.method, behavior) else "",
        "cookie": filtered(came.get("cookie", ""), "; ", behavior.cache.cookies, behavior.request.cookies),
    }


def _accept_encoding(accepted: str | None, behavior: Behavior) -> str:
    cache = behavior.cache
    if accepted is None:
        return ""
    if cache.has_gzip or cache.has_brotli:
        return normalized_encodings(accepted, gzip=cache.has_gzip, brotli=cache.has_brotli) or "identity"
    return accepted if behavior.forwards_header("accept-encoding") else ""


def _takes_authorization(method: str, behavior: Behavior) -> bool:
    """Reads without it in the key could be answered to somebody else, so it is removed from them."""
    if "authorization" in behavior.cache.headers or behavior.request.headers.is_open:
        return True
    return method not in ("GET", "HEAD") and not (method == "OPTIONS" and method in behavior.cached_methods)


def _appended(before: str | None, value: str) -> str:
    return f"{before}, {value}" if before else value

"""What a viewer request changes on the page: a row of the stream, the counters, and the newest answer of its origin.

Two events speak of one request: the function's decision (origin and reason) and the access
log (result and time). They come in either order and are joined by the request's id; together
they also tell which origin a host belongs to.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from origin_router.emulator.changes import Append, Change, Path, Put, Remove, look
from origin_router.emulator.fields import number, optional_number, optional_text, text

REQUESTS = 100
"""Rows kept per edge."""
HOSTS = 64
"""Hosts that are counted by name; more are counted together."""
OTHER_HOSTS = "other hosts"

Document = Mapping[str, Any]


def access_changes(document: Document, edge: str, entry: Mapping[str, Any], at: float) -> list[Change]:
    """Fold one access log entry."""
    result = result_of(entry)
    host = optional_text(entry, "r-host")
    if host == "-":
        host = None
    facts = {
        "method": text(entry, "cs-method"),
        "uri": text(entry, "cs-uri-stem"),
        "status": number(entry, "sc-status"),
        "result": result,
        "result_type": text(entry, "x-edge-result-type"),
        "host": host,
        "total_ms": round(number(entry, "time-taken") * 1000, 1),
    }
    at_edge = ("edges", edge)
    return [
        *request_changes(document, at_edge, text(entry, "x-edge-request-id"), facts, at),
        _count_by_host(document, at_edge, host, result),
        *_count(document, at_edge, entry, at),
        *_answer(document, at_edge, host, entry, at),
    ]


def result_of(entry: Mapping[str, Any]) -> str:
    """`hit`, `miss` or `error`: CloudFront's result types, put together by what a viewer got."""
    result_type = text(entry, "x-edge-result-type")
    if number(entry, "sc-status") >= 400 or "Error" in result_type or "Exceeded" in result_type:
        return "error"
    return "hit" if result_type.endswith("Hit") else "miss"


def request_changes(document: Document, edge: Path, request_id: str, facts: dict[str, Any], at: float) -> list[Change]:
    """Add facts to the row of a request, or begin it and forget the oldest row."""
    rows = look(document, (*edge, "requests")) or {}
    row = rows.get(request_id)
    changes: list[Change] = []
    if row is None:
        row = {"at": at}
        if len(rows) >= REQUESTS:
            changes.append(Remove((*edge, "requests", next(iter(rows)))))
    row = row | facts
    changes.append(Put((*edge, "requests", request_id), row))
    host, origin = row.get("host"), row.get("origin")
    if host and origin and row["result"] != "error" and look(document, (*edge, "hosts", host)) != origin:
        changes.append(Put((*edge, "hosts", host), origin))
    return changes


def _count(document: Document, edge: Path, entry: Mapping[str, Any], at: float) -> list[Change]:
    """Count what the edge did; a second that is over becomes a point of `rate`."""
    before = look(document, (*edge, "counts")) or {}
    invocations = entry.get("lambda-ms")
    second, requests = int(at), 0
    changes: list[Change] = []
    if before and before["second"][0] >= second:
        second, requests = before["second"]
    elif before:
        changes.append(Append((*edge, "rate"), before["second"]))
    counts = {
        "requests": before.get("requests", 0) + 1,
        "results": _one_more(before.get("results"), text(entry, "x-edge-result-type")),
        "statuses": _one_more(before.get("statuses"), _status_class(number(entry, "sc-status"))),
        "failovers": before.get("failovers", 0) + (entry.get("sr-reason") is not None),
        "invocations": before.get("invocations", 0) + (len(invocations) if isinstance(invocations, list) else 0),
        "second": [second, requests + 1],
    }
    return [*changes, Put((*edge, "counts"), counts)]


def _one_more(counted: Mapping[str, int] | None, name: str) -> dict[str, int]:
    counted = counted or {}
    return {**counted, name: counted.get(name, 0) + 1}


def _status_class(status: float) -> str:
    """`2xx` and so on; `gone` where the viewer left before there was an answer, which CloudFront logs as 0."""
    return f"{int(status // 100)}xx" if status else "gone"


def _answer(document: Document, edge: Path, host: str | None, entry: Mapping[str, Any], at: float) -> list[Change]:
    """What a real request met at its origin: all that is known of the origins of a function that measures nothing."""
    first_byte_s = optional_number(entry, "origin-fbl")
    known = look(document, (*edge, "answers")) or {}
    if host is None or first_byte_s is None or (host not in known and len(known) >= HOSTS):
        return []
    answer = {"at": at, "ms": round(first_byte_s * 1000, 1), "status": number(entry, "sc-status")}
    return [Put((*edge, "answers", host), answer)]


def _count_by_host(document: Document, edge: Path, host: str | None, result: str) -> Change:
    counters = look(document, (*edge, "counters")) or {}
    name = host or "-"
    if name not in counters and len(counters) >= HOSTS:
        name = OTHER_HOSTS
    path = (*edge, "counters", name, result)
    return Put(path, (look(document, path) or 0) + 1)

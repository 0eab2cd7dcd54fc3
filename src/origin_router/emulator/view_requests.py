"""What a viewer request changes on the page: a row of the stream, and the counters.

Two events speak of one request: the function's decision (origin and reason) and the access
log (result and time). They come in either order and are joined by the request's id; together
they also tell which origin a host belongs to.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from origin_router.emulator.changes import Change, Path, Put, Remove, look
from origin_router.emulator.fields import number, optional_text, text

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
        _count(document, at_edge, host, result),
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


def _count(document: Document, edge: Path, host: str | None, result: str) -> Change:
    counters = look(document, (*edge, "counters")) or {}
    name = host or "-"
    if name not in counters and len(counters) >= HOSTS:
        name = OTHER_HOSTS
    path = (*edge, "counters", name, result)
    return Put(path, (look(document, path) or 0) + 1)

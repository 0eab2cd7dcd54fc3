"""What a fault or a link between an edge and an origin changes on the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from origin_router.emulator.changes import Append, Change, Put, Remove
from origin_router.emulator.fields import number, optional_number, text

FAULTS = 500
"""Faults at a time that are shown: more than one of each kind on every link of 13 edges and 3 origins."""

PARAMETERS = ("ms", "jitter_ms", "pct", "status", "bytes_per_s")
"""What a fault may take, by kind; see `GET /api/faults`."""


def fault_changes(document: Mapping[str, Any], fault: Mapping[str, Any], at: float, *, is_active: bool) -> list[Change]:
    """A fault begins, changes or ends. What began and ended is remembered as long as the charts reach back."""
    about: dict[str, Any] = {key: text(fault, key) for key in ("id", "kind", "edge", "origin")}
    about |= {"until": optional_number(fault, "until")}
    about |= {key: number(fault, key) for key in PARAMETERS if fault.get(key) is not None}
    known = document["faults"]
    path = ("faults", about["id"])
    is_known = about["id"] in known
    if is_active and (is_known or len(known) < FAULTS):
        change: Change = Put(path, about)
    elif not is_active and is_known:
        change = Remove(path)
    else:
        return []
    logged = [] if is_active and is_known else [Append(("fault_log",), [at, is_active, about])]
    return [change, *logged]


def link_changes(edge: str, link: Mapping[str, Any]) -> list[Change]:
    """A link is there, or its configured round trip has changed."""
    about = {
        "host": text(link, "host"),
        "round_trip_ms": number(link, "round_trip_ms"),
        "mode": text(link, "mode"),
    }
    return [Put(("edges", edge, "links", text(link, "origin")), about)]

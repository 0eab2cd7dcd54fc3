"""What the live page shows, folded from the bus event by event.

Each event becomes a few changes of one document (see `changes`), which is kept here for pages
that open later and is followed by pages that are open. Folding is pure: events in, changes
out, time as the events tell it. Memory is bounded by the limits of this module and of
`changes` and `view_requests`.

    edges: by Region
        url, freeze, extensions, cold_starts, problem
        links: by origin id {host, round_trip_ms, mode}
        pools: by name
            choice {origin, previous, reason, since}, choices [[at, origin, previous]]
            origins: by id
                probe {at, outcome, detail, status, moment, withheld}, measured {at, ms},
                series [[at, ms or null, outcome]], health {state, cause, at}, state, estimate_ms
        environments: by id {state, invocations, cold_start_ms, choice, measuring {moment, why}}
        requests: by request id {at, method, uri, origin, reason, host, status, result, result_type, total_ms}
        counters: by host (`-`: no origin was asked) {hit, miss, error}
        answers: by host {at, ms, status}: the newest answer of an origin, time to its first byte
        counts {requests, results by result type, statuses by class, failovers, invocations, second [s, requests]}
        rate [[second, requests]]
        hosts: origin id by host
    faults: by id {id, kind, edge, origin, until, ms, ...}, those that act now; fault_log [[at, is_active, fault]]
    demo: null or {origins: by name {state, place}, traffic {is_running, requests_per_s}}
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from origin_router.emulator.changes import Change, Path, Put, Remove, apply, look
from origin_router.emulator.fields import MalformedError, mapping, number, optional_number, optional_text, text
from origin_router.emulator.view_faults import fault_changes, link_changes
from origin_router.emulator.view_journal import journal_changes
from origin_router.emulator.view_requests import access_changes

ENVIRONMENTS = 12
"""Environments listed per edge before dead ones are forgotten."""

NAMES = 64
"""Pools and links of an edge, and origins of a pool, that are shown."""

Event = Mapping[str, Any]


def empty_document() -> dict[str, Any]:
    """The document before anything happened."""
    return {"edges": {}, "faults": {}, "fault_log": [], "demo": None}


class View:
    """The document, and the changes that the next event makes to it."""

    def __init__(self) -> None:
        self.document = empty_document()

    def fold(self, event: Event) -> list[Change]:
        """Take in one event; return what it changed. An event that makes no sense changes nothing."""
        try:
            changes = _changes(self.document, event)
        except MalformedError:
            return []
        done = []
        for change in changes:
            if _fits(self.document, change.path):
                apply(self.document, change)
                done.append(change)
        return done


def _fits(document: Mapping[str, Any], path: Path) -> bool:
    """Whether pools, links and origins stay within `NAMES`: a function may print as many as it likes."""
    for depth in (3, 5):
        if path[depth - 1 : depth] in {("pools",), ("links",), ("origins",)} and len(path) > depth:
            named = look(document, path[:depth])
            if named is not None and len(named) >= NAMES and path[depth] not in named:
                return False
    return True


def _changes(document: Mapping[str, Any], event: Event) -> list[Change]:
    at = number(event, "at")
    match event.get("type"):
        case "edge":
            return _edge(event)
        case "environment":
            return _environment(document, event)
        case "request":
            return access_changes(document, text(event, "edge"), mapping(event, "entry"), at)
        case "journal":
            edge, environment = text(event, "edge"), text(event, "environment")
            return journal_changes(document, edge, environment, mapping(event, "line"), at)
        case "fault":
            return fault_changes(document, mapping(event, "fault"), at, is_active=bool(event.get("is_active")))
        case "link":
            return link_changes(text(event, "edge"), event)
        case "origin":
            return _demo(document) + _demo_origin(event)
        case "traffic":
            return _demo(document) + _demo_traffic(event)
        case _:
            return []


def _edge(event: Event) -> list[Change]:
    edge = ("edges", text(event, "edge"))
    return [Put((*edge, key), event.get(key)) for key in ("url", "freeze", "extensions")]


def _environment(document: Mapping[str, Any], event: Event) -> list[Change]:
    edge = ("edges", text(event, "edge"))
    name, state = text(event, "environment"), text(event, "state")
    known = look(document, (*edge, "environments")) or {}
    before = known.get(name, {})
    now = {"state": state, "invocations": number(event, "invocations")}
    cold_start_ms = optional_number(event, "cold_start_ms")
    if cold_start_ms is not None:
        now["cold_start_ms"] = cold_start_ms
    changes: list[Change] = [Put((*edge, "environments", name), before | now)]
    if "state" not in before:
        changes.append(Put((*edge, "cold_starts"), (look(document, (*edge, "cold_starts")) or 0) + 1))
        dead = [each for each, about in known.items() if about.get("state", "dead") == "dead"]
        excess = len(known) + 1 - ENVIRONMENTS
        changes.extend(Remove((*edge, "environments", each)) for each in dead[: max(0, excess)])
    return changes


def _demo(document: Mapping[str, Any]) -> list[Change]:
    return [] if document["demo"] else [Put(("demo",), {"origins": {}, "traffic": None})]


def _demo_origin(event: Event) -> list[Change]:
    about = {"state": text(event, "state"), "place": optional_text(event, "place")}
    return [Put(("demo", "origins", text(event, "origin")), about)]


def _demo_traffic(event: Event) -> list[Change]:
    about = {"is_running": bool(event.get("is_running")), "requests_per_s": number(event, "requests_per_s")}
    return [Put(("demo", "traffic"), about)]

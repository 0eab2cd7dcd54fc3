"""What a line of the function's journal changes on the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from origin_router.emulator.changes import Append, Change, Path, Put, look
from origin_router.emulator.fields import mapping, optional_number, optional_text, text
from origin_router.emulator.view_requests import request_changes

Document = Mapping[str, Any]
Line = Mapping[str, Any]

OF_ONE_REQUEST = frozenset({"exploring", "trial", "failover"})
"""Reasons of decisions that say nothing about where other requests go."""


def journal_changes(document: Document, edge: str, environment: str, line: Line, at: float) -> list[Change]:
    """Fold one journal line. Lines that say nothing to the page change nothing."""
    fold = _FOLDS.get(text(line, "event"))
    return fold(document, ("edges", edge), environment, line, at) if fold else []


def _probe(document: Document, edge: Path, environment: str, line: Line, at: float) -> list[Change]:
    """A probe ended: a point of the chart where something was measured or failed, and the newest outcome.

    Where a latency was withheld (read after a freeze and not certain) the origin did answer,
    but there is nothing to draw.
    """
    del document, environment
    origin = _origin(edge, line)
    outcome = text(line, "outcome")
    withheld = optional_text(line, "withheld")
    measured_ms = optional_number(line, "response_ms")
    if measured_ms is None and withheld is None:
        measured_ms = optional_number(line, "connect_ms")  # a pool that is probed by TCP has nothing else
    newest = {
        "at": at,
        "outcome": outcome,
        "detail": optional_text(line, "detail"),
        "status": optional_number(line, "status"),
        "moment": text(line, "moment"),
        "withheld": withheld,
    }
    changes: list[Change] = [Put((*origin, "probe"), newest)]
    if outcome != "ok":
        changes.append(Append((*origin, "series"), [at, None, outcome]))
    elif measured_ms is not None:
        changes.append(Put((*origin, "measured"), {"at": at, "ms": measured_ms}))
        changes.append(Append((*origin, "series"), [at, measured_ms, outcome]))
    return changes


def _choice(document: Document, edge: Path, environment: str, line: Line, at: float) -> list[Change]:
    pool = (*edge, "pools", text(line, "pool"))
    chosen = text(line, "origin")
    changes = _standing(document, pool, line)
    before = look(document, (*pool, "choice"))
    reason = text(line, "reason")
    if before is None or before["origin"] != chosen:
        previous = None if before is None else before["origin"]
        choice = {"origin": chosen, "previous": previous, "reason": reason, "since": at}
        changes.append(Put((*pool, "choice"), choice))
        changes.append(Append((*pool, "choices"), [at, chosen, previous]))
    elif before["reason"] != reason:
        changes.append(Put((*pool, "choice"), before | {"reason": reason}))
    of_environment = (*edge, "environments", environment, "choice")
    if look(document, of_environment) != chosen:
        changes.append(Put(of_environment, chosen))
    return changes


def _decision(document: Document, edge: Path, environment: str, line: Line, at: float) -> list[Change]:
    facts = {
        "method": text(line, "method"),
        "uri": text(line, "uri"),
        "origin": text(line, "origin"),
        "reason": text(line, "reason"),
    }
    if facts["reason"] in OF_ONE_REQUEST:
        changes = _standing(document, (*edge, "pools", text(line, "pool")), line)
    else:
        changes = _choice(document, edge, environment, line, at)
    return [*changes, *request_changes(document, edge, text(line, "request_id"), facts, at)]


def _health(document: Document, edge: Path, environment: str, line: Line, at: float) -> list[Change]:
    del document, environment
    health = {"state": text(line, "after"), "cause": optional_text(line, "cause"), "at": at}
    return [Put((*_origin(edge, line), "health"), health)]


def _moment(document: Document, edge: Path, environment: str, line: Line, at: float) -> list[Change]:
    del document, at
    moment = {"moment": text(line, "moment"), "why": optional_text(line, "why")}
    return [Put((*edge, "environments", environment, "measuring"), moment)]


def _error(document: Document, edge: Path, environment: str, line: Line, at: float) -> list[Change]:
    del document, environment
    problem = {"at": at, "where": optional_text(line, "where"), "error": text(line, "error")}
    return [Put((*edge, "problem"), problem)]


def _origin(edge: Path, line: Line) -> Path:
    return (*edge, "pools", text(line, "pool"), "origins", text(line, "origin"))


def _standing(document: Document, pool: Path, line: Line) -> list[Change]:
    """Estimates and health as the environment that wrote the line sees them, where they are news."""
    estimates = mapping(line, "estimates")
    states = mapping(line, "health")
    values: dict[Path, Any] = {(origin, "estimate_ms"): optional_number(estimates, origin) for origin in estimates}
    values |= {(origin, "state"): text(states, origin) for origin in states}
    known = look(document, (*pool, "origins")) or {}
    return [Put((*pool, "origins", *path), value) for path, value in values.items() if look(known, path) != value]


_FOLDS: dict[str, Callable[[Document, Path, str, Line, float], list[Change]]] = {
    "probe": _probe,
    "choice": _choice,
    "decision": _decision,
    "health": _health,
    "moment": _moment,
    "error": _error,
}

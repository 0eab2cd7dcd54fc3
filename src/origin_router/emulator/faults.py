"""Faults: what can go wrong between an edge and an origin on demand, and how it is written as JSON.

A fault is plain data. What those that overlap come to is in `faults_effect`, who keeps them in `faults_board`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from origin_router.config.problems import did_you_mean, show

EVERY = "*"
"""Every edge, or every origin."""

LONGEST_S = 7 * 86_400.0
"""The longest that a fault may be asked for: longer than anybody leaves a local edge running."""


class FaultError(ValueError):
    """A fault that cannot be: says where, what, and what to do."""


class Parameter(NamedTuple):
    """A number that a kind takes."""

    name: str
    title: str
    default: float
    least: float
    most: float
    is_whole: bool = False

    def as_json(self) -> dict[str, Any]:
        """For the page."""
        return {
            "name": self.name,
            "title": self.title,
            "default": self.default,
            "min": self.least,
            "max": self.most,
        }


class Kind(NamedTuple):
    """A way to go wrong."""

    title: str
    parameters: tuple[Parameter, ...] = ()
    needs_tls: bool = False
    """It is a fault of TLS: origins that are reached by HTTP do not have it."""


def _share(of: str) -> Parameter:
    return Parameter("pct", f"Share of {of}, %", 100, 0.1, 100)


KINDS: dict[str, Kind] = {
    "latency": Kind("Added round trip", (Parameter("ms", "Milliseconds", 200, 1, 60_000),)),
    "jitter": Kind("Jitter of the round trip", (Parameter("ms", "Milliseconds", 50, 1, 60_000),)),
    "loss": Kind("Packet loss", (Parameter("pct", "Packets lost in each direction, %", 5, 0.1, 100),)),
    "refused": Kind("Connections refused"),
    "blackhole": Kind("Blackhole: nothing arrives"),
    "silent": Kind("Silent: accepts, never answers"),
    "tls_stall": Kind("TLS handshake stalls", needs_tls=True),
    "wrong_certificate": Kind("Certificate for another name", needs_tls=True),
    "status": Kind(
        "Error status",
        (Parameter("status", "Status", 503, 400, 599, is_whole=True), _share("requests")),
    ),
    "slow_body": Kind("Slow body", (Parameter("bytes_per_s", "Bytes per second", 2_000, 10, 100_000_000),)),
    "reset": Kind("Connection reset instead of an answer", (_share("requests"),)),
    "dns": Kind("Name does not resolve"),
}
"""In the order in which they are offered."""

WITHOUT_LINK = frozenset({"dns"})
"""Kinds that are possible where nothing stands between edge and origin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault."""

    kind: str
    edge: str = EVERY
    """A Region."""
    origin: str = EVERY
    """An origin's id."""
    values: Mapping[str, float] = field(default_factory=dict)
    """The kind's parameters, by name."""
    until: float | None = None
    """When it ends (epoch seconds); None: when it is cleared."""
    id: str = ""

    def as_json(self) -> dict[str, Any]:
        """As the API, the bus and the page have it."""
        return {
            "id": self.id,
            "kind": self.kind,
            "edge": self.edge,
            "origin": self.origin,
            **self.values,
            "until": self.until,
        }

    def concerns(self, edge: str, origins: Iterable[str]) -> bool:
        """Whether it concerns a link, given by its edge and the ids of its origin."""
        return self.edge in (EVERY, edge) and (self.origin == EVERY or self.origin in origins)


def read_fault(
    given: Mapping[str, Any], edges: Iterable[str], origins: Iterable[str], now: float, *, extra: Iterable[str] = ()
) -> Fault:
    """Read a fault from JSON or TOML. Raises FaultError.

    `extra` are keys that the caller reads. Parameters that are not given have their default; `for_s` may stand in
    place of `until`.
    """
    kind = given.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        told = "is missing" if kind is None else f"{show(kind)} is not a kind of fault"
        raise FaultError(f"kind: {told}{did_you_mean(str(kind), KINDS)}")
    parameters = {each.name: each for each in KINDS[kind].parameters}
    known = {"kind", "edge", "origin", "until", "for_s", *parameters, *extra}
    for key in given.keys() - known:
        raise FaultError(f"{key}: is nothing that {kind} takes{did_you_mean(key, sorted(known - set(extra)))}")
    return Fault(
        kind=kind,
        edge=_name(given, "edge", edges),
        origin=_name(given, "origin", origins),
        values={name: _number(given, each) for name, each in parameters.items()},
        until=_end(given, now),
    )


def _name(given: Mapping[str, Any], key: str, names: Iterable[str]) -> str:
    value = given.get(key, EVERY)
    allowed = [EVERY, *names]
    if not isinstance(value, str) or value not in allowed:
        raise FaultError(f"{key}: there is no {key} {show(value)} here{did_you_mean(str(value), allowed)}")
    return value


def _number(given: Mapping[str, Any], parameter: Parameter) -> float:
    value = given.get(parameter.name, parameter.default)
    if not _is_number(value):
        raise FaultError(f"{parameter.name}: {show(value)} is not a number")
    if parameter.is_whole and value != int(value):
        raise FaultError(f"{parameter.name}: {show(value)} is not a whole number")
    if not parameter.least <= value <= parameter.most:
        raise FaultError(
            f"{parameter.name}: {value:g} is out of range; allowed: {parameter.least:g} to {parameter.most:g}"
        )
    return int(value) if value == int(value) else float(value)


def _end(given: Mapping[str, Any], now: float) -> float | None:
    until, for_s = given.get("until"), given.get("for_s")
    if until is not None and for_s is not None:
        raise FaultError("until: stands beside for_s; give one of them")
    if for_s is not None:
        if not _is_number(for_s) or not 0 < for_s <= LONGEST_S:
            raise FaultError(f"for_s: {show(for_s)} is not a number of seconds from more than 0 to {LONGEST_S:g}")
        return now + float(for_s)
    if until is None:
        return None
    if not _is_number(until) or not now < until <= now + LONGEST_S:
        raise FaultError(f"until: {show(until)} is no moment to come (seconds since 1970, within {LONGEST_S:g} s)")
    return float(until)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)

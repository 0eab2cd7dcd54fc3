"""One measurement of every origin, for commands that want to know now (`check --probe`, `explain --probe`).

The same connections and limits as at the edge, in one run: what this reports is what the
edge would see from here.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from math import inf
from pathlib import Path
from typing import NamedTuple

from origin_router.edge.prober import Prober, Report
from origin_router.edge.resolver import Address, Lookup, Resolver, system_lookup
from origin_router.edge.trust import create_context
from origin_router.edge.wakefulness import Clocks, Wakefulness
from origin_router.routing.config import RouterConfig
from origin_router.routing.model import OriginRef, Outcome

SPARE_S = 1.0
"""Time beyond the configured limits in which every probe has ended by its own limit."""


class ProbeReport(NamedTuple):
    """How one origin answered. Times in milliseconds, None for phases that were not reached."""

    pool: str
    origin: str
    outcome: Outcome
    detail: str
    status: int | None
    dns_ms: float | None
    connect_ms: float | None
    tls_ms: float | None
    response_ms: float | None


def probe_once(
    config: RouterConfig,
    *,
    resolve: Callable[[str, int], list[tuple[str, int]]] | None = None,
    ca_file: Path | None = None,
) -> list[ProbeReport]:
    """Probe all origins at once and return a report per origin, in the configuration's order.

    `resolve` answers (host, port) with (address, port) pairs in place of the system's resolver,
    an empty list meaning that the system is to be asked; `ca_file` replaces the system's authorities.
    """
    prober = Prober(
        config,
        Wakefulness(Clocks(time.monotonic(), time.time())),
        time.monotonic,
        resolver=Resolver(_lookup(resolve)),
        tls_context=lambda: create_context(str(ca_file) if ca_file else None),
    )
    found: dict[OriginRef, ProbeReport] = {}

    def collect(reports: list[Report]) -> bool:
        found.update({report.ref: _report(report) for report in reports})
        return False

    refs = [ref for lane_refs in prober.refs() for ref in lane_refs]
    limit_ms = max(2 * pool.probe.connect_timeout_ms + pool.probe.response_timeout_ms for pool in config.pools.values())
    try:
        prober.launch(refs, budget_s=inf)
        prober.run(time.monotonic() + limit_ms / 1000 + SPARE_S, collect)
    finally:
        prober.close()
    return [found[OriginRef(name, origin.id)] for name, pool in config.pools.items() for origin in pool.origins]


def _lookup(resolve: Callable[[str, int], list[tuple[str, int]]] | None) -> Lookup:
    if resolve is None:
        return system_lookup

    def lookup(host: str, port: int) -> list[Address]:
        addresses: list[Address] = [
            (socket.AF_INET6 if ":" in address else socket.AF_INET, address, to) for address, to in resolve(host, port)
        ]
        return addresses or system_lookup(host, port)

    return lookup


def _report(report: Report) -> ProbeReport:
    exchange = report.exchange
    times = [exchange.dns_s, exchange.connect_s, exchange.tls_s, exchange.response_s]
    dns_ms, connect_ms, tls_ms, response_ms = (None if each is None else round(each * 1000, 2) for each in times)
    return ProbeReport(
        *report.ref, exchange.outcome, exchange.detail, exchange.status, dns_ms, connect_ms, tls_ms, response_ms
    )

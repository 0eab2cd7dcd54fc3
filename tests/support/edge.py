"""What tests of the edge need: small configurations, names that lead to loopback, provers driven to an end."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from origin_router.edge.environment import read_clocks
from origin_router.edge.exchange import Exchange
from origin_router.edge.prober import Prober, Report
from origin_router.edge.resolver import Address, Resolver
from origin_router.edge.wakefulness import Wakefulness
from origin_router.routing.config import JournalConfig, OriginConfig, PoolConfig, ProbeConfig, RouterConfig, RuleConfig
from origin_router.routing.model import OriginRef

LIMIT_S = 5.0
"""Longest that a test drives a prober: beyond it something hangs."""


def probe(**fields: Any) -> ProbeConfig:
    """Probes with limits short enough for a test and long enough for a busy machine."""
    return ProbeConfig(**({"connect_timeout_ms": 1000, "response_timeout_ms": 1000} | fields))


def origin(name: str, **fields: Any) -> OriginConfig:
    """An origin whose host is its name under `.test`."""
    return OriginConfig(**({"id": name, "host": f"{name}.test"} | fields))


def pool(*origins: OriginConfig, **fields: Any) -> PoolConfig:
    """A pool that probes as `probe` says."""
    given: dict[str, Any] = {"origins": origins, "probe": probe()}
    return PoolConfig(**(given | fields))


def config(
    *origins: OriginConfig, rules: Iterable[RuleConfig] = (), others: dict[str, PoolConfig] | None = None, **fields: Any
) -> RouterConfig:
    """A configuration with the pool `web`, and others if given; without the periodic summary."""
    pools = {"web": pool(*origins, **fields)} | (others or {})
    return RouterConfig(name="shop", pool="web", pools=pools, rules=tuple(rules), journal=JournalConfig(summary_s=0))


def ref(name: str, pool_name: str = "web") -> OriginRef:
    """The reference of an origin."""
    return OriginRef(pool_name, name)


class Names:
    """Name resolution by table. A name may hang until `release`, fail, or have several addresses."""

    def __init__(self, **ports: int) -> None:
        """Names (under `.test`) and the ports of 127.0.0.1 that they lead to."""
        self._addresses: dict[str, list[Address]] = {}
        self._hanging: set[str] = set()
        self._released = threading.Event()
        self.asked: list[str] = []
        for name, port in ports.items():
            self.set(name, ("127.0.0.1", port))

    def set(self, name: str, *addresses: tuple[str, int]) -> None:
        """Let a name lead to (address, port) pairs."""
        self._addresses[f"{name}.test"] = [(socket.AF_INET, address, port) for address, port in addresses]

    def hang(self, name: str) -> None:
        """Let look-ups of a name hang."""
        self._hanging.add(f"{name}.test")

    def release(self) -> None:
        """Let what hangs go on."""
        self._hanging.clear()
        self._released.set()

    def lookup(self, host: str, port: int) -> list[Address]:
        """What `Resolver` calls."""
        self.asked.append(host)
        if host in self._hanging:
            self._released.wait(30)
        if host not in self._addresses:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return self._addresses[host]


@contextmanager
def probing(
    router_config: RouterConfig,
    names: Names,
    tls_context: Callable[[], ssl.SSLContext] = ssl.create_default_context,
    *,
    awake: Wakefulness | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Prober]:
    """A prober on real sockets, closed at the end."""
    prober = Prober(
        router_config,
        awake or Wakefulness(read_clocks()),
        clock,
        resolver=Resolver(names.lookup),
        tls_context=tls_context,
    )
    try:
        yield prober
    finally:
        names.release()
        prober.close()


def everything(prober: Prober) -> list[OriginRef]:
    """All origins of a prober."""
    return [each for refs in prober.refs() for each in refs]


def ask(
    prober: Prober, refs: Iterable[OriginRef] | None = None, *, clock: Callable[[], float] = time.monotonic
) -> dict[OriginRef, Exchange]:
    """Probe origins (default: all), awake, and return how each probe ended. `clock` is the prober's."""
    ended: dict[OriginRef, Exchange] = {}

    def collect(reports: list[Report]) -> bool:
        ended.update(reports)
        return False

    prober.launch(everything(prober) if refs is None else refs, budget_s=LIMIT_S)
    prober.run(clock() + LIMIT_S, collect)
    return ended


def step_until(prober: Prober, is_done: Callable[[list[Report]], bool]) -> list[Report]:
    """Step as a busy environment does until something holds, perhaps of what was reported; return all reports."""
    reports: list[Report] = []
    deadline_at = time.monotonic() + LIMIT_S
    while not is_done(reports):
        assert time.monotonic() < deadline_at, "it never came to pass"
        reports += prober.step()
        time.sleep(0.002)
    return reports

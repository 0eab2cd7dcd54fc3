"""Addresses of origins are remembered for a while, and not without end."""

from __future__ import annotations

from collections import Counter

import pytest

from origin_router.emulator import resolver
from origin_router.emulator.resolver import MAX_KNOWN, Resolver


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each name was asked of DNS, which knows every name."""
    counts: Counter[str] = Counter()

    async def ask(host: str) -> list[str]:
        counts[host] += 1
        return ["192.0.2.1"]

    monkeypatch.setattr(resolver, "_ask_system", ask)
    return counts


async def test_names_that_a_function_makes_up_do_not_fill_the_memory(asked: Counter[str]) -> None:
    """What was asked longest ago makes room, and is asked again; what is younger is remembered."""
    names = Resolver({})
    hosts = [f"{number}.example.com" for number in range(MAX_KNOWN + 1)]
    for host in [*hosts, hosts[-1], hosts[1], hosts[0]]:
        await names.resolve(host, 443)

    assert asked[hosts[-1]] == asked[hosts[1]] == 1
    assert asked[hosts[0]] == 2

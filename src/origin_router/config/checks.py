"""What must hold beyond types: every value on its own, and the values against each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from origin_router.config import values, values_aws
from origin_router.config.check_pools import check_pool
from origin_router.config.check_rules import check_rules
from origin_router.config.check_tables import check_control, check_feedback, check_journal
from origin_router.config.node import Node
from origin_router.config.problems import Finding, did_you_mean, show


def check(root: Node) -> Iterator[Finding]:
    """Yield every mistake of the document that is not one of types."""
    yield from root.child("name").check(values.name_problem)
    yield from _check_pools(root.child("pools"))
    yield from _check_pool_references(root)
    yield from check_rules(root.child("rules"))
    yield from check_feedback(root.child("feedback"))
    yield from check_control(root.child("control"))
    yield from check_journal(root.child("journal"))
    yield from _check_dev(root)


def _check_pools(pools: Node) -> Iterator[Finding]:
    if pools.value == {}:
        yield Finding(pools.location, "there is no pool; write [pools.web] and its origins")
    for name, pool in pools.entries():
        problem = values.name_problem(name)
        if problem:
            yield Finding(pool.location, f"the name of the pool {problem}")
        yield from check_pool(pool)


def _check_pool_references(root: Node) -> Iterator[Finding]:
    names = [name for name, _ in root.child("pools").entries()]
    next_pools = {name: pool.child("fallback_pool") for name, pool in root.child("pools").entries()}
    asked = [root.child("pool"), *(rule.child("pool") for rule in root.child("rules").items())]
    followed = [node for node in next_pools.values() if node.read(str)]
    for node in (*asked, *followed):
        value = node.read(str)
        if value is not None and names and value not in names:
            yield Finding(node.location, f"there is no pool {show(value)}{did_you_mean(value, names)}")
    yield from _check_cycles(next_pools)
    used = {node.read(str) for node in asked}
    if not used <= set(names):
        return  # a misspelt reference may be the very one that leads to the pool
    reached = {name for start in used for name in _chain(start or "", next_pools)}
    for name, pool in root.child("pools").entries():
        if name not in reached:
            yield Finding(pool.location, "no rule leads to this pool and it is not the default pool", is_warning=True)


def _chain(start: str, next_pools: Mapping[str, Node]) -> list[str]:
    """Return the pools that take over one from another, up to the end or the first that comes again."""
    chain: list[str] = []
    while start in next_pools and start not in chain:
        chain.append(start)
        start = next_pools[start].read(str, "")
    return chain


def _check_cycles(next_pools: Mapping[str, Node]) -> Iterator[Finding]:
    """Report each circle once, at its first pool."""
    reported: set[str] = set()
    for name, node in next_pools.items():
        chain = _chain(name, next_pools)
        closes = bool(chain) and next_pools[chain[-1]].value == name
        if closes and not reported & set(chain):
            reported |= set(chain)
            circle = " -> ".join([*chain, name])
            yield Finding(node.location, f"pools take over from each other in a circle: {circle}")


def _check_dev(root: Node) -> Iterator[Finding]:
    hosts = {
        host
        for _, pool in root.child("pools").entries()
        for origin in pool.child("origins").items()
        if (host := origin.child("host").read(str)) is not None
    }
    for table, check in (("resolve", values.target_problem), ("regions", values_aws.place_problem)):
        for host, value in root.child("dev").child(table).entries():
            problem = values.host_problem(host)
            if problem:
                yield Finding(value.location, f"the host {problem}")
            elif hosts and host not in hosts:
                meant = did_you_mean(host, sorted(hosts))
                yield Finding(value.location, f"no origin has this host{meant}", is_warning=True)
            yield from value.check(check)

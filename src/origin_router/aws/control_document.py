"""The operator's orders as a document: what a command changes in it. Pure.

`routing.control_document` says what the document means; the edge reads it with that very module.
What is written here always names the pool, so that an order can be taken back for one of
them; what others wrote without is understood.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from origin_router.routing.config import RouterConfig
from origin_router.routing.control import Control
from origin_router.routing.control_document import MAX_WEIGHT, ControlError, parse_control
from origin_router.routing.model import OriginRef

ORDERS = ("drain", "pin", "weights")


class OrderError(ValueError):
    """What was asked for cannot be ordered; the message says why and what to do."""


class ReadDocument(NamedTuple):
    """A document that was read, and what in it is no longer of use."""

    control: Control
    dropped: tuple[str, ...] = ()


def read_document(data: bytes, config: RouterConfig) -> ReadDocument:
    """Read a document, leaving out orders that do not fit the configuration (an origin that is no more).

    Raises ControlError where it is not a control document at all.
    """
    try:
        document = json.loads(data)
    except ValueError as error:
        raise ControlError(f"it is not JSON ({error})") from None
    try:
        control = parse_control(document, config)
    except ControlError:
        return _read_piecemeal(document, config)
    return _read_piecemeal(document, config) if control.unknown else ReadDocument(control)


def _read_piecemeal(document: Any, config: RouterConfig) -> ReadDocument:
    if not isinstance(document, dict):
        raise ControlError("it is not a JSON object")
    version = document.get("version")
    control = parse_control({"version": version}, config)  # without a version it is none of ours
    dropped = [f"unknown key {key}" for key in document if key not in ("version", *ORDERS)]
    for key in ORDERS:
        orders = document.get(key, [])
        for order in orders if isinstance(orders, list) else [orders]:
            try:
                read = parse_control({"version": version, key: [order]}, config)
                if read.unknown:
                    raise ControlError(f"no origin {order.get('origin')!r}")
                control = _joined(control, read)
            except ControlError as error:
                dropped.append(f"{key} {json.dumps(order)} ({error})")
    return ReadDocument(control, tuple(dropped))


def _joined(one: Control, other: Control) -> Control:
    return one._replace(
        drained=one.drained | other.drained, pinned=one.pinned | other.pinned, weights=one.weights | other.weights
    )


def write_document(control: Control) -> bytes:
    """Write a document."""
    return (json.dumps(as_dict(control), indent=1) + "\n").encode()


def as_dict(control: Control) -> dict[str, Any]:
    """Return the document as the edge will read it."""
    document: dict[str, Any] = {"version": control.version}
    for key, ends in (("drain", control.drained), ("pin", control.pinned)):
        if ends:
            document[key] = [_order(ref, until=round(until_at)) for ref, until_at in sorted(ends.items())]
    if control.weights:
        document["weights"] = [
            _order(ref, weight=int(weight) if weight == int(weight) else weight, until=round(until_at))
            for ref, (weight, until_at) in sorted(control.weights.items())
        ]
    return document


def _order(ref: OriginRef, **fields: float) -> dict[str, Any]:
    return {"pool": ref.pool, "origin": ref.origin, **fields}


def without_expired(control: Control, now: float) -> Control:
    """Drop the orders whose end has come."""
    return control._replace(
        drained={ref: until_at for ref, until_at in control.drained.items() if now < until_at},
        pinned={ref: until_at for ref, until_at in control.pinned.items() if now < until_at},
        weights={ref: each for ref, each in control.weights.items() if now < each[1]},
    )


def origins_called(config: RouterConfig, origin: str, pool: str | None) -> list[OriginRef]:
    """Return the origins that a command means. Raises OrderError with the names there are."""
    _check_pool(config, pool)
    refs = [
        OriginRef(name, each.id)
        for name, each_pool in config.pools.items()
        for each in each_pool.origins
        if pool in (None, name) and each.id == origin
    ]
    if not refs:
        known = sorted({each.id for name, p in config.pools.items() if pool in (None, name) for each in p.origins})
        where = f"pool {pool}" if pool else "any pool"
        raise OrderError(f"no origin {origin!r} in {where}; there are: {', '.join(known)}")
    return refs


def pools_called(config: RouterConfig, pool: str | None) -> list[str]:
    """Return the pools that a command means; all of them where it names none."""
    _check_pool(config, pool)
    return [name for name in config.pools if pool in (None, name)]


def _check_pool(config: RouterConfig, pool: str | None) -> None:
    if pool is not None and pool not in config.pools:
        raise OrderError(f"no pool {pool!r}; there are: {', '.join(config.pools)}")


def drain(control: Control, config: RouterConfig, refs: Iterable[OriginRef], until_at: float, now: float) -> Control:
    """Order that origins get no requests. Raises OrderError where a pool would have none left."""
    ordered = dict.fromkeys(refs, until_at)
    drained = control.drained | ordered
    for name in {ref.pool for ref in ordered}:
        refs_of_pool = (OriginRef(name, each.id) for each in config.pools[name].origins)
        if all(now < drained.get(ref, 0.0) for ref in refs_of_pool):
            raise OrderError(f"that would drain every origin of pool {name}; undrain another one first")
    return control._replace(drained=drained)


def undrain(control: Control, refs: Iterable[OriginRef]) -> Control:
    """Take back what `drain` ordered."""
    gone = set(refs)
    return control._replace(drained={ref: at for ref, at in control.drained.items() if ref not in gone})


def pin(control: Control, refs: Iterable[OriginRef], until_at: float) -> Control:
    """Order that an origin gets all requests of its pool; one per pool."""
    pinned = dict.fromkeys(refs, until_at)
    pools = {ref.pool for ref in pinned}
    kept = {ref: at for ref, at in control.pinned.items() if ref.pool not in pools}
    return control._replace(pinned=kept | pinned)


def unpin(control: Control, pools: Iterable[str]) -> Control:
    """Take back what `pin` ordered."""
    gone = set(pools)
    return control._replace(pinned={ref: at for ref, at in control.pinned.items() if ref.pool not in gone})


def weigh(control: Control, weights: Mapping[OriginRef, float], until_at: float) -> Control:
    """Order weights in place of the configured ones. Raises OrderError for one out of range."""
    for ref, weight in weights.items():
        if not 0 <= weight <= MAX_WEIGHT:
            raise OrderError(f"the weight of {ref.origin} is {weight:g}; allowed are 0 to {MAX_WEIGHT}")
    return control._replace(weights=control.weights | {ref: (weight, until_at) for ref, weight in weights.items()})


def unweigh(control: Control, pools: Iterable[str]) -> Control:
    """Give the configured weights back."""
    gone = set(pools)
    return control._replace(weights={ref: each for ref, each in control.weights.items() if ref.pool not in gone})


class OrderLine(NamedTuple):
    """One order, for people."""

    order: str
    pool: str
    origin: str
    weight: float | None
    until_at: float


def order_lines(control: Control) -> list[OrderLine]:
    """List the orders of a document."""
    lines = [OrderLine("drain", *ref, None, until_at) for ref, until_at in sorted(control.drained.items())]
    lines += [OrderLine("pin", *ref, None, until_at) for ref, until_at in sorted(control.pinned.items())]
    return lines + [OrderLine("weight", *ref, each[0], each[1]) for ref, each in sorted(control.weights.items())]


def changes(before: Control, after: Control) -> list[tuple[str, OrderLine]]:
    """Return what was added (`+`) and what was taken away (`-`), in the order of a document."""
    old, new = order_lines(before), order_lines(after)
    return [("-", each) for each in old if each not in new] + [("+", each) for each in new if each not in old]

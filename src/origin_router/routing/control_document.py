"""Reads and checks the control document.

    {"version": 7,
     "drain":   [{"origin": "eu", "until": 1780000000}],
     "pin":     [{"pool": "web", "origin": "us", "until": 1780000000}],
     "weights": [{"pool": "web", "origin": "eu", "weight": 5, "until": 1780000000}]}

`until` is in seconds since 1970 and must be there: an order that nobody remembers ends by
itself. Without `pool` an order holds in every pool that has the origin. An order about an
origin that this configuration does not have is passed over, so that it cannot keep the
others from being obeyed while a new configuration is on its way to the edges.
"""

from __future__ import annotations

from typing import Any

from origin_router.routing.config import RouterConfig
from origin_router.routing.control import Control
from origin_router.routing.model import OriginRef

MAX_WEIGHT = 1_000
"""As for `weight` in the configuration."""

LATEST_UNTIL_S = 1e11
"""The year 5138. In milliseconds, as some languages tell the time, it is 1973: what is later was meant so."""

_ORDER_KEYS = {
    "drain": {"origin", "pool", "until"},
    "pin": {"origin", "pool", "until"},
    "weights": {"origin", "pool", "weight", "until"},
}
"""What an order may say. A misspelt `pool` would make it hold in every pool."""


class ControlError(ValueError):
    """The document is not one; the message says where and why."""


def parse_control(document: Any, config: RouterConfig) -> Control:
    """Check a document against the configuration. Raises ControlError."""
    if not isinstance(document, dict):
        raise ControlError("the document must be a JSON object")
    strange = sorted(set(document) - {"version", "drain", "pin", "weights"})
    if strange:
        raise ControlError(f"unknown key {strange[0]!r}; allowed are version, drain, pin and weights")
    version = document.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 0:
        raise ControlError("version must be a whole number, 0 or more")
    weights: dict[OriginRef, tuple[float, float]] = {}
    for where, order in _orders(document, "weights"):
        weight = _number(order, "weight", where)
        if not 0 <= weight <= MAX_WEIGHT:
            raise ControlError(f"{where}.weight must be between 0 and {MAX_WEIGHT}")
        weights.update({ref: (weight, _until(order, where)) for ref in _refs(order, where, config)})
    passed_over = tuple(
        where
        for key in ("drain", "pin", "weights")
        for where, order in _orders(document, key)
        if not _refs(order, where, config)
    )
    return Control(version, _ends(document, "drain", config), _ends(document, "pin", config), weights, passed_over)


def _ends(document: dict[str, Any], key: str, config: RouterConfig) -> dict[OriginRef, float]:
    return {ref: _until(order, where) for where, order in _orders(document, key) for ref in _refs(order, where, config)}


def _orders(document: dict[str, Any], key: str) -> list[tuple[str, dict[str, Any]]]:
    orders = document.get(key, [])
    if not isinstance(orders, list):
        raise ControlError(f"{key} must be a list")
    for index, order in enumerate(orders):
        if not isinstance(order, dict):
            raise ControlError(f"{key}[{index}] must be an object")
        strange = sorted(set(order) - _ORDER_KEYS[key])
        if strange:
            allowed = ", ".join(sorted(_ORDER_KEYS[key]))
            raise ControlError(f"{key}[{index}]: unknown key {strange[0]!r}; allowed are {allowed}")
    return [(f"{key}[{index}]", order) for index, order in enumerate(orders)]


def _number(order: dict[str, Any], key: str, where: str) -> float:
    value = order.get(key)
    if not isinstance(value, int | float) or isinstance(value, bool) or value != value or abs(value) > 1e15:
        raise ControlError(f"{where}.{key} must be a number")
    return float(value)


def _until(order: dict[str, Any], where: str) -> float:
    until_at = _number(order, "until", where)
    if until_at > LATEST_UNTIL_S:
        raise ControlError(f"{where}.until must be in seconds since 1970; {until_at:.0f} looks like milliseconds")
    return until_at


def _refs(order: dict[str, Any], where: str, config: RouterConfig) -> list[OriginRef]:
    origin, pool = order.get("origin"), order.get("pool")
    if not isinstance(origin, str) or not (pool is None or isinstance(pool, str)):
        raise ControlError(f"{where}.origin must be an origin's id, and pool a pool's name if it is there")
    return [
        OriginRef(name, each.id)
        for name, each_pool in config.pools.items()
        if pool is None or pool == name
        for each in each_pool.origins
        if each.id == origin
    ]

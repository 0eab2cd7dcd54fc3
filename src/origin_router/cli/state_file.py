"""What was believed of the origins at some time, written down as a small JSON document. Pure.

    {"pools": {"web": {"origins": {"eu": {"estimate_ms": 12, "state": "serving", "age_s": 3}},
                       "current": "eu"}}}

All of it may be left out; `outcome` may say how the last probe of an origin ended.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from origin_router.cli.journal_file import milliseconds_of
from origin_router.config.node import Node
from origin_router.config.problems import did_you_mean, format_path, show
from origin_router.routing.config import RouterConfig
from origin_router.routing.model import Outcome, State

E = TypeVar("E", bound=StrEnum)


class StateError(Exception):
    """There is no state of this configuration in the file; the message says where and why."""


@dataclass(slots=True)
class OriginState:
    """What is believed of one origin."""

    state: State = State.UNKNOWN
    estimate_ms: float | None = None
    age_s: float | None = None
    """Age of the estimate, None if not known."""
    outcome: Outcome | None = None
    """How its last probe ended, None if not known."""


@dataclass(slots=True)
class PoolState:
    """What is believed of a pool's origins, and which one is its present choice."""

    origins: dict[str, OriginState] = field(default_factory=dict)
    current: str | None = None


States = dict[str, PoolState]
"""By pool."""


def is_state(text: str) -> bool:
    """Whether a text is a state document rather than a journal."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return not (isinstance(document, dict) and "event" in document)


def read_state(text: str, config: RouterConfig) -> States:
    """Read a state document. Raises StateError with its first mistake."""
    root = Node(json.loads(text))
    _check_keys(root, ("pools",))
    pools = root.child("pools")
    _check_keys(pools, config.pools)
    return {name: _pool(node, [each.id for each in config.pools[name].origins]) for name, node in pools.entries()}


def _pool(node: Node, ids: Sequence[str]) -> PoolState:
    _check_keys(node, ("origins", "current"))
    _check_keys(node.child("origins"), ids)
    current = node.child("current")
    if current.value is not None and current.value not in ids:
        raise _wrong(current, f"{show(current.value)} is no origin of this pool{did_you_mean(str(current.value), ids)}")
    return PoolState({name: _origin(origin) for name, origin in node.child("origins").entries()}, current.value)


def _origin(node: Node) -> OriginState:
    _check_keys(node, ("state", "estimate_ms", "age_s", "outcome"))
    return OriginState(
        state=_word(node.child("state"), State) or State.UNKNOWN,
        estimate_ms=_number(node.child("estimate_ms")),
        age_s=_number(node.child("age_s")),
        outcome=_word(node.child("outcome"), Outcome),
    )


def _check_keys(node: Node, allowed: Sequence[str] | Mapping[str, Any]) -> None:
    if node.value is None and node.location:
        return
    if not isinstance(node.value, dict):
        raise _wrong(node, f"{show(node.value)} is not an object")
    for key, child in node.entries():
        if key not in allowed:
            raise _wrong(child, f"is not known here{did_you_mean(key, allowed)}")


def _word(node: Node, kind: type[E]) -> E | None:
    if node.value is None:
        return None
    words = [each.value for each in kind]
    if node.value not in words:
        raise _wrong(node, f"{show(node.value)} is not allowed{did_you_mean(str(node.value), words)}")
    return kind(node.value)


def _number(node: Node) -> float | None:
    value = milliseconds_of(node.value)
    if value is None and node.value is not None:
        raise _wrong(node, f"{show(node.value)} is not a number from 0 on")
    return value


def _wrong(node: Node, message: str) -> StateError:
    return StateError(f"{format_path(node.location)}: {message}" if node.location else message)

"""The configuration as the edge reads it back from the JSON that the build compiled.

The build writes every key of every table, so what comes back needs no defaults, no checks and
none of what makes `config`'s types useful elsewhere: it has their attributes, and that is
all. (Making those types, and importing `dataclasses`, was a fifth of a cold start's imports.)
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from origin_router.routing.config import RouterConfig
from origin_router.routing.renewal import longest_refresh_s

_TABLES = frozenset({"probe", "health", "adaptive_timeout", "response", "feedback", "control", "journal"})
"""Keys of tables that have a type of their own; other tables are dictionaries."""

_LISTS_OF_TABLES = frozenset({"origins", "rules"})


def decode(document: dict[str, Any]) -> RouterConfig:
    """Return what has the attributes of the configuration that was compiled (see `dataclasses.asdict`).

    The document was validated when it was built: one without its main parts raises KeyError
    here, and the edge then leaves every request unchanged.
    """
    parts = {name: document[name] for name in ("name", "pool", "rules")}
    pools = {name: _pool(pool) for name, pool in document["pools"].items()}
    config: RouterConfig = _table(document | parts | {"pools": pools})
    return config


def _pool(document: dict[str, Any]) -> Any:
    pool = _table(document)
    pool.fallback_id = pool.fallback or pool.origins[0].id
    pool.longest_refresh_s = longest_refresh_s(pool.refresh_s, pool.refresh_max_s)
    return pool


def _table(document: dict[str, Any]) -> Any:
    return SimpleNamespace(**{name: _value(name, value) for name, value in document.items()})


def _value(name: str, value: Any) -> Any:
    if name in _TABLES:
        return _table(value)
    if name in _LISTS_OF_TABLES:
        return tuple(_table(each) for each in value)
    return tuple(value) if isinstance(value, list) else value

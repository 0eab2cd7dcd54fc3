"""Configurations for tests: TOML put together from parts, and typed ones written as TOML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from origin_router.config import ConfigError, LoadedConfig, parse
from origin_router.config.template import toml
from origin_router.routing.config import PoolConfig, RouterConfig

PATH = Path("/nowhere/origin-router.toml")
"""Where the tests' configurations claim to lie; nothing is read from there."""


def document(
    *,
    top: str = "",
    pool: str = "",
    probe: str = "",
    health: str = "",
    origin: str = "",
    second: str = "",
    end: str = "",
) -> str:
    """Return a valid file of one pool and two origins, with lines added to its tables; a given key replaces ours."""
    return "\n".join(
        [
            _lines('name = "shop"\npool = "web"', top),
            "[pools.web]",
            pool,
            "[pools.web.probe]",
            probe,
            "[pools.web.health]",
            health,
            "[[pools.web.origins]]",
            _lines('id = "eu"\nhost = "eu.example.com"', origin),
            "[[pools.web.origins]]",
            _lines('id = "us"\nhost = "us.example.com"', second),
            end,
        ]
    )


def on_loopback(ports: Mapping[str, int], *, pool: str = "", origin: str = "", end: str = "", dev: str = "") -> str:
    """Return a valid file of one pool whose origins, NAME.test, are plain HTTP servers at these ports of this machine.

    Lines may be added to the pool, to every origin, after them, and to what the local edge reads.
    """
    tables = [
        f'[[pools.web.origins]]\nid = "{name}"\nhost = "{name}.test"\nport = {port}\nprotocol = "http"\n{origin}'
        for name, port in ports.items()
    ]
    resolve = ", ".join(f'"{name}.test" = "127.0.0.1"' for name in ports)
    head = f'name = "shop"\npool = "web"\n[pools.web]\n{pool}'
    return "\n".join([head, *tables, end, f"[dev]\nresolve = {{ {resolve} }}\n{dev}\n"])


def _lines(ours: str, given: str) -> str:
    keys = {line.partition("=")[0].strip() for line in given.splitlines()}
    kept = [line for line in ours.splitlines() if line.partition("=")[0].strip() not in keys]
    return "\n".join([*kept, given])


def parsed(text: str) -> LoadedConfig:
    """Validate a text."""
    return parse(text.encode(), PATH)


def problems(text: str) -> list[tuple[str, str]]:
    """Return (path, message) of every mistake."""
    try:
        parsed(text)
    except ConfigError as error:
        return [(each.path, each.message) for each in error.problems]
    return []


def as_toml(config: RouterConfig) -> str:
    """Write a configuration as a file, every key of it."""
    return "\n".join(_table((), config)) + "\n"


def _table(place: tuple[str, ...], table: Any) -> list[str]:
    """Write a table with all that is in it: values first, as TOML wants it."""
    values = {each.name: getattr(table, each.name) for each in fields(table)}
    pairs = [f"{name} = {toml(_plain(value))}" for name, value in values.items() if not _holds_tables(name, value)]
    lines = [f"[{'.'.join(place)}]", *pairs] if place else pairs
    for name, value in values.items():
        if is_dataclass(value):
            lines += _table((*place, name), value)
        elif name == "pools":
            lines += [line for key, pool in value.items() for line in _table((*place, name, key), pool)]
        elif name in ("origins", "rules"):
            lines += [line for each in value for line in _element((*place, name), each)]
    return lines


def _element(place: tuple[str, ...], table: Any) -> list[str]:
    header, *pairs = _table(place, table)
    return [f"[{header}]", *pairs]


def _holds_tables(name: str, value: Any) -> bool:
    return is_dataclass(value) or name in ("pools", "origins", "rules")


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


DERIVED = {name for name, member in vars(PoolConfig).items() if isinstance(member, property)}
"""What no key says: properties of the types."""


def as_tables(read: Any) -> Any:
    """What the edge read back, as `dataclasses.asdict` says what was compiled."""
    match read:
        case SimpleNamespace() | dict():
            items = read if isinstance(read, dict) else vars(read)
            return {name: as_tables(value) for name, value in items.items() if name not in DERIVED}
        case tuple():
            return tuple(as_tables(each) for each in read)
    return read

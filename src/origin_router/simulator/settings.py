"""Single settings of a configuration, changed in a policy's name: `ours:refresh_s=30,health.fall=2`."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from difflib import get_close_matches
from typing import Any, Literal, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError

from origin_router.simulator.mistakes import plain


class SettingError(Exception):
    """A setting that there is not, or a value that it cannot have; the message says which."""


def with_setting(table: Any, key: str, value: str) -> Any:
    """Return a table of the configuration with one key changed, as it is written in the file: `health.fall`."""
    name, is_nested, rest = key.partition(".")
    if name not in {each.name for each in fields(table)}:
        raise SettingError(f"there is no key {key!r}{_suggestion(table, name)}")
    present, hint = getattr(table, name), _hint(table, name)
    if is_nested and is_dataclass(present):
        return replace(table, **{name: with_setting(present, rest, value)})
    if is_nested or not _is_single(hint):
        raise SettingError(f"{key} cannot be written as KEY=VALUE: put it into a file, for --config")
    try:
        return replace(table, **{name: TypeAdapter(hint).validate_strings(value)})
    except ValidationError as error:
        raise SettingError(f"{key} {plain(error.errors()[0])}, not {value!r}") from None


def _is_single(hint: Any) -> bool:
    """Whether it is a number, a word, or yes or no."""
    kind = getattr(hint, "__origin__", hint)
    return kind in (int, float, bool, str) or get_origin(hint) is Literal


def _suggestion(table: Any, name: str) -> str:
    hints = {each.name: _hint(table, each.name) for each in fields(table)}
    names = [each for each, hint in hints.items() if _is_single(hint) or is_dataclass(hint)]
    close = get_close_matches(name, names, 1)
    return f": did you mean {close[0]!r}?" if close else f"; there are {', '.join(names)}"


def _hint(table: Any, name: str) -> Any:
    return get_type_hints(type(table), include_extras=True)[name]

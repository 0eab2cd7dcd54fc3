"""JSON values as YAML that people like to read. Pure; it writes what templates need and no more."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*(?: [A-Za-z0-9_./-]+)*")
"""Texts that mean themselves in YAML whatever stands around them."""

_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})
"""Except these, which YAML takes for values."""


def as_yaml(value: Any) -> str:
    """Write a value."""
    return "\n".join(_lines(value)) + "\n"


def _lines(value: Any) -> Iterator[str]:
    if isinstance(value, dict) and value:
        for key, each in value.items():
            yield from _entry(f"{_scalar(key)}:", each, indent="  ")
    elif isinstance(value, list) and value:
        for each in value:
            yield from _item(each)
    else:
        yield _scalar(value)


def _entry(head: str, value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, dict | list) and value:
        yield head
        for line in _lines(value):
            yield indent + line
    else:
        yield f"{head} {_scalar(value)}"


def _item(value: Any) -> Iterator[str]:
    """The first line of an item stands beside its dash."""
    for number, line in enumerate(_lines(value)):
        yield ("  " if number else "- ") + line


def _scalar(value: Any) -> str:
    if not isinstance(value, str):
        return json.dumps(value)
    is_plain = _PLAIN.fullmatch(value) and value.lower() not in _WORDS
    return value if is_plain else f'"{"".join(map(_character, value))}"'


def _character(character: str) -> str:
    """Write a character between quotes. Unlike JSON, YAML does not take two halves for one character."""
    if character in '"\\':
        return "\\" + character
    return character if " " <= character <= "~" else f"\\U{ord(character):08x}"

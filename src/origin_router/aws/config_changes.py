"""What differs between two compiled configurations, in the words of the configuration file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

NOTHING = "(nothing)"

MAX_CHARS = 60
"""A body or a long list is named, not shown."""


def config_changes(before: bytes, after: bytes) -> Iterator[tuple[str, str, str]]:
    """Yield path, value before and value after of everything that differs."""
    old, new = _flat(json.loads(before)), _flat(json.loads(after))
    for path in sorted(old.keys() | new.keys()):
        if old.get(path) != new.get(path):
            yield path, _show(old, path), _show(new, path)


def _flat(value: Any, path: str = "") -> dict[str, Any]:
    """Origins go by their id: their place in the list means little."""
    found: dict[str, Any] = {}
    if isinstance(value, dict) and value:
        for name, each in value.items():
            found |= _flat(each, f"{path}.{name}" if path else name)
    elif isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
        for index, each in enumerate(value):
            found |= _flat(each, f"{path}[{each.get('id', index)}]")
    else:
        found[path] = value
    return found


def _show(values: dict[str, Any], path: str) -> str:
    if path not in values:
        return NOTHING
    value = values[path]
    whole = isinstance(value, float) and value.is_integer()  # 10 in the file is 10.0 once validated, or not
    text = json.dumps(int(value) if whole else value, ensure_ascii=False)
    return text if len(text) <= MAX_CHARS else f"{text[:MAX_CHARS]}..."

"""One object of AWS's JSON, read field by field: what is wrong is noted with its path, and reading goes on.

A field that is wrong reads as its default, so that one run finds every mistake.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from origin_router.config import ConfigProblem

NO_CHOICE: Collection[str] = ()


class Notes:
    """What was found so far."""

    def __init__(self) -> None:
        self.mistakes: list[ConfigProblem] = []
        self.warnings: list[ConfigProblem] = []

    def mistake(self, path: str, message: str) -> None:
        """The distribution cannot be used like this."""
        self.mistakes.append(ConfigProblem(path, message))

    def warning(self, path: str, message: str) -> None:
        """The local edge does something else than CloudFront would."""
        self.warnings.append(ConfigProblem(path, message))


class Node:
    """An object with its path."""

    def __init__(self, value: Any, path: str, notes: Notes) -> None:
        self.path = path
        self.notes = notes
        if value is not None and not isinstance(value, Mapping):
            notes.mistake(path, f"must be an object, not {_kind(value)}")
        self.value: Mapping[str, Any] = value if isinstance(value, Mapping) else {}

    def __contains__(self, key: str) -> bool:
        return self.value.get(key) is not None

    def at(self, key: str) -> str:
        """The path of a field; of the object itself if none is named."""
        return ".".join(part for part in (self.path, key) if part)

    def mistake(self, key: str, message: str) -> None:
        """Something is wrong with a field."""
        self.notes.mistake(self.at(key), message)

    def warning(self, key: str, message: str) -> None:
        """Something about a field is not emulated."""
        self.notes.warning(self.at(key), message)

    def text(self, key: str, default: str | None = None, *, choices: Collection[str] = NO_CHOICE) -> str:
        """A text; without default it must be there."""
        value = self._value(key, default)
        if value is None:
            return ""
        if not isinstance(value, str):
            self.mistake(key, f"must be a text, not {_kind(value)}")
        elif choices and value not in choices:
            self.mistake(key, f"is {value!r}; allowed: {', '.join(choices)}")
        else:
            return value
        return default or ""

    def number(self, key: str, default: int | None, low: int, high: int) -> int:
        """A whole number within bounds; without default it must be there."""
        value = self._value(key, default)
        if value is None:
            return low
        if not isinstance(value, int) or isinstance(value, bool):
            self.mistake(key, f"must be a whole number, not {_kind(value)}")
        elif not low <= value <= high:
            self.mistake(key, f"is {value}; allowed: {low} to {high}")
        else:
            return value
        return low if default is None else default

    def flag(self, key: str) -> bool:
        """True or false; absent means false."""
        value = self.value.get(key, False)
        if not isinstance(value, bool):
            self.mistake(key, f"must be true or false, not {_kind(value)}")
        return value is True

    def node(self, key: str) -> Node:
        """An object; absent means empty."""
        return Node(self.value.get(key), self.at(key), self.notes)

    def nodes(self, key: str) -> list[Node]:
        """The objects of a collection, `{"Quantity": 2, "Items": [{...}, {...}]}`."""
        return [Node(value, path, self.notes) for path, value in self._items(key)]

    def texts(self, key: str) -> list[str]:
        """The texts of a collection."""
        found = list(self._items(key))
        for path, value in found:
            if not isinstance(value, str):
                self.notes.mistake(path, f"must be a text, not {_kind(value)}")
        return [value for _, value in found if isinstance(value, str)]

    def numbers(self, key: str) -> list[int]:
        """The whole numbers of a collection."""
        found = list(self._items(key))
        for path, value in found:
            if not isinstance(value, int):
                self.notes.mistake(path, f"must be a whole number, not {_kind(value)}")
        return [value for _, value in found if isinstance(value, int)]

    def _items(self, key: str) -> Iterator[tuple[str, Any]]:
        collection = self.node(key)
        items = collection.value.get("Items") or []
        if not isinstance(items, list):
            collection.mistake("Items", f"must be an array, not {_kind(items)}")
            return
        quantity = collection.value.get("Quantity", len(items))
        if quantity != len(items):
            collection.mistake("Quantity", f"is {quantity}, but there are {len(items)} items")
        for number, value in enumerate(items):
            yield f"{collection.at('Items')}[{number}]", value

    def _value(self, key: str, default: Any) -> Any:
        value = self.value.get(key)
        if value is None:
            if default is None:
                self.mistake(key, "is missing")
            return default
        return value


def _kind(value: Any) -> str:
    kinds = {bool: "true or false", str: "a text", int: "a number", float: "a number", list: "an array"}
    return kinds.get(type(value), "null" if value is None else "an object")

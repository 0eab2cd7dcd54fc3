"""A forgiving view of the document: what has the wrong type reads as absent.

The checks beyond types run over this view, so that they still find their mistakes where
others were made; types themselves are judged by `structure`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar, overload

from origin_router.config.problems import Finding, Location

T = TypeVar("T", str, int)


class Node:
    """A value of the document with its location."""

    __slots__ = ("location", "value")

    def __init__(self, value: Any, location: Location = ()) -> None:
        self.value = value
        self.location = location

    def __contains__(self, key: str) -> bool:
        return isinstance(self.value, dict) and key in self.value

    def at(self, *steps: str | int) -> Location:
        """Return the location of something below."""
        return (*self.location, *steps)

    def child(self, key: str) -> Node:
        """Return the value of a key; None where it is absent."""
        return Node(self.value.get(key) if isinstance(self.value, dict) else None, self.at(key))

    def entries(self) -> Iterator[tuple[str, Node]]:
        """Yield what a table holds."""
        if isinstance(self.value, dict):
            for key, value in self.value.items():
                yield key, Node(value, self.at(key))

    def items(self) -> Iterator[Node]:
        """Yield what an array holds."""
        if isinstance(self.value, list):
            for index, value in enumerate(self.value):
                yield Node(value, self.at(index))

    @overload
    def read(self, kind: type[T]) -> T | None: ...
    @overload
    def read(self, kind: type[T], default: T) -> T: ...
    def read(self, kind: type[T], default: T | None = None) -> T | None:
        """Return the value if it has the type, else the default."""
        if isinstance(self.value, kind) and not isinstance(self.value, bool):
            return self.value
        return default

    def number(self, default: float) -> float:
        """Return the value if it is a number, whole or not, else the default."""
        return self.value if isinstance(self.value, int | float) and not isinstance(self.value, bool) else default

    def is_true(self) -> bool:
        """Whether it is the boolean true."""
        return self.value is True

    def texts(self) -> list[str]:
        """Return the strings that an array holds."""
        return [value for each in self.items() if (value := each.read(str)) is not None]

    def is_changed(self, default: Any) -> bool:
        """Whether it is given and says something else than the default."""
        return self.value is not None and self.value != default

    def check(self, problem: Callable[[str], str | None], *, is_warning: bool = False) -> Iterator[Finding]:
        """Hold a string, if there is one, against a check of `values`."""
        value = self.read(str)
        message = None if value is None else problem(value)
        if message is not None:
            yield Finding(self.location, message, is_warning)

"""A mistake in the configuration: where it is, what is wrong, what to do."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

Location = tuple[str | int, ...]
"""Keys and indexes that lead to a value, as in `("pools", "web", "origins", 1, "port")`."""

SHOWN_CHARS = 60
"""Longest piece of a wrong value that a message repeats."""

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


class ConfigProblem(NamedTuple):
    """One mistake, as users and programs see it. `path` is empty where the whole file is meant."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


class Finding(NamedTuple):
    """One mistake while the checks are still at work; a warning does not make the configuration invalid."""

    location: Location
    message: str
    is_warning: bool = False

    def problem(self) -> ConfigProblem:
        """Return what is reported."""
        return ConfigProblem(format_path(self.location), self.message)


class ConfigError(Exception):
    """The configuration cannot be used. Holds every mistake, not only the first."""

    def __init__(
        self, source: str, problems: Iterable[ConfigProblem], warnings: Iterable[ConfigProblem] = (), *, is_read: bool
    ) -> None:
        """`is_read` is False where the file could not be read at all."""
        self.source = source
        self.problems = tuple(problems)
        self.warnings = tuple(warnings)
        self.is_read = is_read
        super().__init__("\n".join(f"{source}: {problem}" for problem in self.problems))


def unreadable(path: Path, error: OSError) -> ConfigError:
    """Return the error for a file that cannot be opened."""
    hint = "; `origin-router init` writes one" if isinstance(error, FileNotFoundError) else ""
    return ConfigError(str(path), [ConfigProblem("", f"cannot be read: {error.strerror}{hint}")], is_read=False)


def format_path(location: Location) -> str:
    """Write a location the way TOML users write one: `pools.web.origins[1].port`."""
    text = ""
    for step in location:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            key = step if _BARE_KEY.fullmatch(step) else json.dumps(step, ensure_ascii=False)
            text += f".{key}" if text else key
    return text


def show(value: Any) -> str:
    """Write a wrong value as TOML would, short and on one line."""
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "an array"
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, str | bool) else str(value)
    return text if len(text) <= SHOWN_CHARS else f"{text[: SHOWN_CHARS - 1]}…"


def suggest(word: str, allowed: Iterable[str]) -> str | None:
    """Return the allowed word that was probably meant."""
    by_lower = {each.lower(): each for each in allowed}
    close = difflib.get_close_matches(word.lower(), by_lower, n=1)
    return by_lower[close[0]] if close else None


def did_you_mean(word: str, allowed: Iterable[str]) -> str:
    """Return the tail of a message about an unknown word: a likely spelling, and what is allowed."""
    words = list(allowed)
    likely = suggest(word, words)
    meant = f"; did you mean {show(likely)}?" if likely else ""
    return f"; allowed: {', '.join(words) or 'nothing'}{meant}"

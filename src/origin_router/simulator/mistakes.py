"""What validation found wrong with a file, in words for the person who wrote it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

Place = tuple[int | str, ...]

WORDS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "missing": lambda _: "is missing",
    "too_short": lambda _: "needs at least one",
    "tuple_type": lambda _: "must be a list",
    "string_type": lambda _: "must be a text",
    "bool_parsing": lambda _: "must be true or false",
    "float_parsing": lambda _: "must be a number",
    "float_type": lambda _: "must be a number",
    "int_parsing": lambda _: "must be a whole number",
    "dataclass_type": lambda _: "must be a table",
    "literal_error": lambda context: f"must be {context['expected']}",
}


def plain(error: Mapping[str, Any]) -> str:
    """Return what is wrong, as the end of a sentence that begins with the key."""
    say = WORDS.get(error["type"])
    return say(error.get("ctx", {})) if say else str(error["msg"]).replace("Input should be", "must be")


def path_of(place: Place) -> str:
    """Return a place in a document as people write it: `events[0].kind`."""
    text = "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in place)
    return text.removeprefix(".") or "file"


def lines(errors: Sequence[Any], keys_at: Callable[[Place], Sequence[str]]) -> Iterator[str]:
    """Yield a line for each mistake. `keys_at` tells the keys that a table may have."""
    for error in errors:
        place: Place = error["loc"]
        if error["type"] == "too_short" and any(each["loc"][: len(place)] == place for each in errors if each != error):
            continue  # what is in the list is wrong, which has been said
        if error["type"] == "unexpected_keyword_argument":
            yield f"{path_of(place)}: {unknown(str(place[-1]), keys_at(place[:-1]))}"
        else:
            yield f"{path_of(place)}: {plain(error)}"


def unknown(key: str, keys: Sequence[str]) -> str:
    """Return what to say of a key that there is not."""
    close = get_close_matches(key, keys, 1)
    hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(keys)}"
    return f"is not a key of this table: {hint}"

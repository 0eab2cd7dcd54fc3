"""A distribution's configuration as a document: read, changed and compared by path.

CloudFront writes collections as `{"Quantity": n, "Items": [...]}`. A path goes into one by
the item's own name, as in `CacheBehaviors / "/api/*" / TargetOriginId`, so that it stays
right when somebody else adds or removes items.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Path = tuple[str, ...]

NAMED_BY = {
    "Origins": "Id",
    "OriginGroups": "Id",
    "CacheBehaviors": "PathPattern",
    "LambdaFunctionAssociations": "EventType",
}
"""Collection -> the field that names its items. Other collections are compared whole."""

ORDERED = frozenset({"CacheBehaviors", "Members"})
"""Collections whose order means something: the first behavior that matches, the primary of an origin group."""

_COUNTED = {"Quantity", "Items"}


@dataclass(frozen=True)
class Edit:
    """One change; None is a value that is not there."""

    path: Path
    before: Any
    after: Any

    @property
    def place(self) -> str:
        """The path as a user reads it."""
        return show_path(self.path)

    def __repr__(self) -> str:
        return f"Edit({self.place}: {_masked(self.before)!r} -> {_masked(self.after)!r})"


def _masked(value: Any) -> Any:
    """Leave out the values of custom headers, which are often secrets."""
    if isinstance(value, dict):
        return {key: "..." if key == "HeaderValue" else _masked(each) for key, each in value.items()}
    return [_masked(each) for each in value] if isinstance(value, list) else value


def show_path(path: Path) -> str:
    """Write a path."""
    return " > ".join(path)


def items(collection: Mapping[str, Any] | None) -> list[Any]:
    """Return the items of a collection; CloudFront leaves `Items` out when there are none."""
    return list((collection or {}).get("Items") or [])


def get(document: Any, path: Path) -> Any:
    """Return what a path leads to, or None."""
    for name, step in zip(("", *path), path, strict=False):
        if document is None:
            return None
        if name in NAMED_BY and "Quantity" in document:
            document = next((each for each in items(document) if each[NAMED_BY[name]] == step), None)
        else:
            document = document.get(step)
    return document


def apply_edits(document: Mapping[str, Any], edits: Sequence[Edit]) -> dict[str, Any]:
    """Return a changed copy."""
    changed = copy.deepcopy(dict(document))
    for edit in edits:
        _put(changed, edit.path, copy.deepcopy(edit.after))
    return changed


def edit_to(document: Mapping[str, Any], path: Path, after: Any) -> list[Edit]:
    """Return the edit that makes a path hold a value: none where it does already."""
    before = get(document, path)
    return [] if covers(before, after) else [Edit(path, before, after)]


def covers(observed: Any, wanted: Any, path: Path = ()) -> bool:
    """Whether everything wanted is there. CloudFront adds fields of its own to what it was given."""
    if observed is None:
        return _says_nothing(wanted)
    if isinstance(wanted, Mapping):
        if not isinstance(observed, Mapping):
            return False
        if "Quantity" in wanted:
            return next(differences(observed, wanted, path), None) is None
        return all(covers(observed.get(name), value, (*path, name)) for name, value in wanted.items())
    return bool(observed == wanted)


def _says_nothing(wanted: Any) -> bool:
    """CloudFront may leave out what is off or empty."""
    if isinstance(wanted, Mapping):
        return _is_empty(wanted) or all(_says_nothing(each) for each in wanted.values())
    return wanted in (None, "", False)


def differences(one: Any, other: Any, path: Path = ()) -> Iterator[Path]:
    """Yield every place where two documents differ."""
    if _is_empty(one) and _is_empty(other):
        return
    if _is_collection(one) and _is_collection(other):
        yield from _collection_differences(one or {}, other or {}, path)
    elif isinstance(one, Mapping) and isinstance(other, Mapping):
        for name in sorted(one.keys() | other.keys()):
            yield from differences(one.get(name), other.get(name), (*path, name))
    elif one != other:
        yield path


def _is_empty(value: Any) -> bool:
    """CloudFront writes an empty collection or leaves it out, as it likes."""
    return value is None or (_is_collection(value) and not items(value) and not value.keys() - _COUNTED)


def _is_collection(value: Any) -> bool:
    return value is None or (isinstance(value, Mapping) and "Quantity" in value)


def _collection_differences(one: Mapping[str, Any], other: Mapping[str, Any], path: Path) -> Iterator[Path]:
    yield from differences(
        {name: value for name, value in one.items() if name not in _COUNTED},
        {name: value for name, value in other.items() if name not in _COUNTED},
        path,
    )
    name = path[-1] if path else ""
    ones, others = items(one), items(other)
    key = NAMED_BY.get(name)
    if key is None:
        if ones != others and (name in ORDERED or _as_set(ones) != _as_set(others)):
            yield path
        return
    named, other_named = {each[key]: each for each in ones}, {each[key]: each for each in others}
    for each in named | other_named:
        yield from differences(named.get(each), other_named.get(each), (*path, each))
    if name in ORDERED and named.keys() == other_named.keys() and list(named) != list(other_named):
        yield path


def _as_set(values: list[Any]) -> list[str]:
    """Sets such as allowed methods or aliases come back in any order."""
    return sorted(repr(value) for value in values)


def _put(document: dict[str, Any], path: Path, value: Any) -> None:
    *way, name = path
    collection = way[-1] if way else ""
    parent = get(document, tuple(way))
    if parent is None and collection in NAMED_BY:
        _put(document, tuple(way), {"Quantity": 0})
        parent = get(document, tuple(way))
    if parent is None:
        raise KeyError(show_path(tuple(way)))
    if collection in NAMED_BY and "Quantity" in parent:
        _put_item(parent, NAMED_BY[collection], name, value)
    elif value is None:
        parent.pop(name, None)
    else:
        parent[name] = value


def _put_item(collection: dict[str, Any], key: str, name: str, value: Any) -> None:
    """Add, replace or remove one item and keep the count right."""
    values = items(collection)
    at = next((index for index, each in enumerate(values) if each[key] == name), len(values))
    values[at : at + 1] = [] if value is None else [value]
    collection["Quantity"] = len(values)
    if values:
        collection["Items"] = values
    else:
        collection.pop("Items", None)

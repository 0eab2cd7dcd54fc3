"""Our `NamedTuple` is typing's, but for what it costs to import."""

from __future__ import annotations

import pickle
import typing

import pytest

from origin_router.routing.named import NamedTuple


class Ours(NamedTuple):
    """Documented."""

    a: int
    b: str = "b"
    """A field."""

    def both(self) -> str:
        """A method."""
        return f"{self.a}{self.b}"


class Theirs(typing.NamedTuple):
    """Documented."""

    a: int
    b: str = "b"
    """A field."""

    def both(self) -> str:
        """A method."""
        return f"{self.a}{self.b}"


NAMES = sorted((set(dir(Theirs)) | {"__module__"}) - {"__orig_bases__", "__dict__", "__weakref__"})


def test_it_has_what_typings_has() -> None:
    """Fields, defaults, methods, documentation."""
    assert set(NAMES) <= set(dir(Ours))
    for name in ("_fields", "_field_defaults", "__match_args__", "__doc__", "__module__", "__slots__"):
        assert getattr(Ours, name) == getattr(Theirs, name), name
    assert type(Ours) is type
    assert not hasattr(Ours(1), "__dict__")


def test_it_behaves_as_typings_does() -> None:
    """As a tuple, and as what has names."""
    ours, theirs = Ours(1), Theirs(1)

    assert tuple(ours) == theirs == (1, "b")
    assert hash(ours) == hash(theirs)
    assert repr(ours) == repr(theirs).replace("Theirs", "Ours")
    assert ours._replace(b="c") == Ours(1, b="c") == (1, "c")
    assert ours._asdict() == {"a": 1, "b": "b"}
    assert ours.both() == "1b"
    assert pickle.loads(pickle.dumps(ours)) == ours
    with pytest.raises(AttributeError):
        ours.a = 2  # type: ignore[misc]
    with pytest.raises(TypeError):
        Ours()  # type: ignore[call-arg]


def test_annotations_may_be_a_function() -> None:
    """As Python 3.14 leaves them in a class body without `from __future__ import annotations`."""
    make: typing.Any = type(NamedTuple)
    body = {"__module__": __name__, "__annotate_func__": lambda _format: {"a": int, "b": int}, "b": 2}

    assert make("Later", (NamedTuple,), body)(1) == (1, 2)

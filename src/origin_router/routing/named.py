"""`NamedTuple` without the module `typing`, which every cold start would import for nothing else.

Type checkers see typing's own. At run time a class body with annotated fields becomes the
same thing in the same way, a subclass of what `collections.namedtuple` makes.
"""

from __future__ import annotations

from collections import namedtuple

TYPE_CHECKING = False
"""As type checkers know it from `typing`: they take it for True."""

if TYPE_CHECKING:
    from typing import NamedTuple as NamedTuple
else:

    class _Maker(type):
        """Makes an ordinary class of what is derived from `NamedTuple`."""

        def __new__(maker, name, bases, body):
            """Take the fields from the annotations, and their defaults from the class body."""
            if not bases:
                return super().__new__(maker, name, bases, body)
            fields = body["__annotations__"] if "__annotations__" in body else body["__annotate_func__"](1)
            defaults = [body.pop(each) for each in fields if each in body]
            base = namedtuple(name, fields, defaults=defaults, module=body["__module__"])
            return type(name, (base,), body | {"__slots__": ()})

    class NamedTuple(metaclass=_Maker):
        """To be derived from."""

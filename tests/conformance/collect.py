"""Finds the cases of the suite, in the order in which the page shows them."""

from __future__ import annotations

import importlib
from collections.abc import Iterator

from tests.conformance.statements import SECTIONS, Statement


def cases() -> Iterator[tuple[str, str, Statement | None]]:
    """Yield module, name and statement of every case."""
    for section in SECTIONS:
        module = importlib.import_module(f"tests.conformance.test_{section}")
        for name, value in vars(module).items():
            if name.startswith("test_") and callable(value):
                yield module.__name__, name, getattr(value, "statement", None)

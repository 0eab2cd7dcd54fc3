"""Tables that a terminal is too narrow for."""

from __future__ import annotations

import pytest

from origin_router.cli.options import parts_that_fit


@pytest.mark.parametrize(
    ("widths", "width", "parts"),
    [
        ([10, 5, 5], 26, [[0, 1, 2]]),
        ([10, 5, 5], 25, [[0, 1], [0, 2]]),
        ([10, 5, 5, 5], 30, [[0, 1, 2], [0, 3]]),
        ([10, 90, 5], 30, [[0, 1], [0, 2]]),
        ([10], 5, [[0]]),
    ],
)
def test_each_part_begins_with_the_first_column(widths: list[int], width: int, parts: list[list[int]]) -> None:
    """Three characters between two columns; a part has one of its own at least, however wide."""
    assert parts_that_fit(widths, width) == parts

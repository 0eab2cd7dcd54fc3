"""A short soak. `make soak` is the long one."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.support.leftovers import look
from tests.support.soak import RUDE_VIEWERS, soak

REQUESTS = 3_000
LIMIT_S = 15


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Everything that is loaded once is loaded."""
    asyncio.run(soak(tmp_path / "warm", 100, LIMIT_S, 0))
    return tmp_path


def test_nothing_is_left_over(directory: Path) -> None:
    """Faults on every side: each answer is one that CloudFront could give, and no file, process or thread stays."""
    before = look()
    tally = asyncio.run(soak(directory / "soak", REQUESTS, LIMIT_S, 1))

    assert tally.wrong == []
    assert look().beyond(before) == []
    assert tally.sent > 500
    assert tally.statuses[200] > tally.sent / 2
    assert tally.faults.total() > 0
    assert tally.rude.total() > RUDE_VIEWERS
    assert tally.rude["reads_slowly"] > 0

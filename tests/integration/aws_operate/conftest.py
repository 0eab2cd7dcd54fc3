"""The simulated AWS, a way to it, and a configuration."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from origin_router.aws.session import Aws
from tests.support.ministack import Ministack, ministack, ministack_server
from tests.support.routers import TOML

__all__ = ["aws", "config", "ministack", "ministack_server"]


@pytest.fixture
def aws(ministack: Ministack) -> Iterator[Aws]:
    """Clients of the empty account."""
    with ministack.aws() as opened:
        yield opened


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A file of two pools."""
    path = tmp_path / "origin-router.toml"
    path.write_text(TOML)
    return path

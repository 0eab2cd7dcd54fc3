"""The simulated AWS, a way to it, and a router's configuration."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from origin_router.aws.session import Aws
from tests.support.ministack import Ministack, ministack, ministack_server
from tests.support.shell import Shell

__all__ = ["ministack", "ministack_server"]


@pytest.fixture
def plain(ministack: Ministack) -> Iterator[Aws]:
    """A way to the account without hooks."""
    with ministack.aws() as aws:
        yield aws


@pytest.fixture
def shell(ministack: Ministack, tmp_path: Path) -> Iterator[Shell]:
    """The command line beside a configuration of which nothing is deployed."""
    shell = Shell(ministack, tmp_path, ministack.session())
    shell.init()
    yield shell
    shell.close()

"""The simulated AWS, and a way to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from origin_router.aws.session import Aws
from tests.support.ministack import Ministack, ministack, ministack_server

__all__ = ["aws", "ministack", "ministack_server"]


@pytest.fixture
def aws(ministack: Ministack) -> Iterator[Aws]:
    """Clients of the empty account."""
    with ministack.aws() as opened:
        yield opened

"""The simulated AWS."""

from tests.support.ministack import ministack, ministack_server

__all__ = ["ministack", "ministack_server"]

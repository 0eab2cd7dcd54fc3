"""An overdue phase: when it is a failure, and when a freeze is still an excuse."""

from __future__ import annotations

import pytest

from origin_router.edge.exchange import Phase
from origin_router.edge.timing import AWAKE_GRACE_S, OVERDUE_THAWS, Patience


@pytest.mark.parametrize("phase", OVERDUE_THAWS)
def test_awake_there_is_no_excuse(phase: Phase) -> None:
    """It was overdue in the time in which it began."""
    assert Patience().is_over(phase, 3, 3, 100.0)


@pytest.mark.parametrize(("phase", "thaws"), OVERDUE_THAWS.items())
def test_after_freezes_it_is_looked_at_again(phase: Phase, thaws: int) -> None:
    """Each time of waking up counts once, however often it is looked at; what needs us to go on gets more of them."""
    patience = Patience()
    looks = [patience.is_over(phase, 3, 4 + number // 2, 100.0 + number // 2) for number in range(2 * thaws)]

    assert looks == [False] * (2 * thaws - 2) + [True, True]
    assert thaws >= (4 if phase in (Phase.RESOLVING, Phase.HANDSHAKING) else 2)


def test_staying_awake_it_is_given_a_moment() -> None:
    """In which a stopped machine delivers what it held back."""
    patience = Patience()

    assert not patience.is_over(Phase.AWAITING, 3, 4, 100.0)
    assert not patience.is_over(Phase.AWAITING, 3, 4, 100.0 + AWAKE_GRACE_S / 2)
    assert patience.is_over(Phase.AWAITING, 3, 4, 100.001 + AWAKE_GRACE_S)


def test_a_moment_does_not_last_over_a_freeze() -> None:
    """The time in which we were stopped is no time in which we listened."""
    patience = Patience()

    assert not patience.is_over(Phase.HANDSHAKING, 3, 4, 100.0)
    assert not patience.is_over(Phase.HANDSHAKING, 3, 5, 200.0)


def test_the_next_phase_begins_with_all_of_it() -> None:
    """What was overdue has come after all."""
    patience = Patience()
    patience.is_over(Phase.CONNECTING, 3, 4, 100.0)
    patience.renew()

    assert not patience.is_over(Phase.AWAITING, 4, 5, 200.0)

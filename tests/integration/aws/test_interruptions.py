"""A command that is killed anywhere, and run again, ends where an undisturbed one ends."""

from __future__ import annotations

import pytest

from tests.support import distributions
from tests.support.calls import Calls, run_until_done
from tests.support.ministack import Ministack
from tests.support.operator import Operator, router_config

HOW = {"the request never arrives": Calls.arriving_nowhere, "the answer is lost": Calls.losing_answers}


@pytest.mark.parametrize("how", HOW)
def test_a_deployment_killed_at_every_call_ends_like_an_undisturbed_one(ministack: Ministack, how: str) -> None:
    """First and second deployment; requests that never arrived, and answers that were lost."""
    with ministack.aws() as aws:
        distribution = distributions.create(aws)
        Operator(aws).deploy(distribution)
        Operator(aws, router_config(band_ms=25)).deploy(distribution, behaviors=("/img/*",), is_failover=False)
        undisturbed = Operator(aws).everything(distribution)
    ministack.reset()
    calls = HOW[how]()
    with ministack.aws() as aws, ministack.aws(calls.watch(ministack.session())) as watched:
        distribution = distributions.create(aws)
        first = Operator(watched)
        run_until_done(lambda: first.deploy(distribution), calls)
        second = Operator(watched, router_config(band_ms=25))
        run_until_done(lambda: second.deploy(distribution, behaviors=("/img/*",), is_failover=False), calls)

        assert calls.kills >= 16
        assert Operator(aws).everything(distribution) == undisturbed


@pytest.mark.parametrize("how", HOW)
def test_going_back_killed_at_every_call_still_restores_everything(ministack: Ministack, how: str) -> None:
    """Rollback, then destroy."""
    calls = HOW[how]()
    with ministack.aws() as aws, ministack.aws(calls.watch(ministack.session())) as watched:
        distribution = distributions.create(aws)
        before = distributions.read(aws, distribution)
        Operator(aws).deploy(distribution)
        Operator(aws, router_config(band_ms=25)).deploy(distribution)
        operator = Operator(watched)
        run_until_done(lambda: operator.rollback(distribution, "1"), calls)
        rolled_back = operator.observe(distribution)

        assert rolled_back.record is not None
        assert [each.version for each in rolled_back.record.history] == ["1", "2", "1"]

        run_until_done(operator.destroy, calls)

        assert distributions.read(aws, distribution) == before
        assert operator.destroy().steps == ()

"""A plan is confirmed once, and made again when somebody else was faster."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from origin_router.aws.deployment import MAX_ROUNDS, BlockedError, carry_out
from origin_router.aws.errors import AwsError, Kind
from origin_router.aws.findings import blocking
from origin_router.aws.plan import Plan
from origin_router.aws.steps import CreateBucket, CreateRole, Step

BUCKET, ROLE = CreateBucket("b"), CreateRole("r", {})

CHANGED = AwsError("changing", "PreconditionFailed", kind=Kind.CHANGED)


class Script:
    """Plays an account in which each round has its plan and its end."""

    def __init__(self, *rounds: tuple[Plan, AwsError | None]) -> None:
        self._plans = [plan for plan, _ in rounds]
        self._ends = [end for _, end in rounds]
        self.known: Mapping[str, str] = {}
        self.confirmed: list[tuple[Plan, bool]] = []
        self.done: list[tuple[Step, ...]] = []
        self.heard: list[AwsError] = []

    def run(self, steps: tuple[Step, ...]) -> None:
        self.done.append(steps)
        end = self._ends[len(self.done) - 1]
        if end is not None:
            raise end

    def play(self) -> Plan:
        plans = iter(self._plans)
        return carry_out(
            lambda: next(plans), lambda plan, is_again: self.confirmed.append((plan, is_again)), self, self.heard.append
        )


def test_a_plan_is_confirmed_and_done() -> None:
    """The ordinary case."""
    plan = Plan((BUCKET,))
    script = Script((plan, None))

    assert script.play() == plan
    assert (script.confirmed, script.done) == ([(plan, False)], [(BUCKET,)])


def test_nothing_to_do_is_not_asked_about() -> None:
    """Nor done."""
    script = Script((Plan(()), None))

    assert script.play() == Plan(())
    assert (script.confirmed, script.done) == ([], [])


def test_what_is_forbidden_is_neither_asked_nor_done() -> None:
    """The plan comes along, so that it can be shown."""
    script = Script((Plan((BUCKET,), (blocking("here", "no", "stop"),)), None))

    with pytest.raises(BlockedError, match=r"blocking: here: no\. stop"):
        script.play()
    assert (script.confirmed, script.done) == ([], [])


def test_after_a_change_the_rest_is_done_without_asking_again() -> None:
    """It was confirmed already."""
    script = Script((Plan((BUCKET, ROLE)), CHANGED), (Plan((ROLE,)), None))
    script.play()

    assert len(script.confirmed) == 1
    assert script.done == [(BUCKET, ROLE), (ROLE,)]
    assert script.heard == [CHANGED]


def test_after_a_change_something_new_is_asked_about() -> None:
    """Nobody said yes to that."""
    script = Script((Plan((BUCKET,)), CHANGED), (Plan((ROLE,)), None))
    script.play()

    assert script.confirmed == [(Plan((BUCKET,)), False), (Plan((ROLE,)), True)]


def test_a_race_without_end_is_given_up() -> None:
    """Two pipelines that undo each other."""
    script = Script(*[(Plan((BUCKET,)), CHANGED)] * MAX_ROUNDS)

    with pytest.raises(AwsError, match="5 times meanwhile"):
        script.play()


def test_other_failures_end_it_at_once() -> None:
    """Trying again would not help."""
    denied = AwsError("creating", "AccessDenied", kind=Kind.DENIED)
    script = Script((Plan((BUCKET,)), denied))

    with pytest.raises(AwsError, match="AccessDenied"):
        script.play()
    assert len(script.done) == 1

"""Plan, have it confirmed, do it; and again from what is there, if somebody else changed it meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from origin_router.aws.errors import AGAIN, AwsError, Kind
from origin_router.aws.plan import Plan
from origin_router.aws.steps import Step

MAX_ROUNDS = 5
"""Somebody who changes the distribution more often than that within one command is a pipeline in a loop."""


class Executor(Protocol):
    """Carries out steps."""

    @property
    def known(self) -> Mapping[str, str]:
        """What became of the plan's stand-ins so far."""

    def run(self, steps: tuple[Step, ...]) -> None:
        """Carry out all of them, in order."""


class BlockedError(Exception):
    """The preflight forbids it; nothing was changed."""

    def __init__(self, plan: Plan) -> None:
        super().__init__("; ".join(str(each) for each in plan.findings))
        self.plan = plan


def carry_out(
    make_plan: Callable[[], Plan],
    confirm: Callable[[Plan, bool], None],
    executor: Executor,
    on_change: Callable[[AwsError], None] = lambda _: None,
) -> Plan:
    """Bring a plan to its end; return the plan as it was confirmed.

    `confirm` gets the plan and whether it is another one than was confirmed before; it
    raises to stop. `on_change` hears why a plan had to be made again. Raises BlockedError.
    """
    confirmed: Plan | None = None
    for _ in range(MAX_ROUNDS):
        plan = make_plan()
        if plan.is_blocked:
            raise BlockedError(plan)
        if not plan.steps:
            return confirmed or plan
        if confirmed is None or not plan.is_within(confirmed, executor.known):
            confirm(plan, confirmed is not None)
            confirmed = plan
        try:
            executor.run(plan.steps)
        except AwsError as error:
            if error.kind is not Kind.CHANGED:
                raise
            on_change(error)
        else:
            return confirmed
    raise AwsError("carrying out the plan", f"somebody else changed something {MAX_ROUNDS} times meanwhile", AGAIN)

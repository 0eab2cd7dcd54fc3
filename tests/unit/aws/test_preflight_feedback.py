"""What becomes of the origin-response trigger is said before it happens."""

from __future__ import annotations

from dataclasses import replace

import pytest

from origin_router.aws.model import CanaryState
from origin_router.routing.config import FeedbackConfig
from tests.support.distribution_parts import association
from tests.support.distributions import FOREIGN_FUNCTION
from tests.support.preflight_cases import NOTE, WARNING, Case, changed, check, default, find
from tests.support.wanted import NAMES, distribution, router_config

ON = replace(router_config(), feedback=FeedbackConfig(enabled=True))
OFF = router_config()
LISTENING = default(
    LambdaFunctionAssociations={
        "Quantity": 2,
        "Items": [association(NAMES.version_arn("3"), f"origin-{each}") for each in ("request", "response")],
    }
)
OPTION = ("--feedback", "takes the function off origin-response again")

CASES = [
    Case(
        "left", WARNING, "behavior default", "feedback.enabled is false, and --feedback holds only", OFF, {}, LISTENING
    ),
    Case(
        "sent away",
        WARNING,
        "behavior default",
        "because of --no-feedback; feedback.enabled is true, so the next deployment",
        ON,
        {"has_feedback": False},
        LISTENING,
    ),
    Case("for once", NOTE, *OPTION, OFF, {"has_feedback": True}, LISTENING),
    Case("for once, new", NOTE, *OPTION, OFF, {"has_feedback": True}, default()),
    Case(
        "left by a canary",
        WARNING,
        "behavior default",
        "is taken off origin-response",
        OFF,
        {},
        default(),
        observed=changed(canary=CanaryState(staging=distribution(Staging=True, **LISTENING))),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[each.id for each in CASES])
def test_a_change_of_the_response_trigger_is_told(case: Case) -> None:
    """With what to do to have it otherwise."""
    check(case)


FOREIGN = default(
    LambdaFunctionAssociations={"Quantity": 1, "Items": [association(FOREIGN_FUNCTION, "origin-response")]}
)
QUIET = [
    Case("as configured", WARNING, "", "", ON, {}, LISTENING),
    Case("as configured and said", WARNING, "", "", ON, {"has_feedback": True}, LISTENING),
    Case("never there", WARNING, "", "", OFF, {}, default()),
    Case("never there and not wanted", WARNING, "", "", OFF, {"has_feedback": False}, default()),
    Case("somebody else's", WARNING, "", "", OFF, {}, FOREIGN),
]


@pytest.mark.parametrize("case", QUIET, ids=[each.id for each in QUIET])
def test_nothing_is_told_where_nothing_changes(case: Case) -> None:
    """A warning that always comes is not read."""
    assert not [each for each in find(case) if "origin-response" in each.what]

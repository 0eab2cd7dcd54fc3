"""Renders the reference page of calls and permissions.

python -m origin_router.aws.permissions_page > docs/reference/permissions.md
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

from origin_router.aws.call import CONDITIONS, Call
from origin_router.aws.calls import CALLS
from origin_router.aws.permissions import COMMANDS, TASKS, policy

INTRODUCTION = """\
# Permissions

<!-- Generated from origin_router.aws.calls; a test keeps both the same. -->

First a ready IAM policy for each task, then every call that the commands make to AWS, with the
permission that it needs. The policies are complete: replace `ACCOUNT` by the account's number, and
`origin-router-*` by `origin-router-NAME*` to confine them to one router (NAME as in the configuration; in the bucket's
name with small letters and `-` for `_`), and `distribution/*` by `distribution/ID` to confine them to one
distribution (a canary makes another one).

If the control document is in a bucket of its own (`control.bucket`), or has another key, the same permissions on
objects are needed there: `s3:GetObject` to plan, `s3:PutObject` too to deploy and to give orders, `s3:DeleteObject`
to remove everything, and `s3:ListBucket` on the bucket for all of them.

`init`, `check`, `build`, `dev`, `fault`, `explain`, `replay`, `view`, `simulate`, `cost` and `synth` make no calls.

Whoever may make a role of this name and write its policy can give it, and so the function, any permission. Where
that is too much, have the first deployment done by somebody who may, and leave out `iam:CreateRole`,
`iam:PutRolePolicy` and `iam:UpdateAssumeRolePolicy` from then on: a role that is as planned is not touched.

`iam:PassRole` is given for Lambda alone (`iam:PassedToService`): the role of the function cannot be handed to another
service. Attaching the function to a distribution passes no role; CloudFront's replicas may assume it because the role's
own trust policy names `edgelambda.amazonaws.com`.

What the function itself may do is not here but in its role: write its log in every Region, and read
the control document if there is one. `origin-router plan` shows it.
"""

ALL = "all"


def render_page() -> str:
    """Return the page."""
    return "\n".join([INTRODUCTION, *(line for task in TASKS for line in _task(task)), *_calls()])


def _task(task: str) -> Iterator[str]:
    *others, last = [f"`{each}`" for each in TASKS[task]]
    yield f"## {task}"
    yield ""
    yield f"{', '.join(others)} and {last}:" if others else f"{last}:"
    yield ""
    yield "```json"
    yield json.dumps(policy(TASKS[task]), indent=2)
    yield "```"
    yield ""


def _calls() -> Iterator[str]:
    yield "## Every call"
    yield ""
    yield "`--wait` stands for what this option adds to an order."
    yield ""
    yield "| Call | What for | Permission | On | Made by |"
    yield "|---|---|---|---|---|"
    for call in CALLS:
        yield from _rows(call)
    yield ""


def _rows(call: Call) -> Iterator[str]:
    actions = ", ".join(f"`{each}`" for each in call.actions) or "none"
    commands = ALL if set(call.commands) == set(COMMANDS) else ", ".join(call.commands)
    yield f"| {call.service} {call.operation} | {call.why} | {actions} | {_resources(call.resources)} | {commands} |"
    for action, resources in call.also:
        yield f"| | asked for along with it | `{action}`{_condition(action)} | {_resources(resources)} | |"


def _condition(action: str) -> str:
    """Write the condition of an action, if it is never to be without one."""
    tests = [test for tests in CONDITIONS.get(action, {}).values() for test in tests.items()]
    return "".join(f", `{key}` = `{value}`" for key, value in tests)


def _resources(resources: tuple[str, ...]) -> str:
    return ", ".join(f"`{each.replace('{account}', 'ACCOUNT')}`" for each in resources)


if __name__ == "__main__":
    sys.stdout.write(render_page())

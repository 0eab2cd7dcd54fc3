"""Which commands somebody needs for what, and the IAM policy that allows just those."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from origin_router.aws.call import CONDITIONS, Call
from origin_router.aws.calls import CALLS, CANARY_END, CONTROL

TASKS = {
    "To read logs, and to learn from them": ("logs", "learn"),
    "To see how it is doing": ("status",),
    "To see what a deployment would do": ("plan",),
    "To deploy and to roll back": ("plan", "deploy", "rollback"),
    "To try a version with a few requests first": ("plan", "deploy --canary", *CANARY_END),
    "To give orders to a running router": (*CONTROL, "--wait"),
    "To remove everything": ("destroy",),
}
"""What somebody may be here for -> the commands that they need."""

COMMANDS = tuple(dict.fromkeys(command for commands in TASKS.values() for command in commands))


def policy(commands: Iterable[str], account: str = "ACCOUNT") -> dict[str, object]:
    """Return an IAM policy for some commands, as short as grouping by resources makes it."""
    chosen = set(commands)
    together: dict[tuple[str, ...], set[str]] = {}
    alone: set[tuple[tuple[str, ...], str]] = set()
    for action, resources in (pair for call in CALLS if chosen.intersection(call.commands) for pair in _asked(call)):
        if action in CONDITIONS:
            alone.add((resources, action))
        else:
            together.setdefault(resources, set()).add(action)
    grouped = [(resources, sorted(actions)) for resources, actions in together.items()]
    grouped += [(resources, [action]) for resources, action in alone]
    return {
        "Version": "2012-10-17",
        "Statement": [_statement(actions, resources, account) for resources, actions in sorted(grouped)],
    }


def _asked(call: Call) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield what AWS asks for in the course of a call: actions and their resources."""
    yield from ((action, call.resources) for action in call.actions)
    yield from call.also


def _statement(actions: list[str], resources: tuple[str, ...], account: str) -> dict[str, object]:
    statement: dict[str, object] = {
        "Effect": "Allow",
        "Action": actions,
        "Resource": [each.replace("{account}", account) for each in resources],
    }
    condition = CONDITIONS.get(actions[0])
    return {**statement, "Condition": condition} if condition else statement

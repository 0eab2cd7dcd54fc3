"""Which commands somebody needs for what, and the IAM policy that allows just those."""

from __future__ import annotations

from collections.abc import Iterable

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
    wanted: dict[tuple[str, ...], set[str]] = {}
    for call in CALLS:
        if chosen.intersection(call.commands):
            for action in call.actions:
                wanted.setdefault(call.resources, set()).add(action)
            for action, resources in call.also:
                wanted.setdefault(resources, set()).add(action)
    statements = [
        {
            "Effect": "Allow",
            "Action": sorted(actions),
            "Resource": [each.replace("{account}", account) for each in resources],
        }
        for resources, actions in sorted(wanted.items())
        if resources
    ]
    return {"Version": "2012-10-17", "Statement": statements}

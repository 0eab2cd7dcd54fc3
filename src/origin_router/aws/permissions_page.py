"""Renders the reference page of calls and permissions.

python -m origin_router.aws.permissions_page > docs/reference/permissions.md
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

from origin_router.aws.permissions import CALLS, CANARY, CONTROL, DEPLOY, DESTROY, GROUPS, NEEDS, WATCH, Call, policy

INTRODUCTION = """\
# Permissions

<!-- Generated from origin_router.aws.permissions; a test keeps both the same. -->

Every call that the commands make to AWS, and the permission that it needs. The policies below are
complete: replace `ACCOUNT` by the account's number, and `origin-router-*` by
`origin-router-NAME*` to confine them to one router (NAME as in the configuration; in the bucket's name
with small letters and `-` for `_`).

If the control document is in a bucket of its own (`control.bucket`), its commands need `s3:GetObject`
and `s3:PutObject` on it, and `plan` and `deploy` `s3:ListBucket` on the bucket.

What the function itself may do is not here but in its role: write its log in every Region, and read
the control document if there is one. `origin-router plan` shows it.
"""

HEADINGS = {
    WATCH: "To look",
    DEPLOY: "To deploy and roll back",
    CANARY: "For a canary",
    CONTROL: "To give orders to a running router",
    DESTROY: "To remove everything",
}


def render_page() -> str:
    """Return the page."""
    return "\n".join([INTRODUCTION, *(line for group in GROUPS for line in _section(group))])


def _section(group: str) -> Iterator[str]:
    yield f"## {HEADINGS[group]}"
    yield ""
    yield f"{GROUPS[group][:1].upper()}{GROUPS[group][1:]}."
    others = [HEADINGS[each] for each in NEEDS[group] if each != group]
    if others:
        yield f"These also make the calls of: {', '.join(others)}."
    yield ""
    yield "| Call | What for | Permission | On |"
    yield "|---|---|---|---|"
    for call in CALLS:
        if call.group == group:
            yield from _rows(call)
    yield ""
    yield "The whole policy:"
    yield ""
    yield "```json"
    yield json.dumps(policy(group), indent=2)
    yield "```"
    yield ""


def _rows(call: Call) -> Iterator[str]:
    actions = ", ".join(f"`{each}`" for each in call.actions) or "none"
    yield f"| {call.service} {call.operation} | {call.why} | {actions} | {_resources(call.resources)} |"
    for action, resources in call.also:
        yield f"| | asked for along with it | `{action}` | {_resources(resources)} |"


def _resources(resources: tuple[str, ...]) -> str:
    return ", ".join(f"`{each.replace('{account}', 'ACCOUNT')}`" for each in resources)


if __name__ == "__main__":
    sys.stdout.write(render_page())

"""The page of permissions lists every call, and its policies are enough."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore import xform_name

import origin_router.aws
from origin_router.aws.calls import CALLS
from origin_router.aws.permissions import TASKS, policy
from origin_router.aws.permissions_page import render_page

PACKAGE = Path(origin_router.aws.__file__).parent

ROOT = Path(__file__).parents[2]

SERVICES = sorted({call.service for call in CALLS})

MAX_POLICY_CHARS = 6_144
"""IAM's limit for a managed policy, without white space."""


def operations() -> dict[str, set[tuple[str, str]]]:
    """Return boto3's method names: `get_role` -> which services have it, and what they call it."""
    session = botocore.session.get_session()
    found: dict[str, set[tuple[str, str]]] = {}
    for service in SERVICES:
        for operation in session.get_service_model(service).operation_names:
            found.setdefault(xform_name(operation), set()).add((service, operation))
    return found


def names_in(module: Path) -> set[str]:
    """Return what a module calls: methods, and the names given to `get_paginator`."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            names.add(node.func.attr)
            if node.func.attr == "get_paginator" and isinstance(node.args[0], ast.Constant):
                names.add(str(node.args[0].value))
    return names


def test_every_call_in_the_code_is_listed() -> None:
    """A call that nobody lists fails for a user whose credentials are confined to the list."""
    known = operations()
    listed = {(call.service, call.operation) for call in CALLS}
    missing = {
        (module.name, name)
        for module in PACKAGE.glob("*.py")
        for name in names_in(module) & known.keys()
        if not known[name] & listed
    }
    assert missing == set()


def test_nothing_is_listed_that_the_code_does_not_call() -> None:
    """A permission that nothing needs is one too many."""
    called = set[str]().union(*(names_in(module) for module in PACKAGE.glob("*.py")))
    assert [call for call in CALLS if xform_name(call.operation) not in called] == []


def test_the_page_is_what_the_code_says() -> None:
    """Renew it with: python -m origin_router.aws.permissions_page > docs/reference/permissions.md"""
    assert (ROOT / "docs/reference/permissions.md").read_text() == render_page()


@pytest.mark.parametrize("task", TASKS)
def test_a_policy_fits_into_iam_and_names_the_account(task: str) -> None:
    """IAM refuses longer ones, and a stand-in left over would match nothing."""
    document: dict[str, Any] = policy(TASKS[task], "123456789012")
    text = json.dumps(document, separators=(",", ":"))

    assert len(text) <= MAX_POLICY_CHARS
    assert "{account}" not in text
    assert all(statement["Resource"] for statement in document["Statement"])


@pytest.mark.parametrize("task", TASKS)
def test_a_role_may_be_passed_to_lambda_alone(task: str) -> None:
    """Whoever could pass it to any service could have that do what the role may; nothing else is made conditional."""
    document: dict[str, Any] = policy(TASKS[task])
    passing = [each for each in document["Statement"] if "iam:PassRole" in each["Action"]]
    others = [each for each in document["Statement"] if each not in passing]

    assert bool(passing) is any(command.startswith("deploy") for command in TASKS[task])
    for statement in passing:
        assert statement["Action"] == ["iam:PassRole"]
        assert statement["Condition"] == {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
        assert statement["Resource"] == ["arn:aws:iam::ACCOUNT:role/origin-router-*"]
    assert not any("Condition" in each for each in others)

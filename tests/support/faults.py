"""Lets calls to AWS fail, or something happen just before them: a session's hooks, no patching."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse


def refuse(
    session: boto3.Session, call: str, error: tuple[str, str], times: int, *, region: str | None = None
) -> list[str]:
    """Let a call be refused some times, in one Region if told so; return what counts the refusals."""
    refused: list[str] = []
    headers: Any = {}

    def answer(context: dict[str, Any], **_: Any) -> tuple[AWSResponse, dict[str, Any]] | None:
        if len(refused) == times or (region is not None and context["client_region"] != region):
            return None
        refused.append(call)
        code, message = error
        parsed = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": 400}}
        return AWSResponse("", 400, headers, None), parsed

    hook: Any = answer
    session.events.register(f"before-call.{call}", hook)
    return refused


def answer(session: boto3.Session, call: str, parsed: dict[str, Any]) -> list[dict[str, Any]]:
    """Answer a call that the simulation lacks, always in the same way; return what collects its parameters."""
    asked: list[dict[str, Any]] = []
    headers: Any = {}
    service, _, operation = call.partition(".")

    def listen(params: dict[str, Any], **_: Any) -> None:
        asked.append(params)

    def reply(**_: Any) -> tuple[AWSResponse, dict[str, Any]]:
        return AWSResponse("", 200, headers, None), {**parsed, "ResponseMetadata": {"HTTPStatusCode": 200}}

    hook: Any = reply
    session.events.register(f"provide-client-params.{service}.{operation}", listen)
    session.events.register(f"before-call.{service}.{operation}", hook)
    return asked


def on_call(session: boto3.Session, event: str, number: int, action: Callable[[], object]) -> None:
    """Do something when a call is made for the n-th time."""
    count = 0

    def hook(**_: Any) -> None:
        nonlocal count
        count += 1
        if count == number:
            action()

    session.events.register(event, hook)

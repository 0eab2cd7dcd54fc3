"""How an invocation ended, as far as CloudFront is told."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class FailureKind(StrEnum):
    """CloudFront's words, in `X-Cache` and in `x-edge-result-type` (CloudFront guide)."""

    EXECUTION = "LambdaExecutionError"
    LIMIT = "LambdaLimitExceeded"
    VALIDATION = "LambdaValidationError"


class Answer(NamedTuple):
    """The function returned; `payload` is JSON."""

    payload: bytes
    request_id: str = ""
    """Lambda's id of the invocation."""


class Failed(NamedTuple):
    """The function did not return."""

    kind: FailureKind
    reason: str


Outcome = Answer | Failed

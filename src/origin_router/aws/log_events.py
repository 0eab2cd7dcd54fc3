"""One event of a log group, and what sort of line it is. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Order = tuple[int, str, str, str, str]

PROBLEM_LEVELS = frozenset({"WARN", "WARNING", "ERROR", "FATAL", "CRITICAL"})

_PROBLEM_TEXT = re.compile(
    r"Task timed out|\[ERROR\]|\[WARNING\]|Traceback|Runtime\.\w|RequestId: \S+ Error|Status: (?:error|timeout)|"
    r"[Vv]alidation error|[Ii]nit timed out|[Pp]rocess exited"
)
"""How Lambda, its Python runtime client and CloudFront word their failures in text."""


class Kind(StrEnum):
    """Who wrote a line."""

    JOURNAL = "journal"
    METRICS = "metrics"
    """A summary of the function in CloudWatch's embedded metric format."""
    PLATFORM = "platform"
    """Lambda itself, where its system log is JSON."""
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class LogEvent:
    """What was written, where and when."""

    at_ms: int
    """Milliseconds since 1970, as CloudWatch has it."""
    region: str
    group: str
    stream: str
    """One per execution environment."""
    id: str
    message: str
    document: Mapping[str, Any] | None = None
    """The message where it is a JSON object."""

    @property
    def order(self) -> Order:
        """By time; the rest only makes it a total order, so that two runs print the same."""
        return (self.at_ms, self.region, self.group, self.stream, self.id)

    @property
    def kind(self) -> Kind:
        """Who wrote it."""
        if self.document is None:
            return Kind.TEXT
        if "_aws" in self.document:
            return Kind.METRICS
        if isinstance(self.document.get("event"), str):
            return Kind.JOURNAL
        return Kind.PLATFORM if str(self.document.get("type", "")).startswith("platform.") else Kind.TEXT

    @property
    def is_problem(self) -> bool:
        """Whether it reports a warning, an error, a timeout or a crash."""
        if self.document is None:
            return _PROBLEM_TEXT.search(self.message) is not None
        if self.kind is Kind.PLATFORM:
            record = self.document.get("record")
            return isinstance(record, dict) and record.get("status", "success") != "success"
        return str(self.document.get("level", self.document.get("log_level", ""))).upper() in PROBLEM_LEVELS


def read_event(region: str, group: str, raw: Mapping[str, Any]) -> LogEvent:
    """Read one event as FilterLogEvents returns it."""
    message = str(raw.get("message", ""))
    at_ms, stream = int(raw.get("timestamp", 0)), str(raw.get("logStreamName", ""))
    identity = str(raw.get("eventId") or f"{at_ms}/{raw.get('ingestionTime')}/{stream}/{message}")
    return LogEvent(at_ms, region, group, stream, identity, message.rstrip("\n"), _document(message))


def _document(message: str) -> dict[str, Any] | None:
    if not message.startswith("{"):
        return None
    try:
        document = json.loads(message)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None

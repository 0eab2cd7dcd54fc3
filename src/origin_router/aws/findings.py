"""What the preflight finds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


class Severity(Enum):
    """What a finding means for a deployment."""

    BLOCKING = "blocking"
    """AWS would refuse it, or requests would fail: nothing is changed."""
    WARNING = "warning"
    """It works, but not as one may expect."""
    NOTE = "note"
    """Good to know."""


@dataclass(frozen=True)
class Finding:
    """One thing that the preflight found."""

    severity: Severity
    where: str
    what: str
    what_to_do: str = ""

    def __str__(self) -> str:
        return f"{self.severity.value}: {self.where}: {self.what}" + (f". {self.what_to_do}" if self.what_to_do else "")


def blocking(where: str, what: str, what_to_do: str) -> Finding:
    """Return a finding that stops a deployment."""
    return Finding(Severity.BLOCKING, where, what, what_to_do)


def warning(where: str, what: str, what_to_do: str) -> Finding:
    """Return a finding that stops nothing but asks for a decision."""
    return Finding(Severity.WARNING, where, what, what_to_do)


def note(where: str, what: str, what_to_do: str = "") -> Finding:
    """Return a finding that asks for nothing."""
    return Finding(Severity.NOTE, where, what, what_to_do)


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Put the worst first, each once."""
    order = list(Severity)
    return tuple(sorted(dict.fromkeys(findings), key=lambda each: order.index(each.severity)))


def is_blocked(findings: Iterable[Finding]) -> bool:
    """Whether one of them stops the deployment."""
    return any(each.severity is Severity.BLOCKING for each in findings)

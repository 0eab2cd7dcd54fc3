"""What AWS says: the docstring of each case, which holds the local edge to it.

`docs/reference/local-edge.md` is generated from the cases, so the page claims exactly what
the suite proves. Sources are pages of the CloudFront developer guide (CFDG) and of the Lambda
developer guide (LDG); "practice" marks what is not documented but seen in public code and issues.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

SECTIONS = {
    "environment": "What the function's environment is",
    "event": "What the function is told",
    "result": "What the function may return",
    "failure": "What happens when the function fails",
    "origin": "How origins are reached",
    "failover": "Origin groups and the second trigger",
    "cache": "What is cached",
    "key": "What tells objects apart, and which part of them a viewer gets",
    "log": "What is logged",
}


class Statement(NamedTuple):
    """One sentence."""

    section: str
    text: str
    source: str


def states(section: str, source: str) -> Callable[[F], F]:
    """Mark a case: its docstring is the statement that it proves."""
    if section not in SECTIONS:
        raise ValueError(f"{section} is none of {', '.join(SECTIONS)}")

    def attach(case: F) -> F:
        text = " ".join((case.__doc__ or "").split())
        case.statement = Statement(section, text, source)  # type: ignore[attr-defined]
        return case

    return attach

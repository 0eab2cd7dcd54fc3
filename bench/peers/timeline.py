"""The course of a cell in steps of time, for the chart. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bench.peers.judge import Observation
from bench.samples import percentile

STEP_S = 0.25


@dataclass(frozen=True, slots=True)
class Step:
    """The requests intended within one step."""

    at_s: float
    """Its middle, from the beginning of the fault."""
    p50_ms: float
    worst_ms: float
    """Of those that did not fail; 0 if all did."""
    failed: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """All steps of a cell."""

    fault_s: float
    steps: tuple[Step, ...]

    def as_dict(self) -> dict[str, Any]:
        """For JSON: short, since there are many."""
        steps = [
            [round(each.at_s, 3), round(each.p50_ms, 1), round(each.worst_ms, 1), each.failed] for each in self.steps
        ]
        return {"fault_s": round(self.fault_s, 3), "columns": ["at_s", "p50_ms", "worst_ms", "failed"], "steps": steps}


def timeline_of(seen: Observation) -> Timeline:
    """Cut what was seen into steps, from the healthy time on."""
    first = int((seen.before_at - seen.fault_at) // STEP_S) + 1
    last = int((seen.end_at - seen.fault_at) // STEP_S)
    steps = []
    for number in range(first, last):
        begin_at = seen.fault_at + number * STEP_S
        samples = seen.between(begin_at, begin_at + STEP_S)
        if samples:
            answered = [each.latency_s * 1000 for each in samples if not each.has_failed]
            p50_ms, worst_ms = (percentile(answered, 50), max(answered)) if answered else (0.0, 0.0)
            steps.append(Step((number + 0.5) * STEP_S, p50_ms, worst_ms, len(samples) - len(answered)))
    return Timeline(seen.healed_at - seen.fault_at, tuple(steps))

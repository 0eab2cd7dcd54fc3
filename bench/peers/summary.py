"""All rounds of a peer and a fault together, and what that says about the goals. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bench.peers.faults import Fault
from bench.peers.judge import Verdict
from bench.samples import median


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One peer in one fault. Medians of the rounds, but for counts, which are sums."""

    peer: str
    fault: Fault
    rounds: int
    requests: int
    failed: int
    hurt: int
    healthy_p50_ms: float
    added_p50_ms: float
    added_p99_ms: float
    leave_s: float
    """Infinite: in most rounds it did not leave within the fault."""
    leave_each_s: tuple[float, ...]
    """The rounds, from the best to the worst."""
    return_s: float | None
    """Infinite: in most rounds not within the time. None: in most rounds it had never left."""
    probes_per_s: float

    def as_dict(self) -> dict[str, Any]:
        """For JSON, which has no infinity."""
        return {key: _plain(value) for key, value in asdict(self).items()} | {"fault": str(self.fault)}


def summarise(verdicts: Iterable[Verdict]) -> list[Row]:
    """Return a row per peer and fault, in the order in which they first come."""
    groups: dict[tuple[str, Fault], list[Verdict]] = {}
    for verdict in verdicts:
        groups.setdefault((verdict.peer, verdict.fault), []).append(verdict)
    return [_row(peer, fault, found) for (peer, fault), found in groups.items()]


def _row(peer: str, fault: Fault, found: Sequence[Verdict]) -> Row:
    left = [math.inf if each.leave_s is None else each.leave_s for each in found]
    returned = [math.inf if each.return_s is None else each.return_s for each in found if each.had_left]
    return Row(
        peer=peer,
        fault=fault,
        rounds=len(found),
        requests=sum(each.requests for each in found),
        failed=sum(each.failed for each in found),
        hurt=sum(each.hurt for each in found),
        healthy_p50_ms=median([each.healthy_p50_ms for each in found]),
        added_p50_ms=median([each.added_p50_ms for each in found]),
        added_p99_ms=median([each.added_p99_ms for each in found]),
        leave_s=_middle(left),
        leave_each_s=tuple(sorted(left)),
        return_s=_middle(returned) if 2 * len(returned) > len(found) else None,
        probes_per_s=median([each.probes_per_s for each in found]),
    )


def goals(rows: Sequence[Row], ours: str, tolerance_s: float) -> list[str]:
    """Say of each goal whether it is met. `tolerance_s`: two that are closer are level (the time between requests)."""
    own = [row for row in rows if row.peer == ours]
    if not own:
        return ["The router took no part."]
    failed = [f"{row.failed} of {row.requests} in {row.fault}" for row in own if row.failed]
    said = [f"No failed GET: {'MISSED, ' + ', '.join(failed) if failed else 'met.'}"]
    behind = []
    for row in own:
        faster = [each for each in rows if each.fault is row.fault and each.leave_s < row.leave_s - tolerance_s]
        if math.isinf(row.leave_s) and not faster:
            behind.append(f"{row.fault} (nobody left)")
        if faster:
            names = ", ".join(f"{each.peer} {seconds(each.leave_s)}" for each in faster)
            behind.append(f"{row.fault} {seconds(row.leave_s)} (before it: {names})")
    return [*said, f"First in time to leave: {'MISSED in ' + '; '.join(behind) if behind else 'met, or level.'}"]


def seconds(value: float | None) -> str:
    """Write a time of the tables."""
    if value is None:
        return "-"
    return "never" if math.isinf(value) else f"{value:.2f} s"


def span(values: Sequence[float]) -> str:
    """Write the best and the worst of several times."""
    best, worst = min(values), max(values)
    return seconds(worst) if best == worst else f"{seconds(best).removesuffix(' s')} to {seconds(worst)}"


def _middle(values: Sequence[float]) -> float:
    """The median; of an even number the worse of the middle two, since infinity has no mean."""
    return sorted(values)[len(values) // 2] if values else math.inf


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, float):
        return None if math.isinf(value) else round(value, 3)
    return value

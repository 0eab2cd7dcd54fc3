"""What viewers noticed of one fault behind one peer. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import accumulate
from typing import Any

from bench.peers.faults import Fault
from bench.peers.load import Sample
from bench.peers.trio import BROKEN, SeenTraffic
from bench.samples import percentile

LATE_MS = 200.0
"""A request is late when it takes so much longer than the peer's healthy median: more than the way to the
slowest healthy origin adds (70 ms) and a busy machine does, half of what a slow origin adds."""

CALM_S = 2.0
"""A peer has left only if the fault goes on for at least so long without any request being hurt by it."""

WINDOW_S = 1.0
RETURNED_SHARE = 0.9
"""A peer is back once the healed origin answers so much of its healthy share over a window."""

LEFT_SHARE = 0.5
"""It had left if, at the end of the fault, the broken origin answered less than this of its healthy share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """All that was seen in one cell, in monotonic seconds."""

    samples: Sequence[Sample]
    before_at: float
    fault_at: float
    healed_at: float
    end_at: float
    seen: Mapping[str, SeenTraffic]

    def between(self, begin_at: float, end_at: float) -> list[Sample]:
        """The requests that were intended in a span of time, in order."""
        found = [each for each in self.samples if begin_at <= each.intended_at < end_at]
        return sorted(found, key=lambda each: each.intended_at)

    @property
    def healthy(self) -> list[Sample]:
        """Before the fault."""
        return self.between(self.before_at, self.fault_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One cell, judged. Times in seconds, delays in milliseconds."""

    peer: str
    fault: Fault
    round: int
    requests: int
    """From the beginning of the healthy time to the end."""
    failed: int
    healthy_p50_ms: float
    healthy_p99_ms: float
    added_p50_ms: float
    """During the fault, beyond the same percentile of the healthy time; a failure counts as the viewer's timeout."""
    added_p99_ms: float
    leave_s: float | None
    """From the fault to the first moment after which no request was hurt by it; None: not within the fault."""
    return_s: float | None
    """From the healing until the origin answers again as before; None: not within the time, or it had never left."""
    had_left: bool
    """Whether the peer had stopped using the origin at all."""
    probes_per_s: float
    """Per origin, from the beginning of the healthy time to the end."""
    sent_late_p99_ms: float
    sent_late_max_ms: float
    """How late the load generator was: the noise of the machine."""
    hurt: int
    """Requests of the fault's time that failed or were late."""
    problems: Mapping[str, int]
    """What the failed requests ran into."""

    @property
    def is_disturbed(self) -> bool:
        """Whether other work on the machine held up the load generator itself for long: the cell says nothing."""
        return self.sent_late_max_ms > LATE_MS / 2

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        rounded = {key: round(value, 3) if isinstance(value, float) else value for key, value in asdict(self).items()}
        return rounded | {"fault": str(self.fault)}


def judge(peer: str, fault: Fault, number: int, seen: Observation) -> Verdict:
    """Judge a cell. Raises ValueError where there was no healthy time to compare with."""
    healthy = [each for each in seen.healthy if not each.has_failed]
    if not healthy:
        raise ValueError("not a single request was answered before the fault")
    during = seen.between(seen.fault_at, seen.healed_at)
    everything = seen.between(seen.before_at, seen.end_at)
    failed = [each for each in everything if each.has_failed]
    healthy_ms = [each.latency_s * 1000 for each in healthy]
    during_ms = [each.latency_s * 1000 for each in during]
    p50_ms, p99_ms = percentile(healthy_ms, 50), percentile(healthy_ms, 99)
    sent_late_ms = [(each.sent_at - each.intended_at) * 1000 for each in everything]
    hurt = [is_hurt(each, late_after_ms(healthy)) for each in during]
    return Verdict(
        peer=peer,
        fault=fault,
        round=number,
        requests=len(everything),
        failed=len(failed),
        healthy_p50_ms=p50_ms,
        healthy_p99_ms=p99_ms,
        added_p50_ms=percentile(during_ms, 50) - p50_ms,
        added_p99_ms=percentile(during_ms, 99) - p99_ms,
        hurt=sum(hurt),
        leave_s=leave_s(during, hurt, seen.fault_at, seen.healed_at),
        return_s=return_s(seen),
        had_left=had_left(seen),
        probes_per_s=_probes_per_s(seen),
        sent_late_p99_ms=percentile(sent_late_ms, 99),
        sent_late_max_ms=max(sent_late_ms),
        problems=_counted(failed),
    )


def leave_s(during: Sequence[Sample], hurt: Sequence[bool], fault_at: float, healed_at: float) -> float | None:
    """Return after how long no request was hurt any more: the next one after the last that was. 0: none ever was."""
    if not any(hurt):
        return 0.0
    following = len(hurt) - list(reversed(hurt)).index(True)
    if following == len(during):
        return None
    left_at = during[following].intended_at
    return left_at - fault_at if healed_at - left_at >= CALM_S else None


def return_s(seen: Observation) -> float | None:
    """Return after how long from the healing the origin had its share again, over a whole window."""
    if not had_left(seen):
        return None
    wanted = RETURNED_SHARE * _share(seen.healthy)
    after = seen.between(seen.healed_at, seen.end_at)
    at = [each.intended_at for each in after]
    is_back = [each.origin == BROKEN for each in after]
    so_far = [0, *accumulate(is_back)]
    for first, begin_at in enumerate(at):
        if seen.end_at - begin_at < WINDOW_S:
            return None
        end = bisect_left(at, begin_at + WINDOW_S)
        if is_back[first] and so_far[end] - so_far[first] >= wanted * (end - first):
            return begin_at - seen.healed_at
    return None


def had_left(seen: Observation) -> bool:
    """Whether the origin was hardly asked any more when it was healed, nor in vain."""
    last = seen.between(seen.healed_at - CALM_S, seen.healed_at)
    arrived = sum(seen.healed_at - CALM_S <= at < seen.healed_at for at in seen.seen[BROKEN].viewers)
    late_ms = late_after_ms(seen.healthy)
    in_vain = sum(is_hurt(each, late_ms) for each in last)
    asked = max(arrived, in_vain, sum(each.origin == BROKEN for each in last))
    return asked < LEFT_SHARE * _share(seen.healthy) * len(last)


def late_after_ms(healthy: Sequence[Sample]) -> float:
    """Return from which latency on a request counts as late."""
    return percentile([each.latency_s * 1000 for each in healthy], 50) + LATE_MS


def is_hurt(sample: Sample, late_ms: float) -> bool:
    """Whether a request failed or was late."""
    return sample.has_failed or sample.latency_s * 1000 > late_ms


def _share(samples: Sequence[Sample]) -> float:
    return sum(each.origin == BROKEN for each in samples) / len(samples) if samples else 0.0


def _probes_per_s(seen: Observation) -> float:
    counts = [sum(seen.before_at <= at < seen.end_at for at in each.probes) for each in seen.seen.values()]
    return sum(counts) / len(counts) / (seen.end_at - seen.before_at)


def _counted(failed: Sequence[Sample]) -> dict[str, int]:
    problems = sorted({each.problem for each in failed})
    return {problem: sum(each.problem == problem for each in failed) for problem in problems}

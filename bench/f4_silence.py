"""F4: what requests pay when no origin answers.

The origins drop every connection attempt: with the default limits, under which every probe
fails before the budget is spent, and with limits longer than the budget, so that the watchdog
has to answer. And once the name resolution hangs, which cannot be interrupted.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench.child import event_file, run_worker
from bench.figure import Reading, Target
from bench.functions import MODULE, SEED_MODULE, unzip_seed
from bench.lab import Lab, RunningOrigin, config_of
from bench.samples import median, percentile, summarise
from bench.silent import SilentOrigin
from origin_router.routing.config import ProbeConfig

ORIGINS = 4

REFRESH_S = 10.0

BEYOND_BUDGET_MS = 50.0

LATER_MS = 1.0

PAUSE_S = 0.01
"""Between two later requests: a hundred per second."""

LATER_THAN_BUDGET_MS = 5_000


@dataclass(frozen=True, slots=True)
class Case:
    """One way in which nothing answers."""

    name: str
    probe: ProbeConfig
    is_resolver_hung: bool = False


CASES = (
    Case("silent origins", ProbeConfig()),
    Case("silent origins, limits beyond the budget", ProbeConfig(connect_timeout_ms=LATER_THAN_BUDGET_MS)),
    Case("hung name resolution", ProbeConfig(connect_timeout_ms=LATER_THAN_BUDGET_MS), is_resolver_hung=True),
)


@dataclass(frozen=True, slots=True)
class Taken:
    """Times of one function's requests, in milliseconds, without waits for a processor."""

    first: list[float]
    """One per process."""
    later: list[float]
    later_raw: list[float]
    """With the waits."""


async def measure(lab: Lab) -> list[Reading]:
    """Return the readings of F4."""
    with ExitStack() as stack:
        ports = [stack.enter_context(SilentOrigin()).port for _ in range(ORIGINS)]
        origins = [RunningOrigin(number, port, is_tls=True) for number, port in enumerate(ports)]
        seed_root = unzip_seed(lab, origins, refresh_s=REFRESH_S)
        seed = _run(lab, SEED_MODULE, seed_root, origins, processes=1, requests=lab.scaled(3, 1))
        readings = []
        for case in CASES:
            task_root = lab.unzip(config_of(origins, refresh_s=REFRESH_S, probe=case.probe))
            ours = _run(
                lab,
                MODULE,
                task_root,
                origins,
                processes=lab.scaled(7, 3),
                requests=lab.scaled(400, 120),
                resolver="hung" if case.is_resolver_hung else "resolved",
            )
            readings += _readings(case, ours, seed)
    return readings


def _run(
    lab: Lab,
    module: str,
    task_root: Path,
    origins: list[RunningOrigin],
    *,
    processes: int,
    requests: int,
    resolver: str = "resolved",
) -> Taken:
    """Start processes for their first request; the last of them gets the later ones, too."""
    first = []
    for left in reversed(range(processes)):
        later = 0 if left else requests
        taken = run_worker(
            lab, "no_answer", module, task_root, event_file(lab), later, PAUSE_S, resolver, origins=origins
        )
        first.append(taken["first"])
    own = [max(0.0, raw - held_up) for raw, held_up in zip(taken["later"], taken["held_up"], strict=True)]
    return Taken(first, own, taken["later"])


def _readings(case: Case, ours: Taken, seed: Taken) -> list[Reading]:
    budget_ms = case.probe.budget_ms
    above = sum(each > LATER_MS for each in ours.later)
    return [
        Reading(
            figure="F4",
            what=f"{case.name}: the first request, import and race included",
            value=median(ours.first),
            unit="ms",
            target=Target(budget_ms + BEYOND_BUDGET_MS),
            seed=median(seed.first),
            series={"first": summarise(ours.first)},
            note=f"budget {budget_ms} ms; longest {max(ours.first):.1f} ms",
        ),
        Reading(
            figure="F4",
            what=f"{case.name}: later requests, p99",
            value=percentile(ours.later, 99),
            unit="ms",
            target=Target(LATER_MS),
            seed=percentile(seed.later, 99),
            series={"later": summarise(ours.later), "later, raw": summarise(ours.later_raw)},
            note=f"longest {max(ours.later):.2f} ms; {above} of {len(ours.later)} above {LATER_MS:g} ms",
        ),
    ]

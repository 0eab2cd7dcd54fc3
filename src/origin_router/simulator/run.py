"""Plays a scenario with several policies; Regions and policies in parallel processes where there are cores."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from random import Random

from origin_router.routing.config import RouterConfig
from origin_router.simulator.chance import stream
from origin_router.simulator.environment import RouterEnvironment
from origin_router.simulator.geography import RoundTrips
from origin_router.simulator.naive import NaiveEnvironment
from origin_router.simulator.peers import Setting
from origin_router.simulator.plan import play
from origin_router.simulator.policies import CENTRAL, OURS, check_name, router_config
from origin_router.simulator.scenario import Scenario
from origin_router.simulator.slots import Environment, Slots
from origin_router.simulator.tally import Tally
from origin_router.simulator.traffic import loads
from origin_router.simulator.viewer import Viewers
from origin_router.simulator.world import View

SLOTS_PER_JOB = 8
"""Environments that one job plays: small enough for progress and even cores, large enough to be worth sending."""


@dataclass(frozen=True)
class Job:
    """A part of a run that depends on no other."""

    scenario: Scenario
    policy: str
    region: str
    seed: int
    trips: RoundTrips
    config: RouterConfig | None
    slots: range | None = None
    """Environments to play; None: a central policy."""
    weight: float = 1.0
    """So many environments each of them stands for."""


@dataclass(frozen=True)
class Played:
    """One policy's tally in one scenario."""

    scenario: Scenario
    policy: str
    seed: int
    tally: Tally


def simulate(
    scenario: Scenario,
    policies: Sequence[str],
    *,
    seed: int = 0,
    trips: RoundTrips | None = None,
    config: RouterConfig | None = None,
    sample: int = 1,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Played]:
    """Play a scenario with each policy. The result depends on the seed alone, not on the number of workers.

    Environments do not know of each other, so with `sample` one in so many is played and stands for all of them.
    `progress` is called with (jobs done, jobs in all).
    """
    for policy in policies:
        check_name(policy)
        if policy.partition(":")[0] == OURS:
            router_config(policy, scenario, config)
    base = [Job(scenario, policy, "", seed, trips or RoundTrips(), config) for policy in policies]
    jobs = [job for each in base for job in _jobs(each, sample)]
    tallies = _run_all(jobs, os.cpu_count() or 1 if workers is None else workers, progress or (lambda *_: None))
    played = {policy: Played(scenario, policy, seed, Tally()) for policy in policies}
    for job, tally in zip(jobs, tallies, strict=True):
        played[job.policy].tally.merge(tally, job.weight)
    return list(played.values())


def _jobs(base: Job, sample: int) -> list[Job]:
    jobs = []
    for region in base.scenario.regions:
        if base.policy in CENTRAL:
            jobs.append(replace(base, region=region))
            continue
        count = max(each.environments for each in loads(base.scenario, region))
        played = range(min(sample, count) // 2, count, sample)
        for first in range(0, len(played), SLOTS_PER_JOB):
            slots = played[first : first + SLOTS_PER_JOB]
            jobs.append(replace(base, region=region, slots=slots, weight=count / len(played)))
    return jobs


def _run_all(jobs: list[Job], workers: int, progress: Callable[[int, int], None]) -> list[Tally]:
    tallies: list[Tally | None] = [None] * len(jobs)
    if workers <= 1:
        for index, job in enumerate(jobs):
            tallies[index] = play_job(job)
            progress(index + 1, len(jobs))
    else:
        with ProcessPoolExecutor(workers) as executor:
            index_of: dict[Future[Tally], int] = {executor.submit(play_job, job): i for i, job in enumerate(jobs)}
            for done, future in enumerate(as_completed(index_of), 1):
                tallies[index_of[future]] = future.result()
                progress(done, len(jobs))
    return [each for each in tallies if each is not None]


def play_job(job: Job) -> Tally:
    """Play one part of a run."""
    tally = Tally()
    view = View(job.scenario, job.region, job.trips)
    region_loads = loads(job.scenario, job.region)
    get_share = job.scenario.traffic.get_share
    if job.slots is None:
        rng = stream(job.seed, job.region, job.policy)
        checkers = tuple(View(job.scenario, each, job.trips) for each in job.scenario.regions)
        setting = Setting(view, checkers, tally, rng, lambda purpose: stream(job.seed, purpose))
        plan = CENTRAL[job.policy](setting)
        viewers = Viewers(view, tally, stream(job.seed, job.region, "viewers"), get_share)
        play(plan, region_loads, viewers, stream(job.seed, job.region, "arrivals"))
        return tally
    for slot in job.slots:
        viewers = Viewers(view, tally, stream(job.seed, job.region, slot, "viewers"), get_share)
        rng = stream(job.seed, job.region, slot, job.policy)
        make = _maker(job, viewers, rng)
        arrivals = stream(job.seed, job.region, slot, "arrivals")
        Slots(region_loads, job.scenario.edge, viewers, arrivals, make).play(slot)
    return tally


def _maker(job: Job, viewers: Viewers, rng: Random) -> Callable[[float], Environment]:
    edge = job.scenario.edge
    if job.policy.partition(":")[0] != OURS:
        return lambda _: NaiveEnvironment(edge, viewers, rng)
    config = router_config(job.policy, job.scenario, job.config)
    return lambda at_s: RouterEnvironment(config, edge, viewers, rng, at_s)

"""A run cut into parts that depend on no other, and how one of them is played."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from origin_router.routing.config import RouterConfig
from origin_router.simulator.chance import stream
from origin_router.simulator.environment import RouterEnvironment
from origin_router.simulator.geography import RoundTrips
from origin_router.simulator.naive import NaiveEnvironment
from origin_router.simulator.peers import Setting
from origin_router.simulator.plan import play
from origin_router.simulator.policies import CENTRAL, OURS, router_config
from origin_router.simulator.scenario import Scenario
from origin_router.simulator.slots import Environment, Slots
from origin_router.simulator.tally import Tally
from origin_router.simulator.traffic import loads
from origin_router.simulator.viewer import Viewers
from origin_router.simulator.world import View

SLOTS_PER_JOB = 8
"""Environments that one job plays: small enough for progress and even cores, large enough to be worth sending."""


@dataclass(frozen=True)
class Play:
    """One policy in one scenario with one seed."""

    scenario: Scenario
    policy: str
    seed: int
    trips: RoundTrips
    config: RouterConfig | None = None
    sample: int = 1
    """One in so many environments is played, and stands for all of them: they do not know of each other."""


@dataclass(frozen=True)
class Job:
    """A part of one: a Region, or some of its environments."""

    play: Play
    region: str
    slots: range | None = None
    """Environments to play; None: a central policy."""
    weight: float = 1.0
    """So many environments each of them stands for."""


def jobs_of(play: Play) -> list[Job]:
    """Cut a play into jobs; their tallies, merged in this order, are the result."""
    if play.policy in CENTRAL:
        return [Job(play, region) for region in play.scenario.regions]
    jobs = []
    for region in play.scenario.regions:
        count = max(each.environments for each in loads(play.scenario, region))
        played = range(min(play.sample, count) // 2, count, play.sample)
        jobs += [
            Job(play, region, played[first : first + SLOTS_PER_JOB], count / len(played))
            for first in range(0, len(played), SLOTS_PER_JOB)
        ]
    return jobs


def play_job(job: Job) -> Tally:
    """Play one part of a run. All chance is drawn from streams of its own."""
    scenario, seed, policy = job.play.scenario, job.play.seed, job.play.policy
    tally = Tally()
    view = View(scenario, job.region, job.play.trips)
    region_loads = loads(scenario, job.region)
    get_share = scenario.traffic.get_share
    if job.slots is None:
        rng = stream(seed, job.region, policy)
        checkers = tuple(View(scenario, each, job.play.trips) for each in scenario.regions)
        setting = Setting(view, checkers, tally, rng, lambda purpose: stream(seed, purpose))
        plan = CENTRAL[policy](setting)
        viewers = Viewers(view, tally, stream(seed, job.region, "viewers"), get_share)
        play(plan, region_loads, viewers, stream(seed, job.region, "arrivals"))
        return tally
    for slot in job.slots:
        viewers = Viewers(view, tally, stream(seed, job.region, slot, "viewers"), get_share)
        make = _maker(job.play, viewers, stream(seed, job.region, slot, policy.partition(":")[0]))
        arrivals = stream(seed, job.region, slot, "arrivals")
        Slots(region_loads, scenario.edge, viewers, arrivals, make).play(slot)
    return tally


def _maker(each: Play, viewers: Viewers, rng: Random) -> Callable[[float], Environment]:
    edge = each.scenario.edge
    if each.policy.partition(":")[0] != OURS:
        return lambda _: NaiveEnvironment(edge, viewers, rng)
    config = router_config(each.policy, each.scenario, each.config)
    return lambda at_s: RouterEnvironment(config, edge, viewers, rng, at_s)

"""Plays scenarios with policies and seeds, in parallel where there are cores or a cluster.

The result depends on the seed alone, to the byte: jobs draw from streams of their own, and
their tallies are merged in one order, whichever ended first.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from origin_router.routing.config import RouterConfig
from origin_router.simulator.geography import RoundTrips
from origin_router.simulator.jobs import Job, Play, jobs_of, play_job
from origin_router.simulator.policies import OURS, check_name, router_config
from origin_router.simulator.scenario import Scenario
from origin_router.simulator.tally import Tally


@dataclass(frozen=True)
class Played:
    """One policy's tally in one scenario."""

    scenario: Scenario
    policy: str
    seed: int
    tally: Tally
    times: int = 1
    """So many seeds are added up in it."""

    @property
    def played_s(self) -> float:
        """Length of all that was played."""
        return self.scenario.hours * 3600 * self.times


def together(all_played: Sequence[Played]) -> list[Played]:
    """Add up the seeds of each scenario and policy; the first of them names the sum."""
    sums: dict[tuple[str, str], Played] = {}
    count: dict[tuple[str, str], int] = {}
    for each in all_played:
        key = (each.scenario.name, each.policy)
        count[key] = count.get(key, 0) + 1
        sums.setdefault(key, replace(each, tally=Tally())).tally.merge(each.tally)
    return [replace(each, times=count[key]) for key, each in sums.items()]


class ClusterError(Exception):
    """There is no cluster to spread a run over; the message says why."""


@contextmanager
def local_executor(workers: int | None = None) -> Iterator[Executor | None]:
    """Offer processes on this machine, one for each core; None where one worker is asked for."""
    count = (os.cpu_count() or 1) if workers is None else workers
    if count <= 1:
        yield None
        return
    others = set(multiprocessing.active_children())
    executor = ProcessPoolExecutor(count, initializer=_ignore_interrupts)
    try:
        yield executor
    except BaseException:  # parts under way are of no use any more
        for worker in set(multiprocessing.active_children()) - others:
            worker.terminate()
        raise
    finally:
        executor.shutdown(cancel_futures=True)


@contextmanager
def dask_executor(address: str) -> Iterator[Executor]:
    """Offer a Dask cluster whose scheduler is at an address; its workers need this package installed."""
    try:
        import distributed  # an option: not required
    except ImportError:
        raise ClusterError("--dask needs the package distributed, which is not installed") from None
    try:
        client: Any = distributed.Client(address, timeout="10s")  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise ClusterError(f"--dask {address}: {error}") from None
    with client, client.get_executor(pure=False) as executor:
        yield executor


def check(plays: Sequence[Play]) -> None:
    """Raise PolicyError if a policy is wrong, before anything is played."""
    for each in plays:
        check_name(each.policy)
        if each.policy.partition(":")[0] == OURS:
            router_config(each.policy, each.scenario, each.config)


def play_all(
    plays: Sequence[Play], executor: Executor | None, *, progress: Callable[[int, int], None] = lambda *_: None
) -> Iterator[Played]:
    """Yield each play as soon as it is complete. `progress` is called with (jobs done, jobs in all)."""
    gathering = [_Gathering(each) for each in plays]
    total = sum(len(each.jobs) for each in gathering)
    for done, (owner, index, tally) in enumerate(_tallies(gathering, executor), 1):
        is_complete = owner.take(index, tally)
        progress(done, total)
        if is_complete:
            yield Played(owner.play.scenario, owner.play.policy, owner.play.seed, owner.tally)


def simulate(
    scenario: Scenario,
    policies: Sequence[str],
    *,
    seed: int = 0,
    trips: RoundTrips | None = None,
    config: RouterConfig | None = None,
    sample: int = 1,
    workers: int | None = None,
) -> list[Played]:
    """Play a scenario with each policy, and wait for all of them."""
    plays = [Play(scenario, policy, seed, trips or RoundTrips(), config, sample) for policy in policies]
    check(plays)
    with local_executor(workers) as executor:
        played = {each.policy: each for each in play_all(plays, executor)}
    return [played[policy] for policy in policies]


class _Gathering:
    """The tallies of one play, merged in the order of its jobs."""

    def __init__(self, play: Play) -> None:
        self.play = play
        self.jobs = jobs_of(play)
        self.tally = Tally()
        self._merged = 0
        self._early: dict[int, Tally] = {}
        """Those that ended before their turn."""

    def take(self, index: int, tally: Tally) -> bool:
        """Take in a job's tally; return whether it was the last one."""
        self._early[index] = tally
        while self._merged in self._early:
            self.tally.merge(self._early.pop(self._merged), self.jobs[self._merged].weight)
            self._merged += 1
        return self._merged == len(self.jobs)


def _tallies(gathering: list[_Gathering], executor: Executor | None) -> Iterator[tuple[_Gathering, int, Tally]]:
    places = [(owner, index, job) for owner in gathering for index, job in enumerate(owner.jobs)]
    if executor is None:
        for owner, index, job in places:
            yield owner, index, play_job(job)
        return
    place_of: dict[Future[Tally], tuple[_Gathering, int, Job]] = {
        executor.submit(play_job, place[2]): place for place in places
    }
    for future in as_completed(place_of):
        owner, index, _ = place_of.pop(future)
        yield owner, index, future.result()


def _ignore_interrupts() -> None:
    """Ctrl-C reaches every process of the terminal: it is for the first of them, which ends the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

"""F7: what viewers of the local edge notice when an origin vanishes under load.

All requests are GETs that no cache can answer. After a while the origin that serves them is
blackholed: its open connections fall silent and new ones are swallowed. Once by one viewer at a
time, so that there is one environment and one moment at which it finds out; and once by several,
whose environments find out each for itself.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

import aiohttp

from bench.edge import ServingEdge, configuration_of, local_edge
from bench.figure import Reading, Target
from bench.lab import Lab, RunningOrigin
from bench.samples import percentile, summarise

ORIGINS = 3
THINK_S = 0.005
"""All are equally far away, so that what the change of origins costs is not their distance."""

PAUSE_S = 0.004
"""Between two requests of a viewer."""

BEFORE_S = (4.0, 2.0)
AFTER_S = (6.0, 4.0)
"""Full and quick."""

VIEWERS = 4

ADDED_LIMIT_MS = 2.0
"""For the difference of two 99th percentiles over the whole way, several processes each: what they differ by anyway."""

ANSWER_LIMIT_S = 30.0


@dataclass(frozen=True, slots=True)
class Asked:
    """One request. Times on the monotonic clock."""

    query: str
    began_at: float
    ended_at: float
    status: int
    """0: no answer."""

    @property
    def took_ms(self) -> float:
        return (self.ended_at - self.began_at) * 1000


@dataclass(frozen=True, slots=True)
class Played:
    """What viewers saw, and what the edge did."""

    before: list[Asked]
    after: list[Asked]
    """From the moment on at which the origin vanished."""
    vanished_at: float
    failed_over: frozenset[str]
    """Queries of those that met the dead origin, and were answered by the second attempt."""
    environments: int

    @property
    def errors(self) -> int:
        return sum(each.status != 200 for each in (*self.before, *self.after))

    @property
    def delayed(self) -> list[Asked]:
        return [each for each in self.after if each.query in self.failed_over]

    def settled(self) -> list[Asked]:
        """Those that began after the first detection, but for what other environments detected."""
        first_at = min((each.ended_at for each in self.delayed), default=self.vanished_at)
        return [each for each in self.after if each.began_at >= first_at and each.query not in self.failed_over]


async def measure(lab: Lab) -> list[Reading]:
    """Return the readings of F7."""
    readings = []
    for name, viewers, options in (
        ("one viewer at a time", 1, ("--environment-rate", "0")),
        (f"{VIEWERS} viewers", VIEWERS, ("--environment-rate", "0")),
    ):
        readings += _readings(name, await _play(lab, viewers, options))
    return readings


async def _play(lab: Lab, viewers: int, options: Sequence[str]) -> Played:
    origins = {each.host: each for each in (lab.start_origin(think_s=THINK_S, is_tls=False) for _ in range(ORIGINS))}
    configuration = configuration_of([(host, each.port) for host, each in origins.items()], "refresh_s = 2")
    directory = lab.new_task_root()
    with ExitStack() as stack:
        edge = stack.enter_context(
            local_edge(directory, configuration, "--access-log", str(directory / "access.jsonl"), *options)
        )
        await _ask_for(0.5, edge, viewers, "warm")
        before = await _ask_for(BEFORE_S[lab.is_quick], edge, viewers, "before")
        vanished_at = time.monotonic()
        lab.blackhole(_serving(edge, origins))
        after = await _ask_for(AFTER_S[lab.is_quick], edge, viewers, "after")
        failed_over = frozenset(line["cs-uri-query"] for line in edge.lines() if line["sr-reason"])
        return Played(before, after, vanished_at, failed_over, len(edge.environments()))


def _serving(edge: ServingEdge, origins: dict[str, RunningOrigin]) -> RunningOrigin:
    """The origin that answers most requests."""
    hosts = Counter(line["r-host"] for line in edge.lines())
    return origins[hosts.most_common(1)[0][0]]


async def _ask_for(seconds: float, edge: ServingEdge, viewers: int, name: str) -> list[Asked]:
    until = time.monotonic() + seconds
    asked: list[Asked] = []
    timeout = aiohttp.ClientTimeout(total=ANSWER_LIMIT_S)
    async with aiohttp.ClientSession(timeout=timeout) as session:

        async def view(number: int) -> None:
            count = 0
            while time.monotonic() < until:
                count += 1
                asked.append(await _ask(session, edge.url, f"{name}-{number}-{count}"))
                await asyncio.sleep(PAUSE_S)

        await asyncio.gather(*map(view, range(viewers)))
    return asked


async def _ask(session: aiohttp.ClientSession, url: str, query: str) -> Asked:
    began_at = time.monotonic()
    status = 0
    try:
        async with session.get(f"{url}/?{query}") as response:
            await response.read()
            status = response.status
    except (aiohttp.ClientError, TimeoutError):
        pass
    return Asked(query, began_at, time.monotonic(), status)


def _readings(name: str, played: Played) -> list[Reading]:
    before_ms = [each.took_ms for each in played.before]
    settled_ms = [each.took_ms for each in played.settled()]
    delayed = played.delayed
    if not settled_ms:
        raise RuntimeError(f"{name}: the dead origin was not noticed before the time was up")
    requests = len(played.before) + len(played.after)
    last_s = max((each.ended_at for each in delayed), default=played.vanished_at) - played.vanished_at
    longest_ms = max((each.took_ms for each in delayed), default=0.0)
    return [
        Reading(
            figure="F7",
            what=f"{name}: an origin vanishes, viewers' errors",
            value=played.errors,
            unit="requests",
            target=Target(0),
            note=f"of {requests} requests, {played.environments} environments",
        ),
        Reading(
            figure="F7",
            what=f"{name}: answered by the second attempt",
            value=len(delayed),
            unit="requests",
            note=f"the longest took {longest_ms:.0f} ms, the last ended {last_s:.2f} s after the origin vanished; "
            "an environment finds out by its own requests",
        ),
        Reading(
            figure="F7",
            what=f"{name}: p99 of the others after the first of these, beyond p99 before",
            value=percentile(settled_ms, 99) - percentile(before_ms, 99),
            unit="ms",
            target=Target(ADDED_LIMIT_MS),
            series={"before": summarise(before_ms), "after": summarise(settled_ms)},
            note=f"p99 {percentile(before_ms, 99):.2f} ms before; medians "
            f"{percentile(before_ms, 50):.2f} and {percentile(settled_ms, 50):.2f} ms",
        ),
    ]

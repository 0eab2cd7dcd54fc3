"""The checks of prior knowledge, wherever it is written: Region -> origin -> expected milliseconds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from origin_router.config import values_aws
from origin_router.config.node import Node
from origin_router.config.problems import Finding, did_you_mean, show

LONGEST_MS = 60_000
"""Nobody waits longer than this for a first byte; a larger number is a slip of units."""


def check_prior(prior: Node, origins: Sequence[str]) -> Iterator[Finding]:
    """Yield the mistakes of one pool's table. `origins` are the ids of its origins."""
    for region, table in prior.entries():
        problem = values_aws.execution_region_problem(region)
        if problem:
            yield Finding(table.location, problem)
        for origin, expected in table.entries():
            if origins and origin not in origins:
                message = f"{show(origin)} is no origin of this pool{did_you_mean(origin, dict.fromkeys(origins))}"
                yield Finding(expected.location, message)
            elif not 0 < expected.number(1.0) <= LONGEST_MS:
                message = f"{show(expected.value)} ms is not a time to expect; allowed: more than 0, up to {LONGEST_MS}"
                yield Finding(expected.location, message)

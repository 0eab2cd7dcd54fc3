"""A journal's probes through a router: where the choice changes, when and why."""

from __future__ import annotations

import pytest

from origin_router.cli.journal_file import read_journal, read_probes
from origin_router.cli.journal_replay import describe_cause, measured_pools, replay
from origin_router.edge.event import EventRequest
from origin_router.routing.config import RouterConfig
from tests.support.configs import document, parsed
from tests.support.journals import START, at, journal, probe

GET = EventRequest({"method": "GET", "uri": "/", "headers": {}})

BACKUP = '[[pools.backup.origins]]\nid = "s"\nhost = "s.test"\n[[pools.backup.origins]]\nid = "t"\nhost = "t.test"'


def config(pool: str = "", end: str = "") -> RouterConfig:
    """Two origins, and what a test adds."""
    return parsed(document(pool=pool, end=end)).router


CASES = [
    # (configuration, probes, (seconds, previous, origin, reason, cause) of each change)
    (
        config(),
        [probe("us", 0, 90.0), probe("eu", 1, 12.5), probe("us", 10, 90.0)],
        [
            (0, None, "web/us", "first_answer", "web/us: 90.0 ms"),
            (1, "web/us", "web/eu", "fastest", "web/eu: 12.5 ms"),
        ],
    ),
    (
        config(),
        [probe("eu", 0, 12.0), probe("us", 0, 15.0), probe("eu", 10, 22.0), probe("eu", 20, "refused")],
        [
            (0, None, "web/eu", "first_answer", "web/eu: 12.0 ms"),
            (20, "web/eu", "web/us", "fastest", "web/eu: refused"),
        ],
    ),
    (
        config(pool='policy = "priority"'),
        [probe("us", 0, 1.0), probe("eu", 1, 500.0)],
        [
            (0, None, "web/us", "priority", "web/us: 1.0 ms"),
            (1, "web/us", "web/eu", "priority", "web/eu: 500.0 ms"),
        ],
    ),
    (
        config(pool='fallback_pool = "backup"', end=BACKUP),
        [probe("s", 0, 5.0, pool="backup"), probe("eu", 1, "dns"), probe("us", 1, "dns"), probe("us", 3, 9.0)],
        [
            (0, None, "web/eu", "fallback", "backup/s: 5.0 ms"),
            (1, "web/eu", "web/us", "fallback", "web/eu: dns"),
            (1, "web/us", "backup/s", "first_answer", "web/us: dns"),
        ],
    ),
]


@pytest.mark.parametrize(("router", "probes", "expected"), CASES)
def test_each_change_of_choice_is_told_with_its_reason_and_cause(
    router: RouterConfig, probes: list[tuple[str, float, dict[str, object]]], expected: list[tuple[object, ...]]
) -> None:
    """On the journal's own time; what changes nothing is not told."""
    observations = read_probes(read_journal(journal(probes)), router).observations
    changes = replay(router, "eu-central-1", GET, ["web"], observations)
    told = [
        (
            each.at - START.timestamp(),
            each.previous and "/".join(each.previous),
            "/".join(each.origin),
            each.reason.value,
            describe_cause(each.cause),
        )
        for each in changes
    ]

    assert told == expected


def test_pools_are_replayed_each_as_if_every_request_were_for_it() -> None:
    """Rules would keep requests from it; the changes come in order of time."""
    router = config(end=BACKUP + '\n[[rules]]\npool = "backup"\npath = "/none"')
    text = journal([probe("eu", 0, 9.0), probe("t", 1, 9.0, pool="backup"), probe("us", 2, 1.0), probe("us", 3, 1.0)])
    observations = read_probes(read_journal(text), router).observations
    pools = measured_pools(router, observations)
    changes = replay(router, "eu-central-1", GET, pools, observations)

    assert pools == ["web", "backup"]
    assert [(each.at, each.pool, each.origin.origin) for each in changes if each.reason != "fallback"] == [
        (at(0), "web", "eu"),
        (at(1), "backup", "t"),
    ]


def test_the_region_brings_its_prior_knowledge() -> None:
    """Until something was measured there."""
    router = config(pool="prior = { eu-central-1 = { eu = 500, us = 40 } }")
    observations = read_probes(read_journal(journal([probe("eu", 0, 9.0)])), router).observations

    changes = replay(router, "eu-central-1", GET, ["web"], observations)
    assert changes[0].estimates == {"eu": 9.0, "us": 40.0}

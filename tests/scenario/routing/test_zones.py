"""Where the second attempt of a request goes: not to what fails together with the first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from origin_router.routing.config import OriginConfig, PoolConfig
from origin_router.routing.model import Outcome, Reason
from tests.scenario.routing.player import ANY, START_AT, Heard, a_router, origin, ref_of


def in_zone(name: str, zone: str, priority: int = 1) -> OriginConfig:
    """An origin with a label."""
    return replace(origin(name, priority=priority), zone=zone)


ALL_WELL: list[Heard] = [(0, "paris", 10.0), (0, "frankfurt", 20.0), (0, "virginia", 90.0), (0, "ohio", 100.0)]
EUROPE = (in_zone("paris", "eu"), in_zone("frankfurt", "eu"))
AMERICA = (in_zone("virginia", "us"), in_zone("ohio", "us"))

SECOND: list[tuple[str, tuple[OriginConfig, ...], list[Heard], str]] = [
    ("the fastest of another zone", (*EUROPE, *AMERICA), [], "virginia"),
    ("that is well", (*EUROPE, *AMERICA), [(1, "virginia", Outcome.REFUSED)], "ohio"),
    (
        "the failed one's zone where no other is well",
        (*EUROPE, *AMERICA),
        [(1, "virginia", Outcome.REFUSED), (1, "ohio", Outcome.REFUSED)],
        "frankfurt",
    ),
    ("without labels the next fastest", tuple(replace(each, zone="") for each in (*EUROPE, *AMERICA)), [], "frankfurt"),
    (
        "priority goes before zones",
        (*EUROPE, in_zone("virginia", "us", 2), in_zone("ohio", "us", 2)),
        [],
        "frankfurt",
    ),
    ("one alone has no other", (in_zone("paris", "eu"),), [], "paris"),
]


@pytest.mark.parametrize(("origins", "more", "second"), [row[1:] for row in SECOND], ids=[row[0] for row in SECOND])
@pytest.mark.parametrize("policy", ["fastest", "priority"])
def test_the_second_attempt(policy: str, origins: tuple[OriginConfig, ...], more: list[Heard], second: str) -> None:
    """After the first went to paris and failed."""
    names = {each.id for each in origins}
    heard = [each for each in ALL_WELL if each[1] in names] + more
    router = a_router(PoolConfig(policy=policy, origins=origins), heard=heard)  # type: ignore[arg-type]

    assert router.decide(ANY, START_AT + 2, avoid=ref_of("paris")).origin.origin == second


def test_zones_do_not_matter_for_the_first_attempt() -> None:
    """Nor for what follows: the next fastest that is well takes over."""
    router = a_router(PoolConfig(origins=(*EUROPE, *AMERICA)), heard=[*ALL_WELL, (1, "paris", Outcome.REFUSED)])
    decision = router.decide(ANY, START_AT + 2)

    assert (decision.origin.origin, decision.reason) == ("frankfurt", Reason.FASTEST)


def test_a_viewer_keeps_to_another_zone_in_every_policy() -> None:
    """Weighted and sticky choose among what is left by the viewer's key."""
    for policy in ("weighted", "sticky"):
        router = a_router(PoolConfig(policy=policy, origins=(*EUROPE, *AMERICA)), heard=ALL_WELL)
        second = router.decide(ANY, START_AT + 2, avoid=ref_of("frankfurt"))
        assert second.origin.origin in ("virginia", "ohio")

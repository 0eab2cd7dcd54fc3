"""What an edge tells: journal or text, and states that change faster than anybody can watch."""

from __future__ import annotations

import asyncio

import pytest

from origin_router.emulator.announce import STATE_INTERVAL_S, Announcer
from origin_router.emulator.bus import Bus


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ('{"event": "race", "ms": 1}', "journal"),
        ('{"message": "no event"}', "log"),
        ('{"event": 1}', "log"),
        ('{"event": "cut', "log"),
        ("plain", "log"),
        ("", "log"),
    ],
)
async def test_lines_of_the_function(line: str, kind: str) -> None:
    """Objects that name an event are the journal, everything else is text."""
    bus = Bus()
    with bus.subscribe() as events:
        Announcer(bus, "eu-west-1").output("env-1", line)
        event = await anext(events)

    assert (event["type"], event["edge"], event["environment"]) == (kind, "eu-west-1", "env-1")


async def test_fast_changes_are_told_as_the_state_they_lead_to() -> None:
    """The first at once, then the latest of each interval; the end of an environment at once."""
    bus = Bus()
    announcer = Announcer(bus, "eu-west-1")
    with bus.subscribe() as events:
        for number in range(100):
            announcer.environment("env-1", "busy" if number % 2 else "frozen", number, None)
        announcer.environment("env-2", "starting", 0, None)
        await asyncio.sleep(STATE_INTERVAL_S * 1.5)
        announcer.environment("env-1", "dead", 100, None)
        await asyncio.sleep(STATE_INTERVAL_S * 2)
        bus.close()
        told = [(event["environment"], event["state"], event["invocations"]) async for event in events]

    assert told == [("env-1", "frozen", 0), ("env-2", "starting", 0), ("env-1", "busy", 99), ("env-1", "dead", 100)]

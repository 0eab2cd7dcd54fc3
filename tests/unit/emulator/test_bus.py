"""The bus tells everybody everything, and a slow reader costs nobody but itself."""

from __future__ import annotations

import asyncio

from origin_router.emulator.bus import Bus


async def test_every_subscriber_gets_every_event_in_order() -> None:
    """Two readers see the same events in the order of publishing, also those from before they looped."""
    bus = Bus()
    with bus.subscribe() as first, bus.subscribe() as second:
        for number in range(3):
            bus.publish({"type": "log", "number": number})
        seen = [[(await anext(reader))["number"] for _ in range(3)] for reader in (first, second)]

    assert seen == [[0, 1, 2], [0, 1, 2]]


async def test_a_slow_reader_loses_its_oldest_events() -> None:
    """The queue is bounded: the newest events stay, and the loss is counted."""
    bus = Bus()
    with bus.subscribe(length=2) as slow:
        for number in range(5):
            bus.publish({"number": number})
        kept = [(await anext(slow))["number"] for _ in range(2)]

    assert kept == [3, 4]
    assert slow.dropped == 3


async def test_a_waiting_reader_wakes_up_for_an_event_and_for_the_end() -> None:
    """`async for` sleeps until something arrives, and ends when the bus closes."""
    bus = Bus()
    seen = []

    async def read() -> None:
        with bus.subscribe() as events:
            async for event in events:
                seen.append(event["number"])

    reader = asyncio.create_task(read())
    await asyncio.sleep(0)
    bus.publish({"number": 1})
    await asyncio.sleep(0)
    bus.close()
    await reader

    assert seen == [1]
    assert not bus.has_subscribers
    await read()  # after the end there is nothing to wait for


def test_publishing_without_listeners_is_nothing() -> None:
    """The hot path may publish whether or not anybody listens."""
    bus = Bus()
    bus.publish({"type": "request"})

    assert not bus.has_subscribers

"""Everything that happens in the local edge, told to whoever listens.

Publishing never waits and never fails: a subscriber that reads too slowly loses its
oldest events, not its newest, because a live view cares about now. All calls belong
to one event loop; there is no locking.
"""

from __future__ import annotations

import asyncio
from collections import deque
from types import TracebackType
from typing import Any

Event = dict[str, Any]
"""One happening: `type`, `at` (epoch seconds), `edge` (Region), and what the type adds."""

QUEUE_LENGTH = 2_000
"""Events kept for a slow subscriber: about a second of a loaded edge, at most a few megabytes."""


class Subscription:
    """One reader of the bus: `with bus.subscribe() as events: async for event in events: ...`.

    It receives what is published from `subscribe()` on, also before the loop begins. Once
    closed it hands out what is still queued and then ends the loop.
    """

    def __init__(self, bus: Bus, length: int) -> None:
        self._bus = bus
        self._events: deque[Event] = deque(maxlen=length)
        self._arrived = asyncio.Event()
        self._closed = False
        self.dropped = 0
        """Events lost because this reader was too slow."""

    def put(self, event: Event) -> None:
        """Queue an event; the oldest one makes room when the queue is full."""
        if len(self._events) == self._events.maxlen:
            self.dropped += 1
        self._events.append(event)
        self._arrived.set()

    def close(self) -> None:
        """Leave the bus. A waiting `async for` ends."""
        self._bus.unsubscribe(self)
        self._closed = True
        self._arrived.set()

    def __enter__(self) -> Subscription:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __aiter__(self) -> Subscription:
        return self

    async def __anext__(self) -> Event:
        while not self._events:
            if self._closed:
                raise StopAsyncIteration
            self._arrived.clear()
            await self._arrived.wait()
        return self._events.popleft()


class Bus:
    """Fan-out of events to any number of subscribers."""

    def __init__(self) -> None:
        self._subscriptions: list[Subscription] = []
        self._is_closed = False

    @property
    def has_subscribers(self) -> bool:
        """Whether anyone would see an event; lets the hot path skip building one."""
        return bool(self._subscriptions)

    def publish(self, event: Event) -> None:
        """Hand `event` to every subscriber. They share the dict: nobody changes it."""
        for subscription in self._subscriptions:
            subscription.put(event)

    def subscribe(self, length: int = QUEUE_LENGTH) -> Subscription:
        """Start listening. The subscription is a context manager and an asynchronous iterator."""
        subscription = Subscription(self, length)
        self._subscriptions.append(subscription)
        if self._is_closed:
            subscription.close()
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """Stop handing events to `subscription`; harmless when it has already left."""
        if subscription in self._subscriptions:
            self._subscriptions.remove(subscription)

    def close(self) -> None:
        """End every subscription, also later ones: readers finish what they have and leave their loops."""
        self._is_closed = True
        for subscription in list(self._subscriptions):
            subscription.close()

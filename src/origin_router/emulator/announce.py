"""What an edge tells on the bus, in the words that the live page and the tests read."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

from origin_router.emulator.bus import Bus
from origin_router.emulator.log_groups import LogGroups

STATE_INTERVAL_S = 0.05
"""Shortest time between two events about one environment, except its end: the page is updated five times a second."""

ENDED = "dead"


class Announcer:
    """Publishes the events of one edge."""

    def __init__(self, bus: Bus, region: str, logs: LogGroups | None = None) -> None:
        self._bus = bus
        self._logs = logs
        self._region = region
        self._latest: dict[str, dict[str, Any]] = {}
        """By environment: what was told last, or what will be told when its interval ends."""

    def edge(self, *, url: str, freeze: str, extensions: bool) -> None:
        """The edge serves."""
        self._publish("edge", url=url, freeze=freeze, extensions=extensions)

    def environment(self, name: str, state: str, invocations: int, cold_start_ms: float | None) -> None:
        """An execution environment changed its state.

        Under load it does so hundreds of times a second, which nobody can watch: after an event
        comes no other for `STATE_INTERVAL_S`, then one with the state of that moment if it is another.
        """
        about = {"environment": name, "state": state, "invocations": invocations, "cold_start_ms": cold_start_ms}
        if name in self._latest and state != ENDED:
            self._latest[name] = about
            return
        self._publish("environment", **about)
        if state == ENDED:
            self._latest.pop(name, None)
        else:
            self._begin_interval(name, about)

    def _begin_interval(self, name: str, about: dict[str, Any]) -> None:
        self._latest[name] = about
        asyncio.get_running_loop().call_later(STATE_INTERVAL_S, self._end_interval, name, about)

    def _end_interval(self, name: str, told: dict[str, Any]) -> None:
        about = self._latest.pop(name, told)
        if about is not told:
            self._publish("environment", **about)
            self._begin_interval(name, about)

    def request(self, entry: dict[str, Any]) -> None:
        """A viewer was answered; `entry` is the line of the access log."""
        if self._bus.has_subscribers:
            self._publish("request", entry=entry)

    def log(self, environment: str, text: str) -> None:
        """Say something in the function's log that the function did not write itself."""
        if self._logs is not None:
            self._logs.function(environment, text)
        self._publish("log", environment=environment, text=text)

    def validation(self, text: str) -> None:
        """Say what is wrong with a result of the function."""
        if self._logs is not None:
            self._logs.validation(text)
        self._publish("log", environment="", text=f"ERROR {text}")

    def output(self, environment: str, line: str) -> None:
        """Take a line that the function wrote: journal if it is an object with an `event`, text otherwise."""
        if self._logs is not None:
            self._logs.function(environment, line)
        if not self._bus.has_subscribers:
            return
        entry = _journal_entry(line)
        if entry is None:
            self._publish("log", environment=environment, text=line)
        else:
            self._publish("journal", environment=environment, line=entry)

    def _publish(self, kind: str, **fields: Any) -> None:
        self._bus.publish({"type": kind, "at": time.time(), "edge": self._region, **fields})


def _journal_entry(line: str) -> dict[str, Any] | None:
    if not line.startswith("{"):
        return None
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) and isinstance(entry.get("event"), str) else None

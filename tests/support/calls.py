"""Watches every call to AWS, and lets chosen ones fail: a session's hooks, no patching."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import boto3

READS = ("Get", "List", "Head", "Describe", "Filter")
"""How the names of operations that change nothing begin."""

MOST_KILLS = 60
"""More than any command makes changing calls."""


class KilledError(Exception):
    """The command ends here, as if it had been killed."""


@dataclass
class Calls:
    """Remembers calls, and may end the command at every changing call that it did not end it at before."""

    kills_before: bool = False
    """The request does not arrive."""
    kills_after: bool = False
    """It arrives, but its answer is lost."""
    kills: int = 0
    made: list[tuple[str, str]] = field(default_factory=list)
    """Service and operation."""
    _killed: set[tuple[str, str, str]] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def arriving_nowhere(cls) -> Calls:
        """Every changing call fails once before it reaches AWS."""
        return cls(kills_before=True)

    @classmethod
    def losing_answers(cls) -> Calls:
        """Every changing call is carried out, but the first time its answer is lost."""
        return cls(kills_after=True)

    def watch(self, session: boto3.Session) -> boto3.Session:
        """Hook into a session, before clients are made of it."""
        session.events.register("before-call", self._before)
        session.events.register("after-call", self._after)
        return session

    def forget(self) -> None:
        """Another command begins: kill it at every call, too."""
        self._killed.clear()

    def _before(self, model: Any, params: dict[str, Any], **_: Any) -> None:
        call = (model.service_model.service_name, model.name)
        with self._lock:
            self.made.append(call)
        if self.kills_before:
            self._kill(call, params["url"])

    def _after(self, model: Any, http_response: Any, **_: Any) -> None:
        if self.kills_after:
            self._kill((model.service_model.service_name, model.name), http_response.url)

    def _kill(self, call: tuple[str, str], where: str) -> None:
        """Once for each call; once for all Regions, whose calls are made together."""
        service, operation = call
        where = "" if service == "logs" else where
        with self._lock:
            if operation.startswith(READS) or (service, operation, where) in self._killed:
                return
            self._killed.add((service, operation, where))
            self.kills += 1
        raise KilledError(f"{service} {operation}")


def run_until_done(command: Callable[[], object], calls: Calls) -> None:
    """Run the command again after every kill."""
    calls.forget()
    for _ in range(MOST_KILLS):
        try:
            command()
        except KilledError:
            continue
        return
    raise AssertionError(f"still not done after {calls.kills} kills")

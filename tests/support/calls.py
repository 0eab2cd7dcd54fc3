"""Watches every call to AWS, and lets chosen ones fail: a session's hooks, no patching."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import boto3

READS = ("Get", "List", "Head", "Describe", "Filter")
"""How the names of operations that change nothing begin."""

NAMES = ("Bucket", "DashboardName", "FunctionName", "Id", "Key", "PolicyName", "Qualifier", "RoleName", "logGroupName")
"""Parameters that say what a call is about."""

MOST_ALIKE = 2
"""No command needs more changes of one kind of one thing (a canary's end changes the primary distribution twice)."""

MOST_KILLS = 150
"""More than any command makes calls."""


class KilledError(Exception):
    """The command ends here, as if it had been killed."""


@dataclass
class Calls:
    """Remembers calls, and may end the command once at each of them.

    A call that reads comes again with each attempt, so it is known by its place in the attempt. One
    that changes something mostly does not come again once it has come through: what comes then is
    the next one of its kind.
    """

    kills_before: bool = False
    """The request does not arrive."""
    kills_after: bool = False
    """It arrives, but its answer is lost."""
    kills: int = 0
    made: set[tuple[str, str]] = field(default_factory=set)
    """Service and operation."""
    is_killing: bool = False
    """Whether a command runs that is to be killed."""
    _killed: set[tuple[tuple[str, ...], int]] = field(default_factory=set)
    _read: Counter[tuple[str, ...]] = field(default_factory=Counter)
    """In this attempt."""
    _changed: Counter[tuple[str, ...]] = field(default_factory=Counter)
    """By this command, in all attempts."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def arriving_nowhere(cls) -> Calls:
        """Every call fails once before it reaches AWS."""
        return cls(kills_before=True)

    @classmethod
    def losing_answers(cls) -> Calls:
        """Every call is carried out, but the first time its answer is lost."""
        return cls(kills_after=True)

    def watch(self, session: boto3.Session) -> boto3.Session:
        """Hook into a session, before clients are made of it."""
        session.events.register("provide-client-params", self._before)
        session.events.register("after-call", self._after)
        return session

    @property
    def spared(self) -> set[tuple[str, str]]:
        """The operations of the last command that never failed."""
        return {(call[0], call[1]) for call in (*self._read, *self._changed)} - {call[:2] for call, _ in self._killed}

    def begin(self) -> None:
        """Another command begins: kill it at every call, too."""
        self.is_killing = True
        self._killed.clear()
        self._changed.clear()

    def begin_attempt(self) -> None:
        """The same command begins again."""
        self._read.clear()

    def _before(self, params: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        service, operation = model.service_model.service_name, model.name
        about = () if service == "logs" else tuple(str(params.get(name, "")) for name in NAMES)
        call = context["call"] = (service, operation, *about)
        with self._lock:
            self.made.add((service, operation))
            if self.kills_before:
                self._kill(call)
            self._count(call)

    def _after(self, context: dict[str, Any], **_: Any) -> None:
        if self.kills_after:
            with self._lock:
                self._kill(context["call"], passed=1)

    def _count(self, call: tuple[str, ...]) -> None:
        (self._read if call[1].startswith(READS) else self._changed)[call] += 1

    def _kill(self, call: tuple[str, ...], passed: int = 0) -> None:
        """Once for all Regions together, whose calls are made at the same time."""
        counted = self._read if call[1].startswith(READS) else self._changed
        place = 0 if call[0] == "logs" else counted[call] - passed
        key = (call, place)
        if not self.is_killing or key in self._killed or (place >= MOST_ALIKE and counted is self._changed):
            return
        self._killed.add(key)
        self.kills += 1
        raise KilledError(" ".join(call[:2]))


def run_until_done(command: Callable[[], object], calls: Calls) -> None:
    """Run the command again after every kill."""
    calls.begin()
    for _ in range(MOST_KILLS):
        calls.begin_attempt()
        try:
            command()
        except KilledError:
            continue
        calls.is_killing = False
        return
    raise AssertionError(f"still not done after {calls.kills} kills")

"""Several environments of one edge that share its traffic, each on its own manual clock, all on one virtual time.

Who takes an invocation is decided as Lambda is seen to do it: whoever was free last, at most ten
invocations a second each, a new environment where nobody is free. Requests come at random. The
response of each is an invocation of its own, at whichever environment is next then. An
environment that measures after its answer is busy meanwhile.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Callable
from itertools import count
from random import Random
from typing import Any

from origin_router.routing.config import RouterConfig
from origin_router.routing.model import OriginRef
from tests.support.scripted_prober import Behaviour, Stage

INVOCATIONS_PER_S = 10
"""Of one environment (CloudFront quotas)."""

STAMP = "x-origin-router"
_WORD = re.compile(r";([du])=([^;]*);s=-?\d+$")


class Member:
    """One of the environments."""

    def __init__(self, stage: Stage, number: int) -> None:
        self.stage = stage
        self.number = number
        self.free_at = 0.0
        self.invoked_at: list[float] = []
        self.went_to: list[tuple[float, str]] = []
        """Its requests: when, and to which origin."""
        self.heard_at: dict[tuple[str, str], float] = {}
        """When it first heard which word ("d" or "u") of which origin (`pool/origin`)."""

    def has_turn(self, at: float) -> bool:
        """Whether it may be invoked in this second."""
        recent = self.invoked_at[-INVOCATIONS_PER_S:]
        return self.free_at <= at and (len(recent) < INVOCATIONS_PER_S or at - recent[0] >= 1.0)


class SharedTraffic:
    """The environments, and viewers at a rate. Origins break and heal when the test says so."""

    def __init__(
        self,
        routed: RouterConfig,
        takes_s: dict[OriginRef, float],
        *,
        rate_per_s: float = 25.0,
        seed: int = 1,
        has_extensions: bool = True,
        without: str = "",
    ) -> None:
        """`takes_s`: of an origin, for probes and requests alike. `without`: kinds of word ("d", "u") that get lost."""
        self.now = 0.0
        self.members: list[Member] = []
        self._routed = routed
        self._behaviours = {ref: Behaviour(latency_s) for ref, latency_s in takes_s.items()}
        self._takes_s: dict[str, float | None] = {ref.origin: latency_s for ref, latency_s in takes_s.items()}
        self._rate_per_s = rate_per_s
        self._random = Random(seed)
        self._has_extensions = has_extensions
        self._without = without
        self._numbers = count()
        self._events: list[tuple[float, int, Callable[[float], None]]] = []
        self._at(0.0, self._viewer)

    def change(self, ref: OriginRef, takes_s: float | None, probe: Behaviour | None = None) -> None:
        """Let an origin take this long from now on; None: requests bring no response. `probe`: what probes see."""
        self._behaviours[ref] = probe or Behaviour(takes_s or 0.0)
        self._takes_s[ref.origin] = takes_s
        for each in self.members:
            each.stage.prober.behaviours.update(self._behaviours)

    def play(self, seconds: float) -> None:
        """Let time pass."""
        until = self.now + seconds
        while self._events[0][0] <= until:
            at, _, happen = heapq.heappop(self._events)
            self.now = at
            happen(at)
        self.now = until

    def requests_to(self, origin: str, since: float, until: float) -> list[float]:
        """When requests went to an origin, of all environments."""
        return sorted(
            at for each in self.members for at, name in each.went_to if name == origin and since <= at < until
        )

    def users_of(self, origin: str, since: float, until: float) -> set[int]:
        """The environments that sent requests to it."""
        return {
            each.number
            for each in self.members
            if any(name == origin and since <= at < until for at, name in each.went_to)
        }

    def first_words(self, kind: str, ref: OriginRef) -> list[float]:
        """When environments first heard bad ("d") or good ("u") word of an origin."""
        key = (kind, f"{ref.pool}/{ref.origin}")
        return sorted(each.heard_at[key] for each in self.members if key in each.heard_at)

    def forget_words(self) -> None:
        """Let words that are heard from now on be the first."""
        for each in self.members:
            each.heard_at.clear()

    def _at(self, at: float, happen: Callable[[float], None]) -> None:
        heapq.heappush(self._events, (at, next(self._numbers), happen))

    def _viewer(self, at: float) -> None:
        self._at(at + self._random.expovariate(self._rate_per_s), self._viewer)
        request_id = f"id-{next(self._numbers)}"
        request = {"method": "GET", "uri": "/", "querystring": "", "headers": {}, "origin": {}}

        def handle(member: Member) -> None:
            written = member.stage.environment.handle(request, request_id)
            origin = written["origin"]["custom"]["domainName"].removesuffix(".test")
            sent_at = member.stage.clock.now
            member.went_to.append((sent_at, origin))
            takes_s = self._takes_s[origin]
            if takes_s is not None:
                self._at(sent_at + takes_s, lambda then: self._respond(then, written, request_id))

        self._invoke(at, handle)

    def _respond(self, at: float, request: dict[str, Any], request_id: str) -> None:
        (entry,) = request["headers"][STAMP]
        word = _WORD.search(entry["value"])
        if word is not None and word[1] in self._without:
            entry["value"], word = _WORD.sub("", entry["value"]), None

        def handle(member: Member) -> None:
            if word is not None:
                member.heard_at.setdefault((word[1], word[2]), at)
            member.stage.environment.handle_response(request, {"status": "200", "headers": {}}, request_id)

        self._invoke(at, handle)

    def _invoke(self, at: float, handle: Callable[[Member], None]) -> None:
        """Let an environment work: its extension asks before the answer whether there will be something to do."""
        ready = [each for each in self.members if each.has_turn(at)]
        member = max(ready, key=lambda each: each.free_at) if ready else self._start(at)
        environment = member.stage.environment
        member.stage.clock.now = max(at, member.stage.clock.now)
        member.invoked_at.append(at)
        has_work = self._has_extensions and environment.measuring.has_work()
        handle(member)
        environment.answered("invocation")
        if has_work:
            environment.measuring.work()
        member.free_at = member.stage.clock.now

    def _start(self, at: float) -> Member:
        stage = Stage(self._routed, dict(self._behaviours), jitter=self._random.random)
        stage.clock.now = at
        stage.start("registered" if self._has_extensions else "absent")
        member = Member(stage, len(self.members))
        self.members.append(member)
        return member

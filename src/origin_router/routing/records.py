"""What the router remembers: one record per origin, one per pool."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf

from origin_router.routing.config import OriginConfig, PoolConfig
from origin_router.routing.control import Control
from origin_router.routing.estimate import Estimate
from origin_router.routing.hashing import digest
from origin_router.routing.health import Health
from origin_router.routing.model import Decision, OriginRef, Outcome, Reason, Request, Source
from origin_router.routing.policy import PER_VIEWER, POLICIES, Candidate, Pick, Situation
from origin_router.routing.silence import Silence

MAX_MOVES = 10_000
"""Viewers whose move for good an environment remembers; the oldest are forgotten first."""


class OriginRecord:
    """What is known about one origin."""

    __slots__ = (
        "answered_at",
        "blamed_at",
        "calm",
        "config",
        "estimate",
        "failed_at",
        "health",
        "jitter",
        "last_outcome",
        "launched_at",
        "prior_s",
        "probe_due_at",
        "ref",
        "silence",
        "traffic",
        "warm_threshold",
    )

    def __init__(self, ref: OriginRef, config: OriginConfig, pool: PoolConfig, region: str) -> None:
        self.ref = ref
        self.config = config
        self.health = Health(pool.health, float(config.response_timeout_s))
        self.estimate = Estimate()
        """Response times of probes."""
        self.traffic = Estimate()
        """Times of real requests; they contain more than a probe's, so the two are not mixed."""
        prior_ms = pool.prior.get(region, {}).get(ref.origin)
        self.prior_s = None if prior_ms is None else prior_ms / 1000
        """What was known before anything was measured."""
        self.last_outcome: Outcome | None = None
        """Of the last probe."""
        self.launched_at = -inf
        """When the last probe was sent."""
        self.failed_at = -inf
        """When the last probe was heard to have failed."""
        self.answered_at = -inf
        """When a probe was last answered well."""
        self.blamed_at = -inf
        """When bad news of it was last learned, here or from another environment."""
        self.silence = Silence()
        self.calm = 0
        """Measurements in a row that brought no news."""
        self.jitter = 0.0
        """Stretches the present pause between probes."""
        self.probe_due_at = -inf
        """When the next probe may be sent."""
        self.warm_threshold = 0.0
        """This environment's place, 0 to 1, in a slow start: it waits until that share may come back."""

    def estimate_of(self, source: Source) -> Estimate:
        """The estimate that observations from a source belong to."""
        return self.traffic if source is Source.TRAFFIC else self.estimate

    def latency_s(self, basis: Source) -> float | None:
        """What to compare it by. Where traffic is the basis, a probe's time is an optimistic start."""
        if basis is Source.TRAFFIC and self.traffic.value_s is not None:
            return self.traffic.value_s
        return self.estimate.value_s if self.estimate.value_s is not None else self.prior_s

    @property
    def is_down(self) -> bool:
        """Whether health has given it up, or it never answered and its first probe failed: a race that it lost."""
        has_never_answered = not self.health.has_answered and self.last_outcome not in (None, Outcome.OK)
        return self.health.is_condemned or has_never_answered

    @property
    def is_blamed(self) -> bool:
        """Whether there is bad news that no probe has refuted since."""
        return self.blamed_at > self.answered_at

    def is_warm(self, now: float) -> bool:
        """Whether its slow start has come to this environment."""
        return self.health.warm_share(now) >= self.warm_threshold

    def candidate(self, pool: PoolRecord, basis: Source, now: float) -> Candidate:
        """The snapshot that a policy sees. (By position: this is on the way of every new choice.)"""
        health, config, orders = self.health, self.config, pool.control.weights
        is_measured = self.estimate.value_s is not None
        warm_share = health.warm_share(now)
        return Candidate(
            self.ref.origin,
            config.priority,
            pool.control.weight(self.ref, config.weight, now) if orders else config.weight,
            health.is_eligible,
            health.is_suspect,
            pool.is_per_viewer or warm_share >= self.warm_threshold,
            warm_share,
            health.has_answered,
            self.last_outcome is Outcome.OK,
            self.latency_s(basis),
            not is_measured and (basis is Source.PROBE or self.traffic.value_s is None),
        )


class Choice:
    """A remembered choice of one pool."""

    __slots__ = ("decisions", "expires_at", "reason", "ref")

    def __init__(self, ref: OriginRef, reason: Reason, expires_at: float) -> None:
        self.ref = ref
        self.reason = reason
        self.expires_at = expires_at
        self.decisions: dict[int | None, Decision] = {}
        """The decision object per rule that leads here, so that requests share it."""


class PoolRecord:
    """A pool with what is known about it."""

    __slots__ = (
        "choice",
        "config",
        "control",
        "current",
        "is_per_viewer",
        "moves",
        "name",
        "origins",
        "read_key",
        "watched_at",
    )

    def __init__(self, name: str, config: PoolConfig, region: str) -> None:
        self.name = name
        self.config = config
        self.origins = {
            each.id: OriginRecord(OriginRef(name, each.id), each, config, region) for each in config.origins
        }
        self.control = Control()
        self.choice: Choice | None = None
        self.current: str | None = None
        """The last pick that rested on knowledge: what hysteresis holds on to."""
        self.watched_at = -inf
        """When a request was last sent of which we hear if it fails: by its second attempt, or by feedback."""
        self.is_per_viewer = config.policy in PER_VIEWER
        self.read_key = key_reader(config.key)
        self.moves: dict[int, str] = {}
        """Digest of a viewer's key -> the origin it was moved to for good. (A viewer chooses how long its key is.)"""

    @property
    def may_question(self) -> bool:
        """Whether the next request may make the silence of an origin unusual whose answer is worth waiting for.

        That is the one in use: of one that was left while its responses were under way, no more may ever be heard.
        """
        if self.config.policy != "fastest" or self.current is None:
            return False
        return self.origins[self.current].silence.is_at_limit

    def undrained(self, now: float) -> list[OriginRecord]:
        """The origins that the control document lets have requests."""
        if not self.control.drained:
            return list(self.origins.values())
        return [each for each in self.origins.values() if not self.control.is_drained(each.ref, now)]

    def pinned(self, now: float) -> OriginRef | None:
        """The origin that the control document lets have all requests, if it names one."""
        if not self.control.pinned:
            return None
        return next((each.ref for each in self.origins.values() if self.control.is_pinned(each.ref, now)), None)

    def in_use(self, now: float) -> list[OriginRecord]:
        """The origins that requests may go to: the undrained, or all if every one is drained."""
        return self.undrained(now) or list(self.origins.values())

    def is_down(self, now: float) -> bool:
        """Whether no request can be expected to succeed: every origin in use is down."""
        return all(each.is_down for each in self.in_use(now))

    def candidates(self, basis: Source, now: float) -> list[Candidate]:
        """What policies may know of all origins in use."""
        return [each.candidate(self, basis, now) for each in self.in_use(now)]

    def pick(self, candidates: Sequence[Candidate], request: Request) -> Pick:
        """Let the pool's policy choose for a request."""
        key = self.read_key(request) if self.is_per_viewer else ""
        situation = Situation(
            self.config, candidates, self.current, key, self.moves.get(digest(key)) if self.moves else None
        )
        return POLICIES[self.config.policy](situation)

    def is_panic(self, now: float) -> bool:
        """Whether so few origins can be trusted that health is ignored (see `policy.is_panic`)."""
        origins = self.in_use(now)
        healthy = sum(each.health.is_sound for each in origins)
        return healthy * 100 <= self.config.health.panic_pct * len(origins)

    def may_eject(self) -> bool:
        """Whether the cap on the ejected share leaves room for one more; one may always go."""
        ejected = sum(not each.health.is_eligible for each in self.origins.values())
        return ejected == 0 or (ejected + 1) * 100 <= self.config.health.max_ejected_pct * len(self.origins)

    def best_s(self, basis: Source, now: float) -> float | None:
        """What a clear loser is far from: the lowest latency among those of the best priority that may be chosen."""
        known = [
            (each.config.priority, latency_s)
            for each in self.undrained(now)
            if each.health.is_eligible
            and not each.health.is_suspect
            and each.is_warm(now)
            and (latency_s := each.latency_s(basis)) is not None
        ]
        return min(known)[1] if known else None

    def alert(self) -> None:
        """Something changed that may concern every origin: look at all of them again."""
        for each in self.origins.values():
            each.calm = 0

    def serves(self, record: OriginRecord, now: float) -> bool:
        """Whether requests go to an origin now."""
        is_chosen = self.is_per_viewer or record.ref.origin == self.current
        return is_chosen or self.control.is_pinned(record.ref, now)

    def calm_of(self, record: OriginRecord, now: float) -> int:
        """Measurements without news; an origin that serves needs somebody else, too, to tell of its failures."""
        is_watched = now - self.watched_at <= self.config.refresh_max_s
        return record.calm if is_watched or not self.serves(record, now) else 0

    def remember_move(self, key: str, origin: str) -> None:
        """A viewer's own origin failed: from now on it has another."""
        self.moves[digest(key)] = origin
        if len(self.moves) > MAX_MOVES:
            del self.moves[next(iter(self.moves))]


def key_reader(key: str) -> Callable[[Request], str]:
    """Return what reads a viewer's key from a request: `client`, `cookie:NAME`, `header:NAME` or `query:NAME`."""
    kind, _, name = key.partition(":")
    if kind == "cookie":
        return lambda request: request.cookie(name) or request.client
    if kind == "header":
        return lambda request: request.header(name.lower()) or request.client
    if kind == "query":
        return lambda request: request.query(name) or request.client
    return lambda request: request.client

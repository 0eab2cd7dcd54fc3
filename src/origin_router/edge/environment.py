"""One execution environment: what it holds between invocations, and the way of a request through it.

A request passes, in this order: what came back since last time is learned, a decision is
made, what is due is measured (without waiting), the decision is written into the request.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from origin_router.edge.afterwards import Afterwards
from origin_router.edge.attempts import METHODS as FAILED_OVER_METHODS
from origin_router.edge.attempts import Attempts
from origin_router.edge.control import ControlReader
from origin_router.edge.event import EventRequest, Rewriter, adaptive_timeout_s, generated_response
from origin_router.edge.feedback import Stamp, Word, attempt_of, may_stamp, observation_of, read_stamp, write_stamp
from origin_router.edge.journal import Journal
from origin_router.edge.measuring import Measuring
from origin_router.edge.metrics import Metrics
from origin_router.edge.prober import Document, Prober
from origin_router.edge.wakefulness import Clocks, Wakefulness
from origin_router.routing.config import RouterConfig
from origin_router.routing.model import OF_ONE_REQUEST, Decision
from origin_router.routing.news import News
from origin_router.routing.router import Router

MakeProber: TypeAlias = "Callable[[RouterConfig, Wakefulness, list[Document]], Prober]"


def random_share() -> float:
    """Return a random number in [0, 1). (The module `random` would cost every cold start a millisecond of imports.)"""
    return int.from_bytes(os.urandom(4), "big") / 2**32


def read_clocks() -> Clocks:
    """Read both clocks together."""
    return Clocks(time.monotonic(), time.time())


class Environment:
    """Everything that outlives an invocation."""

    def __init__(
        self,
        config: RouterConfig,
        journal: Journal,
        *,
        environ: Mapping[str, str] | None = None,
        clocks: Callable[[], Clocks] = read_clocks,
        jitter: Callable[[], float] = random_share,
        make_prober: MakeProber | None = None,
        exit_process: Callable[[int], Any] = os._exit,
    ) -> None:
        """`environ` holds Lambda's reserved variables; with AWS_LAMBDA_RUNTIME_API, an extension is registered."""
        environ = environ or {}
        self._clocks = clocks
        self.router = Router(config, jitter, environ.get("AWS_REGION", ""))
        self.journal = journal
        self.awake = Wakefulness(clocks())
        control = ControlReader(config, environ, lambda: clocks().wall)
        documents = [control.document] if control.document else []
        self.prober = (make_prober or _make_prober)(config, self.awake, documents)
        self.metrics = Metrics(config.journal.namespace, config.journal.summary_s, clocks().wall)
        self.measuring = Measuring(self.router, self.prober, self.awake, journal, self.metrics, control, clocks)
        self.afterwards = Afterwards(
            environ.get("AWS_LAMBDA_RUNTIME_API") if self.measuring.after_answer_s > 0 else None,
            has_work=self.measuring.has_work,
            work=self.measuring.work,
            failed=journal.error,
            exit_process=exit_process,
        )
        self._rewriter = Rewriter(config)
        self._feedback = config.feedback
        self._responding = {name for name, pool in config.pools.items() if pool.when_all_down == "respond"}
        self._adapting = {name for name, pool in config.pools.items() if pool.adaptive_timeout.multiple > 0}
        self._is_unseen = True
        """The invocation under way has not come to `handle`."""
        self._is_first = True
        """No invocation has ended yet: a time that ends in this one contains a cold start."""
        self._announced: dict[str, str] = {}
        self._attempts = Attempts(self.router, self.measuring.observe)

    def start(self) -> None:
        """Register the extension and race the origins: the cold start."""
        self.afterwards.register()
        self.measuring.start(self.afterwards.state)
        self.awake.sleep(self._clocks())

    def handle(self, request: dict[str, Any], request_id: str) -> dict[str, Any]:
        """Direct one request of CloudFront's event to an origin and return it, or a response in its place."""
        self._is_unseen = False
        now = self._clocks()
        self.awake.wake(now)
        at = self.router.steady(now.wall)
        steered = EventRequest(request)
        attempt = attempt_of(request)
        failed = self._attempts.failed_before(request["headers"], request_id) if attempt == 2 else None
        has_prober = self.measuring.lock.acquire(blocking=False)
        try:
            if has_prober:
                self.measuring.collect(at)
            if attempt == 2:
                decision = self._attempts.decide_again(steered, failed, at)
            else:
                decision = self._decide(steered, at, may_race=has_prober)
            if attempt and steered.method in FAILED_OVER_METHODS:
                self.router.pools[decision.origin.pool].watched_at = at
            if self._feedback.enabled:
                self.router.sent(decision.origin, at)
            if has_prober:
                self.measuring.renew(at, now.monotonic)
        finally:
            if has_prober:
                self.measuring.lock.release()
        self._tell(decision, request, request_id, at)
        sent_at = self._clocks().wall  # a race may have taken its time
        stamp = Stamp(decision.origin, attempt, sent_at, request_id, failed, self._word(at))
        result = self._write(request, decision, stamp, at)
        self.awake.sleep(self._clocks())
        return result

    def handle_response(self, request: dict[str, Any], response: dict[str, Any], request_id: str) -> dict[str, Any]:
        """Learn from the response to one of our requests; return it as it came (but for an asked-for debug header)."""
        self._is_unseen = False
        now = self._clocks()
        self.awake.wake(now)
        at = self.router.steady(now.wall)
        stamp = read_stamp(request["headers"], request_id)
        if stamp is not None and self.router.knows(stamp.ref):
            self._learn_from(stamp, int(response["status"]), now, at)
            if self._feedback.debug_header:
                _show(response, stamp, now.wall)
        self.awake.sleep(self._clocks())
        return response

    def answered(self, invocation_id: str) -> None:
        """An invocation is over. One that did not come to `handle` was a time awake as well, between two freezes."""
        if self._is_unseen:
            self.awake.wake(self._clocks())
            self.awake.sleep(self._clocks())
        self._is_unseen = True
        self._is_first = False
        self.afterwards.answered(invocation_id)

    def close(self) -> None:
        """Give all connections back (an environment of Lambda never does)."""
        self.prober.close()

    def _decide(self, steered: EventRequest, at: float, *, may_race: bool) -> Decision:
        decision = self.router.decide(steered, at)
        if may_race and self.measuring.needs_race(decision.origin.pool):
            self.measuring.race(decision.origin.pool)
            decision = self.router.decide(steered, at)
        return self.router.try_out(steered, decision, at)

    def _write(self, request: dict[str, Any], decision: Decision, stamp: Stamp, at: float) -> dict[str, Any]:
        ref = decision.origin
        pool = self.router.pools[ref.pool]
        if ref.pool in self._responding and pool.is_down(at):
            return generated_response(pool.config)
        if stamp.attempt:
            self._attempts.remember(stamp.request_id, stamp.attempt, ref)
        read_timeout_s = None
        if ref.pool in self._adapting:
            record = pool.origins[ref.origin]
            read_timeout_s = adaptive_timeout_s(pool.config, record.config, record.latency_s(self.router.basis))
        written = self._rewriter.rewrite(request, decision, read_timeout_s)
        if (stamp.attempt or self._feedback.enabled) and may_stamp(written, stamp.request_id):
            write_stamp(written["headers"], stamp)
        return written

    def _learn_from(self, stamp: Stamp, status: int, now: Clocks, at: float) -> None:
        if not self.measuring.lock.acquire(blocking=False):
            return
        try:
            self.measuring.collect(at)
            self.measuring.observe(observation_of(stamp, status, now.wall, at, is_trusted=not self._is_first))
            if stamp.attempt == 2:
                self._attempts.answered(stamp, at)
            word = stamp.word
            if word is not None and self.router.knows(word.origin):
                learned_s = max(0.0, now.wall - stamp.sent_at) + max(0.0, word.age_s)
                self.router.take_news(News(word.origin, word.is_good, at - learned_s), at)
            self.measuring.renew(at, now.monotonic)
        finally:
            self.measuring.lock.release()

    def _word(self, at: float) -> Word | None:
        """What whoever hears of this request's response ought to know."""
        news = self.router.news(at) if self._feedback.enabled else None
        return None if news is None else Word(news.origin, news.is_good, at - news.at)

    def _tell(self, decision: Decision, request: dict[str, Any], request_id: str, at: float) -> None:
        pool, origin = decision.origin
        self.metrics.count_decision(decision)
        if self._announced.get(pool) != origin and self._is_choice(decision):
            previous, self._announced[pool] = self._announced.get(pool), origin
            self.journal.choice(decision, previous, self._standing(pool))
        if self.journal.is_debug:
            self.journal.decision(decision, request, request_id, self._standing(pool))
        if at >= self.metrics.due_at:
            self.journal.summary(self.metrics.take(at, self._clocks().wall))

    def _is_choice(self, decision: Decision) -> bool:
        """Whether a decision is the pool's choice for everybody, not for one viewer or one request."""
        if decision.reason in OF_ONE_REQUEST:
            return False
        return not self.router.pools[decision.origin.pool].is_per_viewer

    def _standing(self, pool: str) -> dict[str, Any]:
        """What is believed of a pool's origins, for the journal."""
        records = self.router.pools[pool].origins
        estimates = {name: record.latency_s(self.router.basis) for name, record in records.items()}
        return {
            "estimates": {name: None if s is None else round(s * 1000, 2) for name, s in estimates.items()},
            "health": {name: record.health.state for name, record in records.items()},
        }


def _show(response: dict[str, Any], stamp: Stamp, wall: float) -> None:
    """Tell the viewer which origin answered, for those who asked for it in the configuration."""
    headers = response["headers"]
    name = f"{stamp.ref.pool}/{stamp.ref.origin}"
    elapsed_ms = max(0.0, (wall - stamp.sent_at) * 1000)
    headers["x-origin-router"] = [{"key": "X-Origin-Router", "value": name}]
    timing = {"key": "Server-Timing", "value": f'origin;desc="{name}";dur={elapsed_ms:.0f}'}
    headers["server-timing"] = [*headers.get("server-timing", []), timing]


def _make_prober(config: RouterConfig, awake: Wakefulness, documents: list[Document]) -> Prober:
    return Prober(config, awake, time.monotonic, documents=documents)


def start_environment(
    config: RouterConfig, journal: Journal | None = None, *, make_prober: MakeProber | None = None
) -> Environment:
    """Create and start the environment of this process.

    Once created it is kept, even if the race fails: it may be registered as an extension by then.
    """
    environment = Environment(config, journal or Journal(), environ=os.environ, make_prober=make_prober)
    try:
        environment.start()
    except Exception as error:  # noqa: BLE001 - later requests can still be directed
        environment.journal.error("racing the origins", error)
    return environment

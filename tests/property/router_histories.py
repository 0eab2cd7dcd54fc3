"""Generated histories of a router: configurations of every policy, and all that can happen to one."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle

from hypothesis import strategies as st

from origin_router.routing.config import (
    FeedbackConfig,
    HealthConfig,
    OriginConfig,
    PoolConfig,
    RouterConfig,
    RuleConfig,
)
from origin_router.routing.control import Control
from origin_router.routing.model import Decision, Observation, OriginRef, Outcome, Source, Transition
from origin_router.routing.news import News
from origin_router.routing.router import Router
from tests.scenario.routing.player import START_AT, FakeRequest

Step = tuple[str, float, str, Outcome, float | None]
"""(what happens, by how much the wall clock moves, origin, outcome, latency)."""

WHAT = [
    *("observe", "observe", "traffic", "decide", "avoid", "blindly", "explore", "at_least", "probe"),
    *("sent", "sent", "bad_word", "good_word", "drain", "pin", "basis"),
]

steps = st.tuples(
    st.sampled_from(WHAT),
    st.one_of(st.sampled_from([0.0, 0.5, 1.0, 10.0, 300.0, 7200.0, -3600.0]), st.floats(-100_000, 100_000)),
    st.sampled_from("abcr"),
    st.one_of(st.just(Outcome.OK), st.sampled_from(Outcome)),
    st.none() | st.floats(0, 30),
)
histories = st.lists(steps, max_size=40)

RANDOM = [0.0, 0.9, 0.3, 0.999, 0.5]
POLICIES = ("fastest", "priority", "weighted", "sticky")


@st.composite
def pools(draw: st.DrawFn, *, policies: tuple[str, ...] = POLICIES, has_fallback_pool: bool = False) -> PoolConfig:
    """Generate a pool of up to three origins."""
    count = draw(st.integers(1, 3))
    return PoolConfig(
        policy=draw(st.sampled_from(policies)),
        band_ms=draw(st.sampled_from([0, 10, 100])),
        switch_pct=draw(st.sampled_from([0, 10])),
        refresh_s=draw(st.sampled_from([1, 10, 60])),
        refresh_max_s=draw(st.sampled_from([0, 120])),
        fallback=draw(st.sampled_from(["", "a"])),
        fallback_pool="reserve" if has_fallback_pool else "",
        on_failure=draw(st.sampled_from(["return", "move", "stay"])),
        prior=draw(st.sampled_from([{}, {"here": {"a": 20.0, "b": 50.0}}])),
        health=HealthConfig(
            fall=draw(st.integers(1, 4)),
            rise=draw(st.integers(1, 4)),
            min_samples=draw(st.sampled_from([2, 10])),
            max_ejected_pct=draw(st.sampled_from([0, 50, 100])),
            panic_pct=draw(st.sampled_from([0, 0, 34])),
            slow_start_s=draw(st.sampled_from([0, 60])),
        ),
        origins=tuple(
            OriginConfig(
                id=name,
                host=f"{name}.example.com",
                priority=draw(st.integers(1, 2)),
                weight=draw(st.sampled_from([0, 1, 100])),
                zone=draw(st.sampled_from(["", "here", "there"])),
            )
            for name in "abc"[:count]
        ),
    )


class Played:
    """A router that has gone through a history, noting what came of it."""

    def __init__(self, pool: PoolConfig, history: list[Step]) -> None:
        rules = (RuleConfig(pool="web", path="/b*"),)
        numbers: Iterator[float] = cycle(RANDOM)
        pools = {"web": pool}
        if pool.fallback_pool:
            pools["reserve"] = PoolConfig(origins=(OriginConfig(id="r", host="r.example.com"),), refresh_s=60)
        feedback = FeedbackConfig(enabled=True, explore_pct=30)
        self.pool = pool
        self.router = Router(
            RouterConfig(name="shop", pool="web", pools=pools, rules=rules, feedback=feedback),
            lambda: next(numbers),
            "here",
        )
        self.raw_at = START_AT
        self.now = self.router.steady(START_AT)
        self.decisions: list[Decision] = []
        self.transitions: list[Transition] = []
        self.launched: list[tuple[float, OriginRef]] = []
        for step in history:
            self.take(*step)

    def ref_of(self, name: str) -> OriginRef | None:
        """Return the origin of this name, if there is one."""
        ref = OriginRef("reserve" if name == "r" else "web", name)
        pool = self.router.pools.get(ref.pool)
        return ref if pool is not None and name in pool.origins else None

    def decide(self, client: str = "") -> Decision:
        """Ask."""
        return self.router.decide(FakeRequest(client=client), self.now)

    def take(self, what: str, moved_s: float, name: str, outcome: Outcome, latency_s: float | None) -> None:
        """Let one thing happen."""
        self.raw_at += moved_s
        self.now = self.router.steady(self.raw_at)
        ref = self.ref_of(name)
        match what:
            case "decide":
                self.decisions.append(self.decide(str(moved_s)))
            case "blindly":
                self.decisions.append(self.router.decide_blindly(FakeRequest(), self.now))
            case "explore":
                self.decisions.append(self.router.try_out(FakeRequest(), self.decide(), self.now))
            case "probe":
                for due in self.router.due(self.now):
                    self.router.launched(due, self.now)
                    self.launched.append((self.now, due))
            case "basis":
                self.router.basis = Source.TRAFFIC if latency_s else Source.PROBE
            case _ if ref is not None:
                self._about(what, ref, outcome, latency_s)

    def _about(self, what: str, ref: OriginRef, outcome: Outcome, latency_s: float | None) -> None:
        match what:
            case "avoid":
                self.decisions.append(self.router.decide(FakeRequest(), self.now, avoid=ref))
            case "sent":
                self.router.sent(ref, self.now)
            case "bad_word" | "good_word":
                news = News(ref, is_good=what == "good_word", at=self.now - (latency_s or 0.0))
                self.router.take_news(news, self.now)
            case "at_least":
                self.router.observe_at_least(ref, latency_s or 0.0, self.now)
            case "drain":
                self.router.apply(Control(1, drained={ref: self.raw_at + 60}))
            case "pin":
                self.router.apply(Control(1, pinned={ref: self.raw_at + (latency_s or 0)}))
            case _:
                source = Source.TRAFFIC if what == "traffic" else Source.PROBE
                transition = self.router.observe(Observation(ref, outcome, self.now, latency_s, source))
                self.transitions += [] if transition is None else [transition]

"""The race of a cold start: who wins, when, and what the journal says. Played on manual time."""

from __future__ import annotations

from typing import Any

import pytest

from origin_router.routing.config import RuleConfig
from origin_router.routing.model import Outcome
from tests.support.edge import config, origin, pool, probe, ref
from tests.support.scripted_prober import Behaviour, Stage

NAMES = ("a", "b", "c")
NEVER = Behaviour(never=True)


def failing(outcome: Outcome, latency_s: float) -> Behaviour:
    """An origin that fails after so long."""
    return Behaviour(latency_s, outcome)


@pytest.mark.parametrize(
    ("behaviours", "winner", "reason", "ms", "directed_to"),
    [
        pytest.param(
            [Behaviour(0.09), Behaviour(0.03), Behaviour(0.06)], "b", "first_answer", 30, "b.test", id="fastest"
        ),
        pytest.param(
            [NEVER, NEVER, Behaviour(0.4)], "c", "first_answer", 400, "c.test", id="the-only-one-that-answers"
        ),
        pytest.param(
            [failing(Outcome.BAD_STATUS, 0.001), Behaviour(0.05), NEVER],
            "b",
            "first_answer",
            50,
            "b.test",
            id="a-fast-500-does-not-win",
        ),
        pytest.param([NEVER, NEVER, NEVER], None, "watchdog", 900, "a.test", id="nobody-answers"),
        pytest.param(
            [Behaviour(0.901), Behaviour(0.95), NEVER],
            None,
            "watchdog",
            900,
            "a.test",
            id="all-too-late-for-the-budget",
        ),
        pytest.param(
            [failing(Outcome.REFUSED, 0.001), failing(Outcome.DNS, 0.2), failing(Outcome.TLS, 0.05)],
            None,
            "nothing_answered",
            200,
            "a.test",
            id="all-fail-before-the-budget-is-spent",
        ),
        pytest.param(
            [Behaviour(0.04), Behaviour(0.04), Behaviour(0.04)], "a", "first_answer", 40, "a.test", id="a-tie"
        ),
    ],
)
def test_who_wins(behaviours: list[Behaviour], winner: str | None, reason: str, ms: int, directed_to: str) -> None:
    """The first acceptable answer decides; without one the fallback answers."""
    by_ref = {ref(name): behaviour for name, behaviour in zip(NAMES, behaviours, strict=True)}
    stage = Stage(config(*map(origin, NAMES), probe=probe(budget_ms=900)), by_ref).start()

    (race,) = stage.events("race")
    assert (race["pool"], race["winner"], race["reason"], race["ms"]) == ("web", winner, reason, ms)
    assert stage.clock.now == pytest.approx(ms / 1000)
    assert stage.request(after_s=0.001) == directed_to


def test_a_pool_of_one_origin_waits_for_nothing() -> None:
    """There is nothing to choose."""
    stage = Stage(config(origin("a")), {ref("a"): NEVER}).start()

    assert stage.clock.now == 0.0
    assert (stage.events("race")[0]["winner"], stage.events("race")[0]["reason"]) == (None, "only_origin")
    assert stage.request() == "a.test"


def test_a_configured_fallback_answers_when_nothing_else_can() -> None:
    """Not the first origin, but the one that was named."""
    stage = Stage(
        config(origin("a"), origin("b"), fallback="b"),
        {ref("a"): Behaviour(never=True), ref("b"): Behaviour(never=True)},
    ).start()

    assert stage.request(after_s=0.001) == "b.test"


def two_pools(*, budget_ms: int = 600, **behaviours: Behaviour) -> Stage:
    """The pool `web` for all requests but those of `/api/*`, which may wait for `budget_ms`."""
    api = pool(origin("x"), origin("y"), probe=probe(budget_ms=budget_ms))
    by_ref = {ref(name, "api" if name in "xy" else "web"): each for name, each in behaviours.items()}
    routed = config(
        origin("a"),
        origin("b"),
        probe=probe(budget_ms=300),
        rules=[RuleConfig(pool="api", path="/api/*")],
        others={"api": api},
    )
    return Stage(routed, by_ref).start()


def test_all_pools_race_at_once_but_only_the_default_one_is_waited_for() -> None:
    """The other pool's race is decided by what came back meanwhile: its winner is the fastest of that."""
    stage = two_pools(a=Behaviour(0.2), b=NEVER, x=Behaviour(0.1), y=Behaviour(0.05))

    assert stage.clock.now == pytest.approx(0.2)
    assert stage.request(uri="/api/1", after_s=0.001) == "y.test"
    assert [(race["pool"], race["winner"]) for race in stage.events("race")] == [("web", "a"), ("api", "y")]
    assert stage.clock.now == pytest.approx(0.201)


@pytest.mark.parametrize(
    ("x_s", "waited_s", "directed_to"),
    [
        pytest.param(0.35, 0.149, "x.test", id="answers-within-the-rest"),
        pytest.param(9.0, 0.4, "x.test", id="fallback"),
    ],
)
def test_a_second_pool_waits_for_what_is_left_of_its_budget(x_s: float, waited_s: float, directed_to: str) -> None:
    """600 ms, of which the first race used 200; its first request waits, and no later one."""
    stage = two_pools(a=Behaviour(0.2), b=NEVER, x=Behaviour(x_s), y=NEVER)

    assert stage.request(uri="/api/1", after_s=0.001) == directed_to
    assert stage.prober.waited_s[-1] == pytest.approx(waited_s)
    at = stage.clock.now
    assert stage.request(uri="/api/2") == directed_to
    assert stage.request(uri="/") == "a.test"
    assert stage.clock.now == at


def test_a_second_pool_does_not_wait_when_its_budget_is_spent() -> None:
    """The default pool's race took longer."""
    stage = two_pools(budget_ms=250, a=NEVER, b=NEVER, x=NEVER, y=NEVER)

    at = stage.clock.now
    assert stage.request(uri="/api/1") == "x.test"
    assert stage.clock.now == at


def test_the_rest_of_the_race_is_learned_by_the_next_request() -> None:
    """An origin that answered after the decision counts from then on."""
    stage = Stage(config(origin("a"), origin("b")), {ref("a"): Behaviour(0.03), ref("b"): Behaviour(0.031)}).start()
    probes = [line["origin"] for line in stage.events("probe")]
    stage.request(after_s=0.1)

    assert probes == ["a"]
    assert [line["origin"] for line in stage.events("probe")] == ["a", "b"]


def test_what_a_race_says() -> None:
    """One line per probe with its outcome, one for the race, one for the choice."""
    stage = Stage(
        config(origin("a"), origin("b")), {ref("a"): Behaviour(0.03), ref("b"): failing(Outcome.REFUSED, 0.001)}
    ).start()
    stage.request()
    told: list[tuple[Any, ...]] = [
        (line["level"], line["event"], line.get("origin"), line.get("outcome")) for line in stage.lines
    ]

    assert told == [
        ("INFO", "moment", None, None),
        ("INFO", "probe", "b", "refused"),
        ("INFO", "probe", "a", "ok"),
        ("INFO", "health", "a", None),
        ("INFO", "race", None, None),
        ("INFO", "choice", "a", None),
    ]
    assert stage.lines[1]["moment"] == "race"
    assert {line["region"] for line in stage.lines} == {"eu-central-1"}

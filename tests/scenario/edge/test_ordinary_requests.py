"""What requests cost the origins and the log, over minutes of traffic on manual time."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from origin_router.routing.config import RuleConfig
from origin_router.routing.model import OriginRef, Outcome
from tests.support.edge import config, origin, pool, ref
from tests.support.scripted_prober import Behaviour, Stage

REFRESH_S = 10.0
TWO = config(origin("a"), origin("b"), refresh_s=REFRESH_S, refresh_max_s=0)


def launches(stage: Stage) -> dict[OriginRef, list[float]]:
    """When each origin was probed."""
    times: dict[OriginRef, list[float]] = {}
    for at, each in stage.prober.launched:
        times.setdefault(each, []).append(at)
    return times


@settings(deadline=None, max_examples=50)
@given(gaps_s=st.lists(st.sampled_from([0.001, 0.02, 0.3, 2.0, 9.99, 10.01, 45.0]), min_size=20, max_size=200))
def test_at_most_one_probe_per_origin_and_refresh(gaps_s: list[float]) -> None:
    """Figure F9, whatever the traffic; a clear loser is asked less often, and without traffic nobody is asked."""
    stage = Stage(TWO, {ref("a"): Behaviour(0.02), ref("b"): Behaviour(0.2)}).start()
    for gap_s in gaps_s:
        stage.request(after_s=gap_s)

    times = launches(stage)
    assert all(later - earlier >= REFRESH_S for one in times.values() for earlier, later in pairwise(one))
    assert len(times[ref("b")]) <= len(times[ref("a")]) <= 1 + stage.clock.now / REFRESH_S


def test_under_steady_traffic_probes_keep_coming() -> None:
    """The other side of the figure: measurements do not age for ever."""
    stage = Stage(TWO).start()
    for _ in range(3000):
        stage.request(after_s=0.1)

    count = Counter(each for _, each in stage.prober.launched)
    assert count[ref("a")] == count[ref("b")] == pytest.approx(300 / (REFRESH_S * 1.1), abs=2)


def test_a_request_has_a_small_budget_for_launching() -> None:
    """Half a millisecond, of which its other work has used some; a cold start has all the time it needs."""
    stage = Stage(TWO).start()
    stage.request(after_s=60.0)

    cold_s, warm_s = stage.prober.budgets_s
    assert cold_s > 60
    assert 0 < warm_s <= 0.0005


def test_an_ordinary_request_writes_nothing() -> None:
    """Renewed measurements are no news either, while they say the same."""
    stage = Stage(TWO).start()
    stage.request(after_s=0.1)
    before = len(stage.lines)
    for _ in range(1000):
        stage.request(after_s=0.1)

    assert stage.lines[before:] == []


def test_at_debug_each_decision_and_each_probe_is_a_line() -> None:
    """For the local edge's page, and for looking closely on Lambda."""
    stage = Stage(TWO, level="DEBUG").start()
    for index in range(50):
        stage.request(after_s=1.0, uri=f"/{index}", method="HEAD")

    decisions = stage.events("decision")
    assert [line["uri"] for line in decisions] == [f"/{index}" for index in range(50)]
    assert {(line["level"], line["method"], line["request_id"], line["rule"]) for line in decisions} == {
        ("DEBUG", "HEAD", "id", None)
    }
    ended = len(stage.prober.launched) - len(stage.prober.unanswered())
    assert len(stage.events("probe")) == ended > 8
    assert decisions[-1]["estimates"] == {"a": 50.0, "b": 50.0}
    assert decisions[-1]["health"] == {"a": "serving", "b": "serving"}


def test_only_news_is_written() -> None:
    """An origin fails, is ejected, and comes back: a line for each turn of the story."""
    stage = Stage(TWO, {ref("a"): Behaviour(0.02), ref("b"): Behaviour(0.2)}).start()
    stage.request(after_s=1.0)
    before = len(stage.lines)
    stage.prober.behaviours[ref("a")] = Behaviour(0.001, Outcome.BAD_STATUS)
    for _ in range(40):
        stage.request(after_s=0.5)
    stage.prober.behaviours[ref("a")] = Behaviour(0.02)
    for _ in range(120):
        stage.request(after_s=0.5)

    story = [
        (line["event"], line["origin"], line.get("after") or line.get("outcome") or line.get("previous"))
        for line in stage.lines[before:]
    ]
    assert story == [
        ("probe", "a", "bad_status"),
        ("choice", "b", "a"),
        ("health", "a", "ejected"),
        ("probe", "a", "ok"),
        ("health", "a", "probation"),
        ("health", "a", "serving"),
        ("choice", "a", "b"),
    ]


def test_a_choice_carries_what_it_rests_on() -> None:
    """Estimates and health of all candidates, once."""
    stage = Stage(TWO, {ref("a"): Behaviour(0.02), ref("b"): Behaviour(never=True)}).start()
    stage.request()

    (choice,) = stage.events("choice")
    assert choice["estimates"] == {"a": 20.0, "b": None}
    assert choice["health"] == {"a": "serving", "b": "unknown"}
    assert (choice["previous"], choice["reason"]) == (None, "first_answer")


def test_each_pool_announces_its_own_choice() -> None:
    """Requests of two pools take turns, and neither choice is news for the other."""
    both = config(
        origin("a"),
        rules=[RuleConfig(pool="api", path="/api/*")],
        others={"api": pool(origin("x"))},
    )
    stage = Stage(both).start()
    directed_to = [stage.request(uri=uri) for uri in ("/", "/api/1", "/", "/api/2")]

    assert directed_to == ["a.test", "x.test", "a.test", "x.test"]
    assert [line["origin"] for line in stage.events("choice")] == ["a", "x"]


def test_closing_gives_the_connections_back() -> None:
    """For whoever embeds an environment; Lambda never does."""
    stage = Stage(TWO)
    stage.environment.close()

    assert stage.prober.is_closed

"""Sweeps, several seeds, and runs that are interrupted or spread over a cluster."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import distributed
import pytest

from origin_router.simulator.geography import RoundTrips
from origin_router.simulator.jobs import Play
from origin_router.simulator.measures import measures
from origin_router.simulator.policies import PolicyError
from origin_router.simulator.run import (
    ClusterError,
    Played,
    check,
    dask_executor,
    local_executor,
    play_all,
    simulate,
    together,
)
from origin_router.simulator.sweep import Sweep, parse_sweep, points
from tests.support.simulated import event, world

TROUBLED = world(event("refused", "eu"))


def plays(*policies: str, seeds: int = 1) -> list[Play]:
    """The troubled world with each policy and seed."""
    return [Play(TROUBLED, policy, seed, RoundTrips()) for policy in policies for seed in range(seeds)]


@pytest.mark.parametrize(
    ("text", "sweep"),
    [
        ("pools.*.refresh_s=5,10", Sweep("refresh_s", ("5", "10"))),
        ("pools.web.probe.connect_timeout_ms=100, 300", Sweep("probe.connect_timeout_ms", ("100", "300"))),
        ("health.ejection_max_s=60,60", Sweep("health.ejection_max_s", ("60",))),
        ("feedback.enabled=0,1", Sweep("feedback.enabled", ("0", "1"))),
    ],
)
def test_a_sweep_names_any_key(text: str, sweep: Sweep) -> None:
    """With or without the pool, nested ones too."""
    assert parse_sweep(text) == sweep


@pytest.mark.parametrize("text", ["refresh_s", "=5", "refresh_s=", "pools.web=3", "pools.*.=3"])
def test_what_is_no_sweep_is_refused(text: str) -> None:
    """With an example."""
    with pytest.raises(PolicyError, match="refresh_s=5,10,30"):
        parse_sweep(text)


def test_a_key_that_there_is_not_is_found_before_anything_is_played() -> None:
    """A long run must not end with a misspelling."""
    with pytest.raises(PolicyError, match="no key 'refresh'"):
        check(plays(*parse_sweep("pools.*.refresh=1,2").policies))


def test_a_sweep_trades_probes_for_time() -> None:
    """Longer intervals: fewer probes, in the order of the values."""
    sweep = parse_sweep("refresh_s=5,20,80")
    played = list(play_all(plays(*sweep.policies), None))
    probes = [each.figures["probes_per_origin_environment_minute"] for each in points(sweep, played)]

    assert [each.value for each in points(sweep, played)] == ["5", "20", "80"]
    assert probes == sorted(probes, reverse=True)
    assert probes[0] > 1.5 * probes[2] > 0


def test_the_same_settings_written_differently_have_the_same_luck() -> None:
    """So that the points of a sweep differ by their settings alone."""
    default, written = (measures(each) for each in simulate(TROUBLED, ["ours", "ours:refresh_s=10"], workers=1))

    assert default == written | {"policy": "ours"}


def test_seeds_are_added_up() -> None:
    """Sums of requests and of time, one row per policy."""
    apart = list(play_all(plays("ours", "oracle", seeds=3), None))
    summed = together(apart)

    assert [(each.policy, each.times) for each in summed] == [("ours", 3), ("oracle", 3)]
    assert summed[0].tally.requests == sum(each.tally.requests for each in apart if each.policy == "ours")
    assert measures(summed[0])["environments"] == pytest.approx(measures(apart[0])["environments"], rel=0.2)


def test_what_is_complete_when_a_run_is_interrupted_is_kept() -> None:
    """Each play is handed over as soon as its last part is done, not at the end of the run."""
    done: list[tuple[int, int]] = []
    run: Iterator[Played] = play_all(plays("oracle", "round-robin"), None, progress=lambda *now: done.append(now))

    assert next(run).policy == "oracle"
    assert done == [(1, 4), (2, 4)]


def test_the_order_in_which_parts_end_does_not_matter() -> None:
    """To the last digit: threads end as they like."""
    alone = {(each.policy, each.seed): each for each in play_all(plays("ours", "naive", seeds=2), None)}
    with ThreadPoolExecutor(4) as executor:
        spread = {(each.policy, each.seed): each for each in play_all(plays("ours", "naive", seeds=2), executor)}

    assert {key: measures(each) for key, each in alone.items()} == {key: measures(each) for key, each in spread.items()}
    assert [alone[key].tally.time.total for key in alone] == [spread[key].tally.time.total for key in alone]


def test_one_worker_needs_no_process() -> None:
    """Nor does a machine with one core."""
    with local_executor(1) as executor:
        assert executor is None


def test_without_the_package_a_cluster_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """An option of the command: nothing else needs it."""
    monkeypatch.setitem(sys.modules, "distributed", None)  # Python's own way to say that it is not there

    with pytest.raises(ClusterError, match="needs the package distributed"), dask_executor("tcp://127.0.0.1:1"):
        pass


def test_a_dask_cluster_plays_the_same() -> None:
    """Its workers, here two threads of this process, end in any order."""
    start: Any = distributed.LocalCluster
    with (
        start(n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None) as cluster,
        dask_executor(cluster.scheduler_address) as executor,
    ):
        spread = list(play_all(plays("oracle"), executor))

    assert measures(spread[0]) == measures(simulate(TROUBLED, ["oracle"], workers=1)[0])

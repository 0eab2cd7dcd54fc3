"""Small worlds played to the end: what each policy is known for has to show."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from origin_router.simulator import simulate
from origin_router.simulator.measures import goals, measures
from origin_router.simulator.policies import NAMES, PolicyError
from origin_router.simulator.scenario import EdgeConfig, Scenario
from origin_router.simulator.tally import Histogram
from tests.support.simulated import event, world


def figures(scenario: Scenario, policy: str, **more: Any) -> dict[str, Any]:
    """Play one policy and return its figures."""
    return measures(simulate(scenario, [policy], seed=7, workers=1, **more)[0])


@pytest.mark.parametrize("policy", NAMES)
def test_a_calm_world_costs_no_viewer_a_request(policy: str) -> None:
    """Whoever fails here is wrong in the model or in the policy."""
    row = figures(world(), policy)

    assert row["failed_gets_ppm"] == 0 or policy == "origin-group-tightest"  # whose second may be shorter than a tail
    assert row["requests"] == pytest.approx(7200, rel=0.1)
    assert row["mean_ratio"] >= 1
    assert row["leave_s"]["count"] == row["return_s"]["count"] == 0


def test_the_oracle_is_never_beaten() -> None:
    """Its ratios are 1 in a world of troubles."""
    row = figures(world(event("blackhole", "eu"), event("brown_out", "us", at_min=40, for_min=10)), "oracle")

    assert (row["mean_ratio"], row["p99_ratio"], row["added_p999_ms"], row["regret_ms"]) == (1, 1, 0, 0)


def test_ours_leaves_what_fails_and_comes_back() -> None:
    """No GET is lost to a single origin's failure, and nearly no other request."""
    row = figures(world(event("blackhole", "eu")), "ours")

    assert row["failed_gets_ppm"] == 0
    assert row["failed_pct"] < 0.3
    assert 0 < row["leave_s"]["p95"] < 30
    assert row["return_s"]["count"] >= 1


def test_an_origin_group_forgets_everything() -> None:
    """Each GET waits for the primary again: 30 s by default, 1 s with the tightest settings."""
    scenario = world(event("blackhole", "us"))
    default, tightest = (figures(scenario, each) for each in ("origin-group", "origin-group-tightest"))

    assert default["added_p95_ms"] == pytest.approx(30_000, rel=0.02)
    assert tightest["added_p95_ms"] == pytest.approx(1_000, rel=0.1)
    assert default["failed_gets_ppm"] == 0
    assert default["failed_pct"] == pytest.approx(100 / 3 * 0.1, rel=0.3)  # what is not GET, for a third of the hour


def test_dns_takes_its_time() -> None:
    """Three checks 30 s apart, of most checkers, and up to 60 s of TTL."""
    row = figures(world(event("refused", "eu")), "route53")

    assert 60 <= row["leave_s"]["p50"] <= 180
    assert row["failed_gets_ppm"] > 10_000


def test_dns_does_not_see_a_cut() -> None:
    """Checkers elsewhere reach the origin, so it stays healthy."""
    row = figures(
        world(event("cut", "eu", regions=["eu-west-1"]), regions=["us-east-1", "eu-west-1", "us-west-2"]), "route53"
    )

    assert row["leave_s"]["count"] == 0
    assert row["failed_gets_ppm"] > 50_000


def test_front_door_and_cloudflare_leave_by_their_own_checks() -> None:
    """Two failures of four at 30 s; one check at 60 s."""
    scenario = world(event("refused", "eu"))

    assert figures(scenario, "front-door")["leave_s"]["p50"] <= 61
    assert figures(scenario, "cloudflare")["leave_s"]["p50"] <= 60


def test_the_naive_race_takes_a_fast_error() -> None:
    """The first answer wins, whatever its status."""
    row = figures(world(event("errors", "eu", share=1.0)), "naive")

    assert row["failed_gets_ppm"] > 50_000


@pytest.mark.parametrize(
    ("freeze", "extensions", "waits", "bills"),
    [
        ("process", True, False, False),
        ("process", False, False, False),
        ("vm", True, False, True),
        ("vm", False, True, False),
    ],
)
def test_measurements_are_made_at_the_cheapest_moment_that_works(
    freeze: Any, extensions: bool, waits: bool, bills: bool
) -> None:
    """Viewers wait only where the machine is stopped and no extension may register."""
    scenario = replace(world(), edge=EdgeConfig(freeze=freeze, extensions=extensions))
    tally = simulate(scenario, ["ours:probe.wait_share_pct=10"], seed=7, workers=1)[0].tally

    assert (tally.waits > 0) is waits
    assert (tally.billed_s > 1.5 * (tally.invocations * 0.001 + tally.cold_starts)) is bills


@pytest.mark.parametrize("workers", [1, 2])
def test_a_seed_makes_a_run_repeatable(workers: int) -> None:
    """To the last digit, whatever the number of processes."""
    scenario = world(event("flapping", "eu"))
    policies = ["ours", "naive", "route53", "cloudflare", "front-door"]
    first = simulate(scenario, policies, seed=3, workers=1)
    again = simulate(scenario, policies, seed=3, workers=workers)
    other = simulate(scenario, policies, seed=4, workers=1)

    assert _plain(first) == _plain(again)
    assert _plain(first) != _plain(other)


def test_a_sample_of_environments_stands_for_all() -> None:
    """Half of them, and nearly the same figures."""
    scenario = world(traffic={"requests_per_s": 20.0, "daily_swing": 0.0})
    all_of_them, half = (figures(scenario, "ours", sample=each) for each in (1, 2))

    for key in ("requests", "mean_ratio", "probes_per_origin_s", "environments"):
        assert half[key] == pytest.approx(all_of_them[key], rel=0.05), key


def test_goals_are_held_over_all_scenarios_together() -> None:
    """Sums, not means of ratios."""
    played = simulate(world(event("refused", "eu")), ["ours", "naive", "route53"], seed=7, workers=1)
    held = goals(played, "ours", ("route53",), "naive")

    assert held["failed_gets_ppm"] == 0 < held["failed_gets_ppm_of_best_other"]
    assert 0 < held["probes_of_naive"] < 0.2
    assert "failed_gets_ppm" not in held["missed"]


def test_where_the_best_other_fails_nothing_nothing_may_fail() -> None:
    """A tenth of nothing is nothing."""
    played = simulate(world(event("refused", "eu")), ["ours", "origin-group", "route53"], seed=7, workers=1)
    flawed = [
        replace(each, policy={"ours": "route53", "route53": "ours"}.get(each.policy, each.policy)) for each in played
    ]

    assert "failed_gets_ppm" not in goals(played, "ours", ("origin-group", "route53"), "naive")["missed"]
    held = goals(flawed, "ours", ("origin-group", "route53"), "naive")
    assert held["failed_gets_ppm_of_best_other"] == 0 < held["failed_gets_ppm"]
    assert "failed_gets_ppm" in held["missed"]


@pytest.mark.parametrize("policy", ["weighted", "sticky"])
def test_viewers_are_told_apart_where_a_policy_does(policy: str) -> None:
    """Half of them go to the far origin in a calm world; nobody fails where one of the two does."""
    row = figures(world(event("refused", "eu")), f"ours:policy={policy}")
    calm = figures(world(), f"ours:policy={policy}")

    assert calm["added_p50_ms"] < 5 < 60 < calm["added_p95_ms"]
    assert calm["regret_ms"] == pytest.approx(calm["added_p95_ms"] / 2, rel=0.2)
    assert row["failed_gets_ppm"] == 0


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        ("theirs", "there is no policy 'theirs'"),
        ("ours:", "there is no policy 'ours:'"),
        ("naive:refresh_s=1", "there is no policy"),
        ("ours:refresh", "'refresh' is not KEY=VALUE"),
        ("ours:refreshs=1", "did you mean 'refresh_s'?"),
        ("ours:health.colour=1", "there is no key 'colour'; there are "),
        ("ours:refresh_s=x", "refresh_s must be a number, not 'x'"),
        ("ours:refresh_s=-3", "refresh_s must be greater than or equal to 1, not '-3'"),
        ("ours:policy=best", "policy must be 'fastest', 'priority', 'weighted' or 'sticky', not 'best'"),
        ("ours:feedback.enabled=maybe", "enabled must be true or false, not 'maybe'"),
        ("ours:health=3", "health cannot be written as KEY=VALUE"),
        ("ours:origins=3", "origins cannot be written as KEY=VALUE"),
        ("ours:fallback=mars", "there is no origin 'mars'"),
        ("ours:fallback_pool=web", "there is one pool only"),
    ],
)
def test_a_policy_that_there_is_not_is_refused(policy: str, message: str) -> None:
    """Before anything is played, with what is wrong and what there is."""
    with pytest.raises(PolicyError) as error:
        simulate(world(), [policy], workers=1)

    assert message in str(error.value)


def _plain(played: list[Any]) -> list[dict[str, Any]]:
    rows = []
    for each in played:
        row = {name: getattr(each.tally, name) for name in each.tally.__slots__}
        rows.append({name: dict(v.buckets) if isinstance(v, Histogram) else v for name, v in row.items()})
    return rows

"""The estimate of `origin-router cost` against what the simulator counts, for the same traffic."""

from __future__ import annotations

from dataclasses import replace

import pytest

from origin_router.aws import cost
from origin_router.simulator import cost as simulated_cost
from origin_router.simulator import simulate
from origin_router.simulator.measures import measures
from origin_router.simulator.policies import router_config
from origin_router.simulator.scenario import EdgeConfig
from tests.support.simulated import world

RATE_PER_S, REGIONS = 4.0, 2
CALM = world(
    hours=4.0,
    traffic={"requests_per_s": RATE_PER_S, "daily_swing": 0.0, "requests_per_environment_s": RATE_PER_S / REGIONS},
)


def test_the_prices_are_the_same() -> None:
    """Both say where they come from; a change of one is a change of both."""
    assert pytest.approx(cost.REQUEST_USD * 1e6) == simulated_cost.REQUESTS_USD_PER_MILLION
    assert cost.GB_SECOND_USD == simulated_cost.GB_SECOND_USD


@pytest.mark.parametrize("freeze", ["process", "vm"])
def test_the_estimate_is_the_dearer_end_of_what_is_simulated(freeze: str) -> None:
    """Invocations to a percent; never less than simulated, nor a third more."""
    scenario = replace(CALM, edge=EdgeConfig(freeze=freeze))  # type: ignore[arg-type]
    found = measures(simulate(scenario, ["ours"], seed=5, workers=1)[0])
    given = cost.Assumptions(
        misses_per_s=RATE_PER_S,
        regions=REGIONS,
        memory_mb=128,
        request_ms=1.0,
        measures_after_answer=freeze == "vm",
    )
    estimate = cost.estimate(router_config("ours", scenario, None), given)
    items = {item.name: item.usd_per_month for item in estimate.items}
    counted = ("requests", "duration", "cold starts", "measuring after the answer")
    usd_per_million = sum(items.get(name, 0.0) for name in counted) / (RATE_PER_S * cost.MONTH_S) * 1e6

    assert estimate.environments == pytest.approx(found["environments"], rel=0.05)
    assert found["usd_per_million"] <= usd_per_million * 1.01
    assert usd_per_million <= found["usd_per_million"] * 1.33

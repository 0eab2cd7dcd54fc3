"""From tallies to the figures that are compared."""

from __future__ import annotations

from typing import Any

from origin_router.simulator.cost import usd_per_million_requests
from origin_router.simulator.run import Played
from origin_router.simulator.tally import Histogram, Tally

QUANTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "p999": 0.999}


def measures(played: Played) -> dict[str, Any]:
    """Return the figures of one policy in one scenario. None: there was nothing to measure."""
    scenario = played.scenario
    found = figures(played.tally, len(scenario.origins) * played.played_s)
    environments = played.tally.environment_s / played.played_s
    return {"scenario": scenario.name, "policy": played.policy} | found | {"environments": round(environments, 1)}


def figures(tally: Tally, origin_s: float) -> dict[str, Any]:
    """Return the figures of a tally. `origin_s` is for how long there were origins, each counted."""
    return {
        "requests": round(tally.requests),
        "mean_ms": _ms(tally.time.mean_s),
        "mean_ratio": _ratio(tally.time.mean_s, tally.oracle.mean_s),
        "p99_ratio": _ratio(tally.time.quantile_s(0.99), tally.oracle.quantile_s(0.99)),
        "added_mean_ms": _ms(tally.added.mean_s),
        **{f"added_{name}_ms": _ms(tally.added.quantile_s(share)) for name, share in QUANTILES.items()},
        "failed_pct": _share(tally.failed, tally.requests, 100),
        "failed_gets_ppm": _share(tally.failed_gets, tally.gets, 1e6),
        "unavoidable_gets_ppm": _share(tally.oracle_failed_gets, tally.gets, 1e6),
        "regret_ms": _share(tally.regret_s, tally.requests, 1000),
        "switches_per_hour": _share(tally.switches, tally.chooser_s, 3600),
        "leave_s": _times(tally.leaving),
        "return_s": _times(tally.returning),
        "probes_per_origin_s": round(tally.probes / origin_s, 4),
        "cold_starts": round(tally.cold_starts),
        "extra_cold_starts": round(tally.extra_cold_starts, 2),
        "waits": round(tally.waits),
        "usd_per_million": round(
            usd_per_million_requests(tally.requests, tally.invocations, tally.billed_s, tally.health_checks_usd), 4
        ),
    }


MEAN_GOAL, P99_GOAL, FAILED_GOAL, PROBES_GOAL = 1.03, 1.10, 0.1, 0.1
"""Of the oracle's mean and p99; of the failed GETs of the best other policy; of the probes of the race recipe."""


def goals(all_played: list[Played], ours: str, today: tuple[str, ...], naive: str) -> dict[str, Any]:
    """Hold a policy against the goals, over all scenarios together; None where there is nothing to compare with.

    `missed` names those that are not reached. Where the best other policy fails no GET, none may fail here.
    """
    sums: dict[str, Any] = {}
    for each in all_played:
        total = sums.setdefault(each.policy, type(each.tally)())
        total.merge(each.tally)
    own = sums[ours]
    others = [sums[each].failed_gets / sums[each].gets for each in today if each in sums and sums[each].gets]
    best = min(others, default=None)
    recipe = sums.get(naive)
    failed = own.failed_gets / own.gets if own.gets else None
    found = {
        "mean_ratio": _ratio(own.time.mean_s, own.oracle.mean_s),
        "p99_ratio": _ratio(own.time.quantile_s(0.99), own.oracle.quantile_s(0.99)),
        "probes_of_naive": _ratio(own.probes, recipe.probes if recipe is not None else None),
    }
    limits = {"mean_ratio": MEAN_GOAL, "p99_ratio": P99_GOAL, "probes_of_naive": PROBES_GOAL}
    missed = [key for key, limit in limits.items() if (value := found[key]) is not None and value > limit]
    if failed is not None and best is not None and failed > FAILED_GOAL * best:
        missed.append("failed_gets_ppm")
    return found | {
        "failed_gets_ppm": None if failed is None else round(failed * 1e6, 4),
        "failed_gets_ppm_of_best_other": None if best is None else round(best * 1e6, 4),
        "missed": missed,
    }


def _times(histogram: Histogram) -> dict[str, Any]:
    return {
        "count": round(histogram.count),
        "p50": _round(histogram.quantile_s(0.5)),
        "p95": _round(histogram.quantile_s(0.95)),
    }


def _ms(value_s: float | None) -> float | None:
    return None if value_s is None else round(value_s * 1000, 2)


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _ratio(value: float | None, base: float | None) -> float | None:
    return None if value is None or not base else round(value / base, 4)


def _share(part: float, whole: float, scale: float) -> float | None:
    return round(part / whole * scale, 4) if whole else None

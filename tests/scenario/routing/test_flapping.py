"""What the band and the switch threshold do against flapping, measured: noisy origins, hours of traffic, fixed seeds.

Two origins whose times are lognormal around their medians, and ten times as long once in a
hundred, probed as the router asks for it. `moves` is how often the choice changes in an
hour, `cost_ms` how much slower the chosen origin is than the best one, by their medians.
"""

from __future__ import annotations

import random
from functools import cache
from math import inf
from typing import NamedTuple

import pytest

from origin_router.routing.config import PoolConfig
from tests.scenario.routing.player import Said, Traffic, every, origin

SPIKES = 0.01
QUIET, NOISY = 0.05, 0.2
"""Jitter: sigma of the logarithm, about the relative deviation."""

NONE, BAND, THRESHOLD, DEFAULT, WIDE = (0.0, 0.0), (10.0, 0.0), (0.0, 20.0), (10.0, 20.0), (50.0, 40.0)
LOWER, HIGHER = (10.0, 10.0), (10.0, 30.0)
"""(band_ms, switch_pct)"""


class Study(NamedTuple):
    """What came of a study."""

    moves: float
    """Per hour."""
    cost_ms: float
    """Mean, over all requests."""


@cache
def study(
    setting: tuple[float, float],
    medians_ms: tuple[float, float],
    jitter: float,
    *,
    swap_s: float = inf,
    hours: int = 1,
    seeds: int = 2,
) -> Study:
    """Return the effect of a setting on two origins of these medians, which they swap every so many seconds."""
    pool = PoolConfig(origins=(origin("a"), origin("b")), band_ms=setting[0], switch_pct=setting[1], refresh_s=10)
    medians = dict(zip("ab", medians_ms, strict=True))
    swapped = dict(zip("ba", medians_ms, strict=True))

    def medians_at(at: float) -> dict[str, float]:
        return swapped if at // swap_s % 2 else medians

    moves = requests = 0
    cost_ms = 0.0
    for seed in range(seeds):
        chance = random.Random(seed)

        def says(name: str, at: float, chance: random.Random = chance) -> Said:
            return medians_at(at)[name] * chance.lognormvariate(0, jitter) * (10 if chance.random() < SPIKES else 1)

        played = Traffic(pool, says, jitter=chance.random).play(every(4, until=hours * 3600))
        moves += len(played.moves) - 1
        requests += len(played.decided)
        cost_ms += sum(medians_at(each.at)[each.origin] for each in played.decided) - min(medians_ms) * len(
            played.decided
        )
    return Study(moves / hours / seeds, cost_ms / requests)


PAIRS = [(20.0, 22.0), (50.0, 53.0), (50.0, 60.0), (150.0, 165.0)]


@pytest.mark.parametrize("jitter", [QUIET, NOISY])
@pytest.mark.parametrize("pair", PAIRS, ids=str)
def test_band_and_threshold_keep_a_choice_from_flapping(pair: tuple[float, float], jitter: float) -> None:
    """Each of them helps, both together help about as much as the better one, and a wide one makes an end of it."""
    moves = {setting: study(setting, pair, jitter).moves for setting in (NONE, BAND, THRESHOLD, DEFAULT, WIDE)}

    assert max(moves[BAND], moves[THRESHOLD]) <= moves[NONE]
    assert moves[DEFAULT] <= 1.4 * min(moves[BAND], moves[THRESHOLD])
    assert moves[DEFAULT] <= 0.7 * moves[NONE]
    assert moves[WIDE] <= 0.3 * moves[DEFAULT] + 0.5


@pytest.mark.parametrize("pair", PAIRS, ids=str)
def test_where_times_are_steady_the_default_hardly_ever_moves(pair: tuple[float, float]) -> None:
    """Five per cent of jitter, as on a quiet path."""
    assert study(DEFAULT, pair, QUIET).moves <= 3


@pytest.mark.parametrize("jitter", [QUIET, NOISY])
@pytest.mark.parametrize("pair", PAIRS, ids=str)
def test_what_it_costs(pair: tuple[float, float], jitter: float) -> None:
    """The price is to stay with an origin that is as good as equal: never more than the wider of the two margins."""
    assert study(DEFAULT, pair, jitter).cost_ms <= max(10.0, 0.1 * max(pair))


SWAPPING = [(50.0, 60.0), (150.0, 180.0), (150.0, 300.0)]
"""Origins that change places every quarter of an hour."""


def test_the_default_threshold_is_the_best_compromise_of_three() -> None:
    """Ten moves within the noise for hardly a smaller cost, and thirty does not follow what is steady."""
    regret_ms = {
        setting: sum(
            study(setting, pair, jitter, swap_s=swap_s).cost_ms
            for jitter in (QUIET, NOISY)
            for pair, swap_s in [*((pair, inf) for pair in PAIRS), *((pair, 900.0) for pair in SWAPPING)]
        )
        for setting in (LOWER, DEFAULT, HIGHER)
    }
    moves = {setting: sum(study(setting, pair, NOISY).moves for pair in PAIRS) for setting in (LOWER, DEFAULT)}

    assert regret_ms[DEFAULT] <= 1.15 * regret_ms[LOWER]
    assert regret_ms[DEFAULT] < regret_ms[HIGHER]
    assert moves[DEFAULT] <= 0.75 * moves[LOWER]
    assert PoolConfig(origins=(origin("a"),)).switch_pct == DEFAULT[1]


@pytest.mark.parametrize("setting", [NONE, DEFAULT], ids=str)
def test_two_origins_far_apart_are_told_apart(setting: tuple[float, float]) -> None:
    """Where it matters, nothing is given away: at three times the time, hardly any request goes astray."""
    found = study(setting, (30.0, 90.0), NOISY)

    assert found.moves <= 1
    assert found.cost_ms < 0.6


if __name__ == "__main__":  # the figures of docs/how-to/steering-policies.md
    for swap in (inf, 900.0):
        for noise in (QUIET, NOISY):
            for medians in PAIRS if swap == inf else SWAPPING:
                found = [
                    study(each, medians, noise, swap_s=swap, hours=4, seeds=3) for each in (LOWER, DEFAULT, HIGHER)
                ]
                cells = [f"{each.moves:.1f} / h, {each.cost_ms:.1f} ms" for each in found]
                print(f"| {medians[0]:.0f} and {medians[1]:.0f} ms | {noise:.0%} | {' | '.join(cells)} |")

"""What the band and the switch threshold do against flapping, measured: noisy origins, hours of traffic, fixed seeds.

Two origins whose times are lognormal around their medians, and ten times as long once in a
hundred, probed as the router asks for it. `moves` is how often the choice changes in an
hour, `cost_ms` how much slower the chosen origin is than the best one, by their medians.
"""

from __future__ import annotations

import random
from functools import cache
from typing import NamedTuple

import pytest

from origin_router.routing.config import PoolConfig
from tests.scenario.routing.player import Said, Traffic, every, origin

SPIKES = 0.01
QUIET, NOISY = 0.05, 0.2
"""Jitter: sigma of the logarithm, about the relative deviation."""

NONE, BAND, THRESHOLD, DEFAULT, WIDE = (0.0, 0.0), (10.0, 0.0), (0.0, 10.0), (10.0, 10.0), (50.0, 30.0)
"""(band_ms, switch_pct)"""


class Study(NamedTuple):
    """What came of a study."""

    moves: float
    """Per hour."""
    cost_ms: float
    """Mean, over all requests."""


@cache
def study(
    setting: tuple[float, float], medians_ms: tuple[float, float], jitter: float, hours: int = 1, seeds: int = 2
) -> Study:
    """Return the effect of a setting on two origins of these medians."""
    pool = PoolConfig(origins=(origin("a"), origin("b")), band_ms=setting[0], switch_pct=setting[1], refresh_s=10)
    medians = dict(zip("ab", medians_ms, strict=True))
    moves = requests = 0
    cost_ms = 0.0
    for seed in range(seeds):
        chance = random.Random(seed)

        def says(name: str, at: float, chance: random.Random = chance) -> Said:
            return medians[name] * chance.lognormvariate(0, jitter) * (10 if chance.random() < SPIKES else 1)

        played = Traffic(pool, says, jitter=chance.random).play(every(4, until=hours * 3600))
        moves += len(played.moves) - 1
        requests += len(played.decided)
        cost_ms += sum(medians[each.origin] for each in played.decided) - min(medians_ms) * len(played.decided)
    return Study(moves / hours / seeds, cost_ms / requests)


PAIRS = [(20.0, 22.0), (50.0, 53.0), (50.0, 60.0), (150.0, 165.0)]


@pytest.mark.parametrize("jitter", [QUIET, NOISY])
@pytest.mark.parametrize("pair", PAIRS, ids=str)
def test_band_and_threshold_keep_a_choice_from_flapping(pair: tuple[float, float], jitter: float) -> None:
    """Each of them helps, both together help about as much as the better one, and a wide one makes an end of it."""
    moves = {setting: study(setting, pair, jitter).moves for setting in (NONE, BAND, THRESHOLD, DEFAULT, WIDE)}

    assert max(moves[BAND], moves[THRESHOLD]) <= moves[NONE]
    assert moves[DEFAULT] <= 1.2 * min(moves[BAND], moves[THRESHOLD])
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


@pytest.mark.parametrize("setting", [NONE, DEFAULT], ids=str)
def test_two_origins_far_apart_are_told_apart(setting: tuple[float, float]) -> None:
    """Where it matters, nothing is given away: at three times the time, hardly any request goes astray."""
    found = study(setting, (30.0, 90.0), NOISY)

    assert found.moves <= 1
    assert found.cost_ms < 0.6


if __name__ == "__main__":  # the figures: python -m tests.scenario.routing.test_flapping
    for noise in (QUIET, NOISY):
        for medians in [*PAIRS, (30.0, 90.0)]:
            for chosen in (NONE, BAND, THRESHOLD, DEFAULT, WIDE):
                result = study(chosen, medians, noise, hours=4, seeds=3)
                print(f"jitter {noise:.0%}, medians {medians} ms, band {chosen[0]:.0f} ms, ", end="")
                print(f"switch {chosen[1]:.0f} %: {result.moves:.1f} moves/h, {result.cost_ms:.2f} ms")

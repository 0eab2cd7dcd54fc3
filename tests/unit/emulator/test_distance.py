"""Round trips from geography: plausible, symmetric, and known for every Region of Lambda@Edge."""

from __future__ import annotations

from itertools import combinations

import pytest

from origin_router.emulator.distance import REGIONS, SAME_PLACE_MS, distance_km, round_trip_ms


@pytest.mark.parametrize(
    ("here", "there", "km"),
    [
        ("eu-central-1", "us-east-1", 6_550),
        ("us-east-1", "ap-northeast-1", 10_900),
        ("sa-east-1", "ap-southeast-2", 13_360),
    ],
)
def test_distances_are_those_of_a_globe(here: str, there: str, km: float) -> None:
    assert pytest.approx(km, rel=0.01) == distance_km(here, there)


def test_a_round_trip_is_the_same_both_ways_and_shortest_at_home() -> None:
    for here, there in combinations(REGIONS, 2):
        assert round_trip_ms(here, there) == round_trip_ms(there, here)
        assert SAME_PLACE_MS == round_trip_ms(here, here) < round_trip_ms(here, there) < 300


def test_an_unknown_region_is_an_error() -> None:
    with pytest.raises(KeyError, match="mars-north-1"):
        round_trip_ms("eu-central-1", "mars-north-1")

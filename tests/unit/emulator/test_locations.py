"""Regions and the edge locations that stand for them."""

from __future__ import annotations

import pytest

from origin_router.emulator.distance import REGIONS
from origin_router.emulator.locations import EDGE_LOCATIONS, edge_location


def test_all_regions_of_lambda_at_edge() -> None:
    """The same thirteen that the distances know."""
    assert EDGE_LOCATIONS.keys() == REGIONS.keys()
    assert len(set(EDGE_LOCATIONS.values())) == 13
    assert edge_location("eu-central-1") == "FRA50-P1"


@pytest.mark.parametrize("region", ["", "eu-central-2", "EU-CENTRAL-1", "me-central-1"])
def test_an_unknown_region_is_refused_with_the_list(region: str) -> None:
    """The message says which there are."""
    with pytest.raises(ValueError, match=r"is not a Region where .*: |choose from ap-northeast-1, .*us-west-2"):
        edge_location(region)

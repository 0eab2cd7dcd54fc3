"""The Regions where CloudFront runs Lambda@Edge, and an edge location for each.

The 13 Regions are those of the replicator role (CloudFront guide). Which edge location a viewer
meets is CloudFront's choice; one plausible name per Region is enough here. Names are the
airport's code, a number, and the kind of location, as in the `x-amz-cf-pop` header.
"""

from __future__ import annotations

EDGE_LOCATIONS = {
    "ap-northeast-1": "NRT57-P1",
    "ap-northeast-2": "ICN57-P1",
    "ap-south-1": "BOM78-P1",
    "ap-southeast-1": "SIN52-P1",
    "ap-southeast-2": "SYD62-P1",
    "eu-central-1": "FRA50-P1",
    "eu-west-1": "DUB56-P1",
    "eu-west-2": "LHR50-P1",
    "sa-east-1": "GRU50-P1",
    "us-east-1": "IAD89-P1",
    "us-east-2": "CMH68-P1",
    "us-west-1": "SFO53-P1",
    "us-west-2": "HIO50-P1",
}


def edge_location(region: str) -> str:
    """Return the edge location that stands for a Region; ValueError lists the Regions there are."""
    try:
        return EDGE_LOCATIONS[region]
    except KeyError:
        known = ", ".join(EDGE_LOCATIONS)
        raise ValueError(f"{region!r} is not a Region where CloudFront runs Lambda@Edge; choose from {known}") from None

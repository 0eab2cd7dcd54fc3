"""How long a round trip between two Regions takes, from geography alone.

Light in glass covers 200 km in 1 ms, so a round trip over `d` km takes at least `d / 100` ms.
Cables do not follow great circles and routers add their share: `DETOUR` is the factor by which
real round trips are longer. With 1.4, Frankfurt to Virginia comes out at 92 ms and Virginia to
Tokyo at 152 ms, within a tenth of what is measured between those Regions. Pairs whose cables go
the long way round (Frankfurt to Tokyo) take up to twice as long in reality.
"""

from __future__ import annotations

from math import asin, cos, radians, sin, sqrt

EARTH_RADIUS_KM = 6_371
KM_PER_ROUND_TRIP_MS = 100
"""Light in glass: 200 km in 1 ms, there and back."""
DETOUR = 1.4
SAME_PLACE_MS = 1.0
"""A round trip inside one Region, between availability zones: 1 ms or a little less."""

REGIONS: dict[str, tuple[float, float]] = {
    "ap-northeast-1": (35.7, 139.7),  # Tokyo
    "ap-northeast-2": (37.6, 127.0),  # Seoul
    "ap-south-1": (19.1, 72.9),  # Mumbai
    "ap-southeast-1": (1.4, 103.8),  # Singapore
    "ap-southeast-2": (-33.9, 151.2),  # Sydney
    "eu-central-1": (50.1, 8.7),  # Frankfurt
    "eu-west-1": (53.3, -6.3),  # Dublin
    "eu-west-2": (51.5, -0.1),  # London
    "sa-east-1": (-23.6, -46.6),  # Sao Paulo
    "us-east-1": (39.0, -77.5),  # Northern Virginia
    "us-east-2": (40.0, -83.0),  # Columbus
    "us-west-1": (37.4, -122.0),  # Northern California
    "us-west-2": (45.6, -121.2),  # Oregon
}
"""Latitude and longitude in degrees of the 13 Regions where CloudFront runs Lambda@Edge."""

PLACES: dict[str, tuple[float, float]] = {
    **REGIONS,
    "af-south-1": (-33.9, 18.4),  # Cape Town
    "ap-east-1": (22.3, 114.2),  # Hong Kong
    "ap-east-2": (25.0, 121.5),  # Taipei
    "ap-northeast-3": (34.7, 135.5),  # Osaka
    "ap-south-2": (17.4, 78.5),  # Hyderabad
    "ap-southeast-3": (-6.2, 106.8),  # Jakarta
    "ap-southeast-4": (-37.8, 145.0),  # Melbourne
    "ap-southeast-5": (3.1, 101.7),  # Kuala Lumpur
    "ap-southeast-6": (-36.8, 174.8),  # Auckland
    "ap-southeast-7": (13.8, 100.5),  # Bangkok
    "ca-central-1": (45.5, -73.6),  # Montreal
    "ca-west-1": (51.0, -114.1),  # Calgary
    "eu-central-2": (47.4, 8.5),  # Zurich
    "eu-north-1": (59.3, 18.1),  # Stockholm
    "eu-south-1": (45.5, 9.2),  # Milan
    "eu-south-2": (41.6, -0.9),  # Zaragoza
    "eu-west-3": (48.9, 2.4),  # Paris
    "il-central-1": (32.1, 34.8),  # Tel Aviv
    "me-central-1": (25.2, 55.3),  # Dubai
    "me-south-1": (26.1, 50.6),  # Bahrain
    "mx-central-1": (20.6, -100.4),  # Queretaro
}
"""Where origins can be as well: further Regions, each by the city or area that AWS names it for."""


def distance_km(here: str, there: str) -> float:
    """Great-circle distance between two Regions (haversine formula)."""
    (lat1, lon1), (lat2, lon2) = (tuple(map(radians, PLACES[region])) for region in (here, there))
    half_chord = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * asin(sqrt(half_chord))


def round_trip_ms(here: str, there: str) -> float:
    """Plausible round trip between two Regions. Raises KeyError for a Region that is not in `PLACES`."""
    return SAME_PLACE_MS + distance_km(here, there) / KM_PER_ROUND_TRIP_MS * DETOUR

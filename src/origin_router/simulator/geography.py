"""Round trips between Regions: from geography alone, or measured ones from a file.

Light in glass covers 200 km in 1 ms. Cables do not follow great circles: `DETOUR` is the
factor by which round trips are longer. With 1.4, Frankfurt to Virginia is 92 ms.
"""

from __future__ import annotations

import csv
from math import asin, cos, radians, sin, sqrt
from pathlib import Path

EARTH_RADIUS_KM = 6_371.0
KM_PER_ROUND_TRIP_MS = 100.0
DETOUR = 1.4
SAME_PLACE_MS = 1.0
"""A round trip inside one Region, between availability zones: 1 ms or a little less."""

EDGE_REGIONS = {
    "ap-northeast-1": (35.7, 139.7),
    "ap-northeast-2": (37.6, 127.0),
    "ap-south-1": (19.1, 72.9),
    "ap-southeast-1": (1.4, 103.8),
    "ap-southeast-2": (-33.9, 151.2),
    "eu-central-1": (50.1, 8.7),
    "eu-west-1": (53.3, -6.3),
    "eu-west-2": (51.5, -0.1),
    "sa-east-1": (-23.6, -46.6),
    "us-east-1": (39.0, -77.5),
    "us-east-2": (40.0, -83.0),
    "us-west-1": (37.4, -122.0),
    "us-west-2": (45.6, -121.2),
}
"""Latitude and longitude in degrees of the 13 Regions where CloudFront runs Lambda@Edge."""

PLACES = {
    **EDGE_REGIONS,
    "af-south-1": (-33.9, 18.4),
    "ap-east-1": (22.3, 114.2),
    "ca-central-1": (45.5, -73.6),
    "eu-north-1": (59.3, 18.1),
    "eu-south-1": (45.5, 9.2),
    "eu-west-3": (48.9, 2.4),
    "me-south-1": (26.1, 50.6),
}
"""Where origins can be: further Regions of AWS."""


def longitude(region: str) -> float:
    """Degrees east: tells the time of day."""
    return PLACES[region][1]


def distance_km(here: str, there: str) -> float:
    """Great-circle distance between two places (haversine formula)."""
    (lat1, lon1), (lat2, lon2) = (tuple(map(radians, PLACES[place])) for place in (here, there))
    half_chord = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * asin(sqrt(half_chord))


class RoundTrips:
    """Round trips in seconds: measured ones where there are any, geography for the other pairs."""

    def __init__(self, measured_ms: dict[tuple[str, str], float] | None = None) -> None:
        self._measured_ms = measured_ms or {}

    def is_measured(self, region: str, place: str) -> bool:
        """Whether a file told the round trip."""
        return (region, place) in self._measured_ms or (place, region) in self._measured_ms

    def rtt_s(self, region: str, place: str) -> float:
        """Return the round trip from an edge's Region to a place."""
        for pair in ((region, place), (place, region)):
            if pair in self._measured_ms:
                return self._measured_ms[pair] / 1000
        return (SAME_PLACE_MS + distance_km(region, place) / KM_PER_ROUND_TRIP_MS * DETOUR) / 1000


def read_round_trips(path: Path) -> RoundTrips:
    """Read a CSV file with source_region, destination_region and avg_ms; raise ValueError that says what is wrong."""
    measured: dict[tuple[str, str], float] = {}
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            rows = csv.DictReader(lines)
            wanted = {"source_region", "destination_region", "avg_ms"}
            if missing := wanted - set(rows.fieldnames or ()):
                there = ", ".join(rows.fieldnames or ()) or "none"
                raise ValueError(f"{path}: has no column {', '.join(sorted(missing))}; its first line names {there}")
            for row in rows:
                try:
                    value = float(row["avg_ms"])
                except (TypeError, ValueError):
                    raise ValueError(f"{path}: line {rows.line_num}: avg_ms must be a number") from None
                if not 0 <= value <= 60_000:
                    raise ValueError(f"{path}: line {rows.line_num}: avg_ms must be between 0 and 60000")
                measured[row["source_region"], row["destination_region"]] = value
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
    return RoundTrips(measured)

"""Round trips between edges and origins: from a file where it has them, else by distance where Regions are known."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from origin_router.config import ConfigError, ConfigProblem
from origin_router.config.problems import did_you_mean, show
from origin_router.emulator import distance
from origin_router.emulator.links import Place
from origin_router.emulator.locations import EDGE_LOCATIONS

BY_ORIGIN = ("edge", "origin", "round_trip_ms")
BY_REGION = ("source_region", "destination_region", "avg_ms")
"""Columns of the two kinds of file; others are ignored."""

LONGEST_MS = 60_000.0

AMAZON_DOMAINS = (".amazonaws.com", ".amazonaws.com.cn", ".on.aws")
_REGION = re.compile(r"(?:s3-|s3-website-)?([a-z]{2}(?:-[a-z]+)+-\d)")
"""A label of an AWS host name that is a Region; of old bucket names, one that ends in it."""


@dataclass(frozen=True, slots=True)
class RoundTrips:
    """What a file said. Without one: nothing."""

    by_origin: Mapping[tuple[str, str], float] = field(default_factory=dict)
    """By edge and an origin's id, in milliseconds."""
    by_region: Mapping[tuple[str, str], float] = field(default_factory=dict)

    def round_trip_ms(self, edge: str, place: Place) -> float:
        """The round trip between an edge and an origin; 0 where nothing is known about it."""
        if (edge, place.id) in self.by_origin:
            return self.by_origin[edge, place.id]
        for pair in ((edge, place.region), (place.region, edge)):
            if pair in self.by_region:
                return self.by_region[pair]
        return distance.round_trip_ms(edge, place.region) if place.region in distance.PLACES else 0.0


def region_of(host: str) -> str:
    """The Region that AWS's own host names of buckets, load balancers, APIs and functions contain; else empty."""
    if not host.endswith(AMAZON_DOMAINS):
        return ""
    found = [match[1] for label in host.split(".") if (match := _REGION.fullmatch(label))]
    return next((region for region in reversed(found) if region in distance.PLACES), "")


def read_round_trips(path: Path, origins: tuple[str, ...]) -> RoundTrips:
    """Read a CSV file. Raises ConfigError with every mistake and its line.

    Either with the columns edge, origin and round_trip_ms, where origins are ids; or with source_region,
    destination_region and avg_ms, a measurement between Regions in which pairs may be missing.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise _refused(path, [f"cannot be read: {error.strerror}"], is_read=False) from None
    except UnicodeDecodeError:
        raise _refused(path, ["is not UTF-8 text"]) from None
    rows = csv.DictReader(text.splitlines(), strict=True)
    mistakes: list[str] = []
    try:
        columns = [name.strip() for name in rows.fieldnames or ()]
        rows.fieldnames = columns
        if set(BY_ORIGIN) <= set(columns):
            trips = RoundTrips(by_origin=dict(_rows(rows, BY_ORIGIN, origins, mistakes)))
        elif set(BY_REGION) <= set(columns):
            trips = RoundTrips(by_region=dict(_rows(rows, BY_REGION, None, mistakes)))
        else:
            wanted = " or ".join(",".join(each) for each in (BY_ORIGIN, BY_REGION))
            raise _refused(path, [f"line 1: has the columns {', '.join(columns) or 'of nothing'}; wanted: {wanted}"])
    except csv.Error as error:
        raise _refused(path, [f"line {rows.line_num}: is not CSV: {error}"]) from None
    if mistakes:
        raise _refused(path, mistakes)
    return trips


def _rows(
    rows: csv.DictReader[str], columns: tuple[str, ...], origins: tuple[str, ...] | None, mistakes: list[str]
) -> Iterator[tuple[tuple[str, str], float]]:
    first: dict[tuple[str, str], int] = {}
    for row in rows:
        here, there, value = ((row.get(column) or "").strip() for column in columns)
        problem = _problem(here, there, value, origins)
        if problem is None and (here, there) in first:
            problem = f"{here} and {there} have a round trip already, in line {first[here, there]}"
        if problem is not None:
            mistakes.append(f"line {rows.line_num}: {problem}")
            continue
        first[here, there] = rows.line_num
        yield (here, there), float(value)


def _problem(here: str, there: str, value: str, origins: tuple[str, ...] | None) -> str | None:
    if origins is not None and here not in EDGE_LOCATIONS:
        return (
            f"edge {show(here)} is not a Region where CloudFront runs Lambda@Edge{did_you_mean(here, EDGE_LOCATIONS)}"
        )
    if origins is not None and there not in origins:
        return f"there is no origin {show(there)}{did_you_mean(there, origins)}"
    try:
        is_allowed = 0 <= float(value) <= LONGEST_MS
    except ValueError:
        return f"{show(value)} is not a number of milliseconds"
    return None if is_allowed else f"{value} is not between 0 and {LONGEST_MS:g} milliseconds"


def _refused(path: Path, messages: list[str], *, is_read: bool = True) -> ConfigError:
    return ConfigError(str(path), [ConfigProblem("", message) for message in messages], is_read=is_read)

"""The links of the local edge, from the configuration and the distribution."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import click

from origin_router.emulator.distribution.model import Distribution
from origin_router.emulator.links import LinkCarrier, Mode, Place
from origin_router.emulator.packets.carrier import PacketCarrier
from origin_router.emulator.round_trips import RoundTrips, read_round_trips, region_of
from origin_router.routing.config import RouterConfig


def places_of(router: RouterConfig | None, distribution: Distribution, regions: Mapping[str, str]) -> tuple[Place, ...]:
    """Every origin of the configuration, and of the distribution where that has more of them, by an id of its own.

    `regions` says in which Region a host is. Two pools may call different origins the same: the second one's id then
    has its pool's name before it. A second id for the same address is kept, so that faults can name either.
    """
    found: dict[str, Place] = {}
    for owner, place in [*_configured(router, regions), *_distributed(distribution, regions)]:
        taken = found.get(place.id)
        if taken is not None and taken.key != place.key:
            place = replace(place, id=f"{owner}.{place.id}")
        found.setdefault(place.id, place)
    return tuple(found.values())


def round_trips(file: Path | None, places: tuple[Place, ...]) -> Callable[[str, Place], float]:
    """How long round trips are. Raises ConfigError for a file that cannot be used."""
    trips = RoundTrips() if file is None else read_round_trips(file, tuple(place.id for place in places))
    return trips.round_trip_ms


def carrier_for(mode: Mode) -> Callable[[], LinkCarrier] | None:
    """What carries packets in this mode. Should it end by itself, that is told: nothing else would explain it."""
    if mode is not Mode.PACKETS:
        return None
    return lambda: PacketCarrier(lambda text: click.echo(f"error: {text}", err=True))


def _configured(router: RouterConfig | None, regions: Mapping[str, str]) -> Iterator[tuple[str, Place]]:
    for name, pool in {} if router is None else router.pools.items():
        for origin in pool.origins:
            yield (
                name,
                Place(
                    id=origin.id,
                    host=origin.host,
                    port=origin.port,
                    is_tls=origin.protocol == "https",
                    region=regions.get(origin.host, origin.region),
                ),
            )


def _distributed(distribution: Distribution, regions: Mapping[str, str]) -> Iterator[tuple[str, Place]]:
    for origin in distribution.origins:
        yield (
            "distribution",
            Place(
                id=origin.id or f"{origin.domain}:{origin.port}",
                host=origin.domain,
                port=origin.port,
                is_tls=getattr(origin, "protocol", "https") == "https",
                region=regions.get(origin.domain) or region_of(origin.domain),
            ),
        )

"""From configuration and distribution to the origins that links lead to."""

from __future__ import annotations

from origin_router.cli.dev_links import places_of, round_trips
from origin_router.emulator.distance import round_trip_ms
from origin_router.emulator.distribution.model import Behavior, Distribution, OriginGroup
from origin_router.emulator.links import Place
from origin_router.emulator.placeholder import CustomPlaceholder, S3Placeholder
from origin_router.routing.config import OriginConfig, PoolConfig, RouterConfig

NONE = Distribution(behaviors=())
BUCKET = "files.s3.eu-west-1.amazonaws.com"


def router(**pools: tuple[OriginConfig, ...]) -> RouterConfig:
    return RouterConfig(
        name="shop",
        pool=next(iter(pools)),
        pools={name: PoolConfig(origins=origins) for name, origins in pools.items()},
    )


def test_origins_of_the_configuration() -> None:
    """Their Region is what `[dev]` says of the host, or that of a bucket."""
    found = places_of(
        router(
            web=(
                OriginConfig(id="eu", host="eu.test"),
                OriginConfig(id="us", host="us.test", port=80, protocol="http"),
                OriginConfig(id="files", host=BUCKET, type="s3", region="eu-west-1"),
            )
        ),
        NONE,
        {"eu.test": "eu-central-1"},
    )

    assert found == (
        Place(id="eu", host="eu.test", port=443, region="eu-central-1"),
        Place(id="us", host="us.test", port=80, is_tls=False),
        Place(id="files", host=BUCKET, port=443, region="eu-west-1"),
    )


def test_ids_are_told_apart() -> None:
    """The same id for the same address is one origin; for another address it gets its pool's name."""
    found = places_of(
        router(
            web=(OriginConfig(id="eu", host="eu.test"),),
            api=(OriginConfig(id="eu", host="eu.test"), OriginConfig(id="main", host="eu.test")),
            old=(OriginConfig(id="eu", host="old.test"),),
        ),
        NONE,
        {},
    )

    assert [(each.id, each.host) for each in found] == [("eu", "eu.test"), ("main", "eu.test"), ("old.eu", "old.test")]


def test_origins_of_a_distribution() -> None:
    """All that a behavior leads to, by their ids, and in the Region that their name tells."""
    one = CustomPlaceholder(domain="one-1.eu-west-2.elb.amazonaws.com", id="balancer", port=80, protocol="http")
    two = S3Placeholder(domain=BUCKET, id="bucket", region="eu-west-1")
    found = places_of(None, Distribution(behaviors=(Behavior(target=OriginGroup(primary=one, secondary=two)),)), {})

    assert found == (
        Place(id="balancer", host=one.domain, port=80, is_tls=False, region="eu-west-2"),
        Place(id="bucket", host=BUCKET, port=443, region="eu-west-1"),
    )


def test_without_a_file_round_trips_are_by_distance() -> None:
    place = Place(id="eu", host="eu.test", port=443, region="eu-central-1")

    assert round_trips(None, (place,))("us-east-1", place) == round_trip_ms("us-east-1", "eu-central-1")

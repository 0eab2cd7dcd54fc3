"""Round trips from files, by distance, and Regions in host names."""

from __future__ import annotations

from pathlib import Path

import pytest

from origin_router.config import ConfigError
from origin_router.config.cloudfront import BUCKET_REGIONS
from origin_router.emulator import distance
from origin_router.emulator.links import Place
from origin_router.emulator.round_trips import RoundTrips, read_round_trips, region_of

EU = Place(id="eu", host="eu.test", port=443, region="eu-central-1")
NOWHERE = Place(id="nowhere", host="nowhere.test", port=443)


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "trips.csv"
    file.write_text(text)
    return file


def test_by_distance_where_the_region_is_known() -> None:
    trips = RoundTrips()

    assert trips.round_trip_ms("us-east-1", EU) == distance.round_trip_ms("us-east-1", "eu-central-1")
    assert trips.round_trip_ms("us-east-1", NOWHERE) == 0


def test_a_file_by_origin(tmp_path: Path) -> None:
    """It goes before the distance, where it has a row; further columns and spaces do no harm."""
    file = written(tmp_path, "edge, origin, round_trip_ms, note\nus-east-1, eu, 91.5, measured\nus-east-1,nowhere,3\n")
    trips = read_round_trips(file, ("eu", "nowhere"))

    assert trips.round_trip_ms("us-east-1", EU) == 91.5
    assert trips.round_trip_ms("us-east-1", NOWHERE) == 3
    assert trips.round_trip_ms("eu-west-1", EU) == distance.round_trip_ms("eu-west-1", "eu-central-1")


def test_a_file_between_regions(tmp_path: Path) -> None:
    """Either direction of a pair will do; Regions that nobody asks for are no mistake."""
    file = written(
        tmp_path,
        "source_region,destination_region,min_ms,avg_ms,max_ms,mdev_ms\n"
        "eu-central-1,us-east-1,88.1,88.6,90.2,0.3\naf-south-1,mars-north-1,1,2,3,4\n",
    )
    trips = read_round_trips(file, ())

    assert trips.round_trip_ms("us-east-1", EU) == 88.6
    assert trips.round_trip_ms("us-east-1", NOWHERE) == 0
    assert trips.round_trip_ms("eu-west-1", EU) == distance.round_trip_ms("eu-west-1", "eu-central-1")


def test_every_mistake_of_a_file_with_its_line(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        "edge,origin,round_trip_ms\neu-west-1,eu,1\neu-west-9,eu,1\neu-west-1,ue,1\n"
        "eu-west-2,eu,fast\neu-west-2,eu,-1\neu-west-2,eu,inf\neu-west-1,eu,2\neu-west-2\n",
    )
    with pytest.raises(ConfigError) as refused:
        read_round_trips(file, ("eu",))

    messages = [each.message for each in refused.value.problems]
    assert [message.partition(":")[0] for message in messages] == [f"line {number}" for number in range(3, 10)]
    for message, part in zip(
        messages,
        (
            'edge "eu-west-9" is not a Region where CloudFront runs Lambda@Edge',
            'there is no origin "ue"; allowed: eu',
            '"fast" is not a number of milliseconds',
            "-1 is not between 0 and 60000 milliseconds",
            "inf is not between 0 and 60000 milliseconds",
            "eu-west-1 and eu have a round trip already, in line 2",
            'there is no origin ""',
        ),
        strict=True,
    ):
        assert part in message


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "line 1: has the columns of nothing; wanted: edge,origin,round_trip_ms or source_region,"),
        (b"from,to,ms\n", "line 1: has the columns from, to, ms; wanted: "),
        (b"\xff\xfe", "is not UTF-8 text"),
        (b'edge,origin,round_trip_ms\n"eu', "is not CSV"),
    ],
)
def test_a_file_of_something_else(tmp_path: Path, content: bytes, message: str) -> None:
    file = tmp_path / "trips.csv"
    file.write_bytes(content)
    with pytest.raises(ConfigError) as refused:
        read_round_trips(file, ())

    assert refused.value.is_read
    assert message in str(refused.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read") as refused:
        read_round_trips(tmp_path / "trips.csv", ())

    assert not refused.value.is_read


@pytest.mark.parametrize(
    ("host", "region"),
    [
        ("files.s3.eu-central-1.amazonaws.com", "eu-central-1"),
        ("files.s3-eu-west-1.amazonaws.com", "eu-west-1"),
        ("files.s3.dualstack.ap-south-1.amazonaws.com", "ap-south-1"),
        ("files.s3-website-us-west-2.amazonaws.com", "us-west-2"),
        ("files.s3-website.eu-central-1.amazonaws.com", "eu-central-1"),
        ("shop-1234.eu-west-2.elb.amazonaws.com", "eu-west-2"),
        ("shop-1234.elb.eu-west-2.amazonaws.com", "eu-west-2"),
        ("abc123.execute-api.sa-east-1.amazonaws.com", "sa-east-1"),
        ("abc123.lambda-url.us-east-2.on.aws", "us-east-2"),
        ("eu-west-1.s3.eu-central-1.amazonaws.com", "eu-central-1"),
        ("files.s3.amazonaws.com", ""),
        ("files.s3.mars-north-1.amazonaws.com", ""),
        ("eu-west-1.example.com", ""),
        ("amazonaws.com", ""),
    ],
)
def test_regions_in_host_names(host: str, region: str) -> None:
    """Of AWS's own names only, and the Region is the last part that is one."""
    assert region_of(host) == region


def test_every_region_that_can_be_written_has_a_place() -> None:
    assert set(distance.PLACES) == set(BUCKET_REGIONS)

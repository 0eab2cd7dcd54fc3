"""Scenario files, those built in and those of users; and files of round trips."""

from __future__ import annotations

from pathlib import Path

import pytest

from origin_router.simulator.geography import EDGE_REGIONS, RoundTrips, read_round_trips
from origin_router.simulator.scenario import ScenarioError, built_in_names, load_scenario
from tests.support.simulated import event, world


@pytest.mark.parametrize("name", built_in_names())
def test_the_built_in_scenarios_are_valid(name: str) -> None:
    """Called like their files, with a sentence about them, and all their events within their time."""
    scenario = load_scenario(name)

    assert scenario.name == name
    assert scenario.about
    assert len(scenario.regions) == 13
    assert all(each.at_min + each.for_min < scenario.hours * 60 for each in scenario.events)


def test_there_are_ten_of_them() -> None:
    """One for each kind of trouble."""
    assert len(built_in_names()) == 10


@pytest.mark.parametrize(
    ("events", "more", "message"),
    [
        ([event("errors", "asia")], {}, "small.toml: events[0].origins: there is no origin 'asia'"),
        ([event("cut", "eu")], {}, "small.toml: events[0].regions: a cut needs the Regions that are cut off"),
        ([event("eruption", "eu")], {}, "small.toml: events[0].kind: must be 'drift'"),
        (
            [event("loss", "eu", shar=1)],
            {},
            "small.toml: events[0].shar: is not a key of this table: did you mean 'sh",
        ),
        ([event("loss", "eu", share=2)], {}, "small.toml: events[0].share: must be less than or equal to 1"),
        ([event("flapping", "eu", period_s=0)], {}, "small.toml: events[0].period_s: must be greater than 0"),
        ([], {"regions": ["eu-south-9"]}, "small.toml: regions: 'eu-south-9' does not run Lambda@Edge"),
        ([], {"origins": [{"id": "a", "place": "mars"}]}, "small.toml: origins[0].place: 'mars' is not an AWS Region"),
        ([], {"hours": 0}, "small.toml: hours: must be greater than 0"),
        ([], {"origins": []}, "small.toml: origins: needs at least one"),
        ([], {"origins": [{"id": "a"}]}, "small.toml: origins[0].place: is missing"),
        ([], {"colour": "red"}, "small.toml: colour: is not a key of this table: there are name, about, hours, "),
        ([event("loss")], {}, "small.toml: events[0].origins: needs at least one"),
        ([event("loss", "eu", at_min=60)], {}, "small.toml: events[0].at_min: begins after the end, which is 1 hours"),
        ([event("loss", "eu", factor=2)], {}, "small.toml: events[0].factor: does nothing for loss, which takes kind"),
    ],
)
def test_mistakes_are_named_with_their_place(
    events: list[dict[str, object]], more: dict[str, object], message: str
) -> None:
    """So that they can be mended without reading our source."""
    with pytest.raises(ScenarioError) as error:
        world(*events, **more)

    assert str(error.value).startswith(message)


def test_a_name_that_is_neither_built_in_nor_a_file(tmp_path: Path) -> None:
    """The names are offered; a file that is missing or no TOML is said to be so."""
    broken = tmp_path / "broken.toml"
    broken.write_text("name = ")

    for name, message in [("calmer", "'calmer' is no built-in scenario (blackhole, "), (str(broken), "is not TOML")]:
        with pytest.raises(ScenarioError) as error:
            load_scenario(name)
        assert message in str(error.value)
    with pytest.raises(ScenarioError, match="cannot be read"):
        load_scenario(str(tmp_path / "none.toml"))


def test_measured_round_trips_go_before_geography(tmp_path: Path) -> None:
    """In either direction; other pairs are taken from the map."""
    path = tmp_path / "rtt.csv"
    path.write_text("source_region,destination_region,avg_ms\nus-east-1,eu-west-1,70.5\n")
    trips = read_round_trips(path)

    assert trips.rtt_s("eu-west-1", "us-east-1") == pytest.approx(0.0705)
    assert trips.rtt_s("us-east-1", "us-west-2") == RoundTrips().rtt_s("us-east-1", "us-west-2")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n", "has no column avg_ms, destination_region, source_region; its first line names a, b"),
        ("source_region,destination_region,avg_ms\nx,y,fast\n", "line 2: avg_ms must be a number"),
        ("source_region,destination_region,avg_ms\nx,y\n", "line 2: avg_ms must be a number"),
        ("source_region,destination_region,avg_ms\nx,y,nan\n", "line 2: avg_ms must be between"),
    ],
)
def test_a_wrong_csv_file_is_refused(tmp_path: Path, text: str, message: str) -> None:
    """With the line."""
    path = tmp_path / "rtt.csv"
    path.write_text(text)

    with pytest.raises(ValueError, match=r"rtt\.csv: ") as error:
        read_round_trips(path)

    assert message in str(error.value)


def test_geography_is_within_reason() -> None:
    """Measured: Frankfurt to Virginia about 90 ms, Virginia to Tokyo about 150 ms."""
    trips = RoundTrips()

    assert 0.08 < trips.rtt_s("eu-central-1", "us-east-1") < 0.1
    assert 0.14 < trips.rtt_s("us-east-1", "ap-northeast-1") < 0.17
    assert all(trips.rtt_s(region, region) == pytest.approx(0.001) for region in EDGE_REGIONS)

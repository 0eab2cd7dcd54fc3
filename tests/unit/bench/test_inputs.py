"""What the figures are measured with: the event, the configuration, the kernel's numbers, the command line."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from bench.__main__ import main
from bench.edge import configuration_of
from bench.events import encoded, origin_request
from bench.f7_blackhole import Asked, Played
from bench.lab import RunningOrigin, addresses_of, config_of
from bench.scheduler import waited_ms
from origin_router.config import load
from origin_router.routing.compiled import decode
from tests.support.configs import as_tables

ORIGINS = [RunningOrigin(0, 4430, is_tls=True), RunningOrigin(1, 8080, is_tls=False)]


def test_the_event_is_as_large_as_cloudfronts_and_comes_at_the_trigger_we_attach_to() -> None:
    assert 1_000 <= len(encoded()) <= 1_400
    assert json.loads(encoded()) == origin_request()
    assert origin_request()["Records"][0]["cf"]["config"]["eventType"] == "origin-request"


def test_the_configuration_is_one_that_the_edge_reads() -> None:
    config = config_of(ORIGINS, refresh_s=0.35)
    assert as_tables(decode(json.loads(json.dumps(asdict(config))))) == asdict(config)
    assert [each.protocol for each in config.pools["web"].origins] == ["https", "http"]


def test_every_origin_of_the_configuration_has_an_address() -> None:
    named = {f"{each.host}:{each.port}" for each in config_of(ORIGINS, refresh_s=1).pools["web"].origins}
    assert named == set(addresses_of(ORIGINS))


def test_the_kernels_second_number_is_the_wait_in_nanoseconds() -> None:
    assert waited_ms(b"619006 2899469 3\n") == pytest.approx(2.899469)


@pytest.mark.parametrize("only", ["F10", "F1,x", ""])
def test_an_unknown_figure_is_refused_with_those_that_there_are(only: str) -> None:
    result = CliRunner().invoke(main, ["--only", only])
    assert result.exit_code == 2
    assert "F1, F2, F3, F4, F5, F6, F7, F8, F9" in result.output


def test_a_place_that_cannot_be_written_is_refused_before_minutes_are_spent(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = CliRunner().invoke(main, ["--json", str(tmp_path / "file" / "figures.json")])
    assert result.exit_code == 2
    assert "cannot write" in result.output


def test_the_local_edge_reads_the_configuration_of_its_figures(tmp_path: Path) -> None:
    path = tmp_path / "bench.toml"
    path.write_text(configuration_of([("one.bench.example", 8001), ("two.bench.example", 8002)], "refresh_s = 2"))
    loaded = load(path)
    assert [each.id for each in loaded.router.pools["web"].origins] == ["one", "two"]
    assert loaded.router.pools["web"].refresh_s == 2
    assert loaded.dev.target("two.bench.example", 8002) == ("127.0.0.1", 8002)


def test_what_viewers_wait_for_after_the_first_detection_is_told_apart() -> None:
    asked = [Asked(str(number), number, number + 0.5, 200) for number in range(6)]
    played = Played(
        before=asked[:2], after=asked[2:], vanished_at=1.9, failed_over=frozenset({"2", "4"}), environments=1
    )
    assert [each.query for each in played.delayed] == ["2", "4"]
    assert [each.query for each in played.settled()] == ["3", "5"]
    assert (played.errors, replace(played, before=[Asked("x", 0, 1, 0)]).errors) == (0, 1)

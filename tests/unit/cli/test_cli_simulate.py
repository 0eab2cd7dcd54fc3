"""`origin-router simulate`."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest

from origin_router.cli.simulate_play import Lines
from origin_router.simulator.policies import NAMES, RULES
from tests.support.commands import printed, run
from tests.support.configs import document

COLUMNS = "source_region,destination_region,avg_ms\n"

SMALL = """
name = "small"
hours = 0.2
regions = ["us-east-1"]
origins = [{ id = "us", place = "us-east-1" }, { id = "eu", place = "eu-west-1" }]
traffic = { requests_per_s = 1.0 }
events = [{ kind = "refused", origins = ["us"], at_min = 4, for_min = 4 }]
"""


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    """A scenario of twelve minutes."""
    path = tmp_path / "small.toml"
    path.write_text(SMALL)
    return path


def test_json_holds_all_figures_and_the_goals(scenario: Path) -> None:
    """The same twice for the same seed."""
    arguments = (
        "simulate",
        "--scenario",
        scenario,
        "--policy",
        "ours",
        "--policy",
        "route53",
        "--workers",
        "1",
        "--json",
    )
    first, again = run(*arguments, "--seed", "5"), run(*arguments, "--seed", "5")
    answer = printed(first)

    assert first.stdout == again.stdout
    assert [row["policy"] for row in answer["results"]] == ["ours", "route53"]
    assert answer["goals"]["mean_ratio"] == answer["results"][0]["mean_ratio"]


def test_the_table_and_the_report(scenario: Path, tmp_path: Path) -> None:
    """The report needs nothing from elsewhere, and no script."""
    report = tmp_path / "report.html"
    result = run("simulate", "--scenario", scenario, "--policy", "oracle", "--workers", "1", "--report", report)
    html = report.read_text()

    assert result.exit_code == 0
    assert "small (seed 0)" in result.stdout
    assert "oracle" in result.stdout
    assert not re.search(r"<script|\ssrc=|\shref=|url\(|@import", html)
    assert html.count('role="img"') == 2
    assert "refused: us</text>" in html


def test_a_users_own_settings(scenario: Path, tmp_path: Path) -> None:
    """Of the configuration's default pool, on the scenario's origins."""
    config = tmp_path / "origin-router.toml"
    config.write_text(document(pool="refresh_s = 600"))
    common = ("simulate", "--scenario", scenario, "--policy", "ours", "--workers", "1", "--json")
    seldom, often = run(*common, "--config", config), run(*common)
    probes = [printed(each)["results"][0]["probes_per_origin_s"] for each in (seldom, often)]

    assert probes[0] < probes[1] / 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--scenario", "calmer"), "'calmer' is no built-in scenario"),
        (("--policy", "best"), "there is no policy 'best'"),
        (("--rtt-csv", "/nowhere/rtt.csv"), "/nowhere/rtt.csv: cannot be read"),
        (("--rtt-csv", "elsewhere.csv", "--scenario", "calm"), "elsewhere.csv: has no round trip between a Region and"),
        (("--hours", "0"), "0"),
        (("--hours", "1000"), "1000"),
        (("--report", "/nowhere/report.html"), "--report /nowhere/report.html: cannot be written"),
        (("--report", "/"), "--report /: is a directory"),
        (("--scenario", "small.toml", "--scenario", "again.toml"), "two scenarios are called 'small'"),
        (("--policy", "ours:refresh_s=-1"), "refresh_s must be greater than or equal to 1, not '-1'"),
        (("--sweep", "band_ms=5,x"), "band_ms must be a number, not 'x'"),
    ],
)
def test_a_users_mistake_is_one_line(
    arguments: tuple[str, ...], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With exit code 2, before anything is played."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.toml").write_text(SMALL)
    (tmp_path / "again.toml").write_text(SMALL)
    (tmp_path / "elsewhere.csv").write_text(f"{COLUMNS}moon,mars,9\n")
    result = run("simulate", *arguments, "--workers", "1")

    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stdout == ""


def test_all_mistakes_of_a_file_are_one_object_where_a_program_reads(tmp_path: Path) -> None:
    """And a line each where a person does."""
    path = tmp_path / "wrong.toml"
    path.write_text(SMALL.replace("hours", "hour").replace("at_min", "at"))
    as_text, as_json = (run("simulate", "--scenario", path, *more) for more in ((), ("--json",)))

    assert as_text.stderr.count("Error: ") == 3
    assert len(json.loads(as_json.stdout)["errors"]) == 3


def test_it_says_how_much_of_the_world_a_file_measures(scenario: Path, tmp_path: Path) -> None:
    """Rows about other places are nothing to speak of, missing ones are."""
    path = tmp_path / "rtt.csv"
    path.write_text(f"{COLUMNS}us-east-1,eu-west-1,70\nmoon,mars,9\n")
    common = ("simulate", "--scenario", scenario, "--policy", "oracle", "--workers", "1", "--rtt-csv", path)
    half = run(*common)
    path.write_text(path.read_text() + "us-east-1,us-east-1,1\n")
    whole = run(*common)

    assert half.stderr == f"{path}: has 1 of the 2 round trips; the others are told by geography\n"
    assert (whole.stderr, whole.exit_code) == ("", 0)


def test_it_says_what_a_shorter_time_leaves_out(scenario: Path) -> None:
    """A world without its trouble proves nothing."""
    result = run("simulate", "--scenario", scenario, "--policy", "oracle", "--workers", "1", "--hours", "0.05")

    assert result.stderr == "small: 1 event of 1 would begin after --hours\n"


def test_a_file_gets_few_lines_of_progress() -> None:
    """The first after five seconds, then one each half a minute; none at the end, where the results say so."""
    now, out = [0.0], io.StringIO()
    lines = Lines(out, lambda: now[0])
    for done in range(1, 101):
        now[0] = float(done)
        lines.show(done, 100)

    assert out.getvalue().splitlines() == [
        "simulate: 5% played after 5 s, about 1 min 35 s to go",
        "simulate: 35% played after 35 s, about 1 min 5 s to go",
        "simulate: 65% played after 1 min 5 s, about 35 s to go",
        "simulate: 95% played after 1 min 35 s, about 5 s to go",
    ]


def test_the_list_names_every_scenario_and_policy() -> None:
    """So that nobody has to look into the package."""
    result = run("simulate", "--list")

    assert "flapping" in result.stdout
    assert all(f"\n{name} " in result.stdout for name in NAMES)
    assert set(RULES) == set(NAMES)


def test_a_mistake_is_an_object_where_a_program_reads() -> None:
    """As with the other verbs."""
    result = run("simulate", "--policy", "best", "--json")

    assert json.loads(result.stdout)["errors"][0]["message"].startswith("there is no policy 'best'")


def test_a_sweep_is_shown_as_a_table_and_in_the_report(scenario: Path, tmp_path: Path) -> None:
    """A row for each value, and no table of policies beside it."""
    report = tmp_path / "sweep.html"
    result = run(
        *("simulate", "--scenario", scenario, "--workers", "1", "--seeds", "2", "--report", report),
        *("--sweep", "pools.*.refresh_s=5,60", "--sweep", "band_ms=0,20"),
    )

    assert result.exit_code == 0
    assert "refresh_s, over all scenarios together (seeds 0 to 1)" in result.stdout
    assert "band_ms, over all scenarios together" in result.stdout
    assert "p99.9" not in result.stdout
    assert report.read_text().count('role="img"') == report.read_text().count("<polyline") / 3 == 2


def test_json_has_each_seed_and_the_points_of_a_sweep(scenario: Path) -> None:
    """For programs."""
    answer = printed(
        run("simulate", "--scenario", scenario, "--workers", "1", "--seeds", "2", "--sweep", "refresh_s=5,60", "--json")
    )

    assert [(row["policy"], row["seed"]) for row in answer["results"]] == [
        (f"ours:refresh_s={value}", seed) for value in (5, 60) for seed in (0, 1)
    ]
    assert [point["value"] for point in answer["sweeps"]["refresh_s"]] == ["5", "60"]
    assert answer["is_complete"] is True
    assert answer["goals"] is None

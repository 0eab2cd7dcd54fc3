"""`origin-router explain` with what was recorded elsewhere: a state, a journal, a Region."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.commands import EVENT, printed, run
from tests.support.configs import document
from tests.support.journals import journal, probe

STATE = {
    "pools": {
        "web": {
            "origins": {
                "eu": {"estimate_ms": 52, "state": "serving", "age_s": 3},
                "us": {"estimate_ms": 48, "state": "serving", "age_s": 4},
            },
            "current": "eu",
        }
    }
}

JOURNAL = journal(
    [
        probe("us", 0, 90.0),
        probe("eu", 1, 12.5),
        (
            "choice",
            1,
            {
                "origin": "eu",
                "reason": "fastest",
                "estimates": {"eu": 12.5, "us": 90.0},
                "health": {"eu": "serving", "us": "serving"},
            },
        ),
        probe("eu", 11, "refused"),
        probe("eu", 13, "refused"),
        ("health", 13, {"origin": "eu", "before": "serving", "after": "ejected", "cause": "refused"}),
    ]
)


def written(directory: Path, name: str, content: str) -> Path:
    """Write a file."""
    path = directory / name
    path.write_text(content)
    return path


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Two origins."""
    return written(tmp_path, "origin-router.toml", document())


def explained(tmp_path: Path, config: Path, state: Any, *more: str) -> dict[str, Any]:
    """The decision in a state."""
    text = state if isinstance(state, str) else json.dumps(state)
    path = written(tmp_path, "state", text)
    return printed(run("explain", EVENT, "--config", config, "--state", path, "--json", *more))


def test_a_state_is_believed(tmp_path: Path, config: Path) -> None:
    """The other origin is faster, but not by enough to leave the present choice."""
    said = explained(tmp_path, config, STATE)

    assert (said["origin"], said["reason"], said["known_from"]) == ("eu", "kept_in_band", "state")
    assert (said["policy"], said["band_ms"], said["switch_pct"]) == ("fastest", 10, 20)
    assert [(each["estimate_ms"], each["age_s"], each["why"]) for each in said["candidates"]] == [
        (52.0, 3.0, "chosen: kept_in_band"),
        (48.0, 4.0, "4.0 ms faster, which is not enough to leave the current choice"),
    ]


def test_the_end_of_a_journal_is_believed(tmp_path: Path, config: Path) -> None:
    """The origin that was chosen last has been ejected since."""
    said = explained(tmp_path, config, JOURNAL)

    assert (said["origin"], said["reason"]) == ("us", "fastest")
    assert [each["why"] for each in said["candidates"]] == ["ejected after refused", "chosen: fastest"]


def test_an_answer_of_the_router_itself_is_told(tmp_path: Path) -> None:
    """Where every origin is down, and the pool responds."""
    pool = 'when_all_down = "respond"'
    config = written(tmp_path, "x.toml", document(pool=pool, end="[pools.web.response]\nstatus = 500"))
    down = {"pools": {"web": {"origins": {"eu": {"state": "ejected"}, "us": {"state": "ejected"}}}}}
    path = written(tmp_path, "state", json.dumps(down))

    assert explained(tmp_path, config, down)["responds"] == 500
    assert "answer  500 from the edge" in run("explain", EVENT, "--config", config, "--state", path).stdout


def test_the_text_says_how_the_pool_chooses(tmp_path: Path) -> None:
    """Band and switch, or what tells viewers apart."""
    fastest = written(tmp_path, "a.toml", document(pool="band_ms = 7.5"))
    sticky = written(tmp_path, "b.toml", document(pool='policy = "sticky"\nkey = "cookie:id"\non_failure = "move"'))
    weighted = written(tmp_path, "c.toml", document(pool='policy = "weighted"'))

    assert "policy  fastest, band 7.5 ms, switch 20 %\n" in run("explain", EVENT, "--config", fastest).stdout
    assert "policy  sticky by cookie:id, on failure move\n" in run("explain", EVENT, "--config", sticky).stdout
    assert "policy  weighted by client\n" in run("explain", EVENT, "--config", weighted).stdout


def test_the_region_decides_about_rules_and_prior_knowledge(tmp_path: Path) -> None:
    """Without one they are left out, and that is said."""
    end = '[[pools.other.origins]]\nid = "x"\nhost = "x.test"\n[[rules]]\npool = "other"\nregions = ["us-east-1"]'
    config = written(tmp_path, "x.toml", document(pool="prior = { eu-west-1 = { eu = 90, us = 20 } }", end=end))

    assert printed(run("explain", EVENT, "--config", config, "--region", "us-east-1", "--json"))["pool"] == "other"
    said = printed(run("explain", EVENT, "--config", config, "--region", "eu-west-1", "--json"))
    assert (said["origin"], said["reason"], said["region"]) == ("us", "prior", "eu-west-1")
    assert "--region names one" in run("explain", EVENT, "--config", config).stdout


def test_a_replay_tells_each_change_of_choice(tmp_path: Path, config: Path) -> None:
    """As an object, without an event."""
    path = written(tmp_path, "journal", JOURNAL)
    said = printed(run("explain", "--replay", path, "--config", config, "--json"))

    assert (said["region"], said["probes"], said["ignored"]) == ("eu-central-1", 4, 0)
    assert [
        (each["at"][-9:], each["previous"], each["origin"], each["reason"], each["cause"]) for each in said["changes"]
    ] == [
        ("0:00.000Z", None, "us", "first_answer", "web/us: 90.0 ms"),
        ("0:01.000Z", "us", "eu", "fastest", "web/eu: 12.5 ms"),
        ("0:11.000Z", "eu", "us", "fastest", "web/eu: refused"),
    ]
    assert said["changes"][1]["estimates"] == {"eu": 12.5, "us": 90.0}


def test_a_replay_prints_a_table(tmp_path: Path, config: Path) -> None:
    """For people; what this configuration does not know is counted."""
    path = written(tmp_path, "journal", JOURNAL + "\n" + journal([probe("gone", 20, 1.0)]))
    text = run("explain", "--replay", path, "--config", config).stdout

    assert "4 probes of eu-central-1, 3 changes of choice\n1 probes are about origins or outcomes" in text
    assert "2027-01-15T08:00:11.000Z web eu us fastest web/eu: refused" in " ".join(text.split())


def test_a_replay_for_an_event_takes_the_pool_of_its_rule(tmp_path: Path) -> None:
    """The probes of the other pool are played, too, but nothing is told of it."""
    end = '[[pools.pics.origins]]\nid = "x"\nhost = "x.test"\n[[rules]]\npool = "pics"\npath = "*.jpg"'
    config = written(tmp_path, "x.toml", document(end=end))
    path = written(tmp_path, "journal", journal([probe("eu", 0, 9.0), probe("x", 1, 9.0, pool="pics")]))

    said = printed(run("explain", EVENT, "--replay", path, "--config", config, "--json"))
    assert {(each["pool"], each["origin"], each["reason"]) for each in said["changes"]} == {
        ("pics", "x", "only_origin")
    }


@pytest.mark.parametrize(
    ("arguments", "fragment"),
    [
        ([], "Missing argument EVENT.json; only --replay goes without it."),
        (["--state", "-", "--replay", "-"], "exclude each other"),
        ([EVENT, "--state", "x", "--probe"], "exclude each other"),
        (["-", "--replay", "-"], "Only one file can be standard input."),
        ([EVENT, "--region", "eu-central-9"], "is not a Region where CloudFront executes functions"),
        ([EVENT, "--state", "none"], "Error: none: cannot be read: No such file or directory"),
        (["--replay", "none"], "Error: none: cannot be read: No such file or directory"),
        (["--replay", EVENT], "holds no journal line"),
        ([EVENT, "--state", EVENT], "Records: is not known here; allowed: pools"),
    ],
)
def test_wrong_usage_is_said_in_a_line(config: Path, arguments: list[str | Path], fragment: str) -> None:
    """Exit code 2, no traceback."""
    result = run("explain", *arguments, "--config", config)

    assert result.exit_code == 2
    assert fragment in result.stderr

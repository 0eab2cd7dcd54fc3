"""`origin-router init`."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.commands import printed, run

from origin_router.config import load


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current directory, named like a project."""
    path = tmp_path / "my shop"
    path.mkdir()
    monkeypatch.chdir(path)
    return path


def test_options_write_a_file_that_passes_the_check() -> None:
    """Without a question."""
    result = run("init", "--name", "shop", "--origin", "eu=https://eu.example.com:8443/x", "--origin", "us.example.com")

    assert result.exit_code == 0
    assert result.stdout == "Wrote origin-router.toml. Next: origin-router check --probe\n"
    assert run("check").exit_code == 0
    origins = load(Path("origin-router.toml")).router.pools["web"].origins
    assert [(each.id, each.port, each.path) for each in origins] == [("eu", 8443, "/x"), ("us", 443, "")]


def test_questions_are_asked_until_the_answers_are_right() -> None:
    """A wrong answer is explained and asked again; the taken id, the address and the port are wrong."""
    answers = "my shop\nshop\n10.0.0.1\neu.example.com\neu=b.example.com\nus.example.com:22\nus.example.com\n\n"
    result = run("init", "--config", "x.toml", answers=answers)

    assert result.exit_code == 0
    assert "letters, digits, - and _" in result.stderr
    assert "is an IP address" in result.stderr
    assert "the id eu is taken" in result.stderr
    assert "22 is not a port" in result.stderr
    router = load(Path("x.toml")).router
    assert router.name == "shop"
    assert [each.host for each in router.pools["web"].origins] == ["eu.example.com", "us.example.com"]


def test_the_name_is_that_of_the_directory_unless_told() -> None:
    """As far as it makes a name."""
    run("init", "--origin", "eu.example.com")

    assert load(Path("origin-router.toml")).router.name == "my-shop"


def test_policy_and_probe_path_can_be_told() -> None:
    """The two other answers."""
    run("init", "--origin", "eu.example.com", "--policy", "priority", "--probe-path", "/health")
    pool = load(Path("origin-router.toml")).router.pools["web"]

    assert (pool.policy, pool.probe.path) == ("priority", "/health")


def test_an_existing_file_is_never_touched() -> None:
    """Not even an empty one."""
    Path("origin-router.toml").write_text("mine")
    result = run("init", "--origin", "eu.example.com")

    assert result.exit_code == 2
    assert "origin-router.toml exists and is left as it is" in result.stderr
    assert Path("origin-router.toml").read_text() == "mine"


@pytest.mark.parametrize(
    ("arguments", "fragment"),
    [
        (["--origin", "10.0.0.1"], "pools.web.origins[0].host: "),
        (["--origin", "a=eu.example.com", "--origin", "a=us.example.com"], "pools.web.origins[1].id: "),
        (["--origin", "ftp://eu.example.com"], "is not a protocol of origins"),
        (["--origin", "eu.example.com", "--name", "my shop"], "name: "),
        (["--origin", "eu.example.com", "--probe-path", "health"], "pools.web.probe.path: "),
        (["--origin", "eu.example.com", "--policy", "sticky"], "'sticky' is not one of 'fastest', 'priority'"),
        (["--origin", "eu.example.com", "--config", "none/x.toml"], "cannot write none/x.toml: No such file"),
        ([], "standard input gave no answer; say it with --name and --origin"),
    ],
)
def test_wrong_usage_writes_nothing(directory: Path, arguments: list[str], fragment: str) -> None:
    """What is wrong is said in a line."""
    result = run("init", *arguments)

    assert result.exit_code == 2
    assert fragment in result.stderr
    assert list(directory.iterdir()) == []


def test_json_names_the_file_and_keeps_the_questions_off_standard_output() -> None:
    """For programs that answer the questions."""
    result = run("init", "--json", answers="shop\neu.example.com\n\n")

    assert printed(result) == {"config": "origin-router.toml"}


def test_json_reports_a_refusal_as_an_error() -> None:
    """One object, whatever happens."""
    Path("origin-router.toml").write_text("mine")
    result = run("init", "--json", "--origin", "eu.example.com")

    assert result.exit_code == 2
    assert "exists" in printed(result)["errors"][0]["message"]

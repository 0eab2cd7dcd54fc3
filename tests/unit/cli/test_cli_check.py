"""`origin-router check`, without probes."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support.commands import printed, run
from tests.support.configs import document

from origin_router.cli.measuring import ADVICE, explain_failure, resolver
from origin_router.config import DevConfig, json_schema
from origin_router.edge.probing import ProbeReport
from origin_router.routing.model import Outcome

FIVE = document(
    top='name = "my shop"',
    pool='fallback = "uss"',
    probe="budget_ms = 0",
    origin='host = "10.0.0.1"',
    second="prot = 1",
)


def written(directory: Path, text: str) -> Path:
    """Write a configuration."""
    path = directory / "origin-router.toml"
    path.write_text(text)
    return path


def test_a_valid_file_is_said_to_be_valid(tmp_path: Path) -> None:
    """With what it holds; warnings go to standard error and change nothing."""
    path = written(tmp_path, document(origin='host = "eu"'))
    result = run("check", "--config", path)

    assert result.exit_code == 0
    assert f"{path} is valid: 1 pool, 2 origins, 0 rules\n" == result.stdout
    assert f"{path}: warning: pools.web.origins[0].host: " in result.stderr


def test_five_mistakes_are_five_lines(tmp_path: Path) -> None:
    """Each with file and path, then their number; exit code 1."""
    path = written(tmp_path, FIVE)
    result = run("check", "--config", path)
    lines = result.stderr.splitlines()

    assert result.exit_code == 1
    assert result.stdout == ""
    assert [f"{path}: {where}: " in line for where, line in zip(PATHS, lines, strict=False)] == [True] * 5
    assert f"5 problems in {path}" == lines[5]


PATHS = [
    "name",
    "pools.web.fallback",
    "pools.web.probe.budget_ms",
    "pools.web.origins[0].host",
    "pools.web.origins[1].prot",
]


def test_five_mistakes_are_five_errors_of_the_object(tmp_path: Path) -> None:
    """The contract that other programs rely on."""
    result = run("check", "--json", "--config", written(tmp_path, FIVE))
    document = printed(result)

    assert result.exit_code == 1
    assert result.stderr == ""
    assert [error["path"] for error in document["errors"]] == PATHS
    assert all(error["message"] for error in document["errors"])


def test_a_valid_file_has_no_errors_in_the_object(tmp_path: Path) -> None:
    """The key is there all the same."""
    path = written(tmp_path, document())

    assert {"config": str(path), "errors": [], "warnings": []} == printed(run("check", "--json", "--config", path))


def test_a_missing_file_is_one_line_and_wrong_usage(tmp_path: Path) -> None:
    """Nothing was found to be wrong with a configuration: there is none."""
    path = tmp_path / "none.toml"
    result = run("check", "--config", path)

    assert result.exit_code == 2
    assert f"{path}: cannot be read: No such file or directory; `origin-router init` writes one\n" == result.stderr


def test_the_schema_is_printed_for_editors() -> None:
    """No configuration is needed for that."""
    assert json_schema() == json.loads(run("check", "--schema").stdout)


def test_dev_without_probe_is_wrong_usage(tmp_path: Path) -> None:
    """It would do nothing."""
    assert run("check", "--dev", "--config", written(tmp_path, document())).exit_code == 2


def test_every_failure_has_an_advice() -> None:
    """An outcome that arrives later cannot be forgotten here."""
    assert set(Outcome) - {Outcome.OK} == set(ADVICE)


def test_a_failure_is_explained_with_origin_outcome_detail_and_advice() -> None:
    """One line."""
    report = ProbeReport("web", "eu", Outcome.TLS, "certificate expired", None, 1.0, 2.0, None, None)
    text = explain_failure(report)

    assert text.startswith("web.eu: tls (certificate expired): ")
    assert ADVICE[Outcome.TLS] in text


def test_the_dev_table_resolves_the_names_it_has_and_leaves_the_others_to_the_system() -> None:
    """An empty answer means: ask the system."""
    resolve = resolver(DevConfig(resolve={"eu.example.com": "127.0.0.2:8443"}))

    assert resolve("eu.example.com", 443) == [("127.0.0.2", 8443)]
    assert resolve("us.example.com", 443) == []

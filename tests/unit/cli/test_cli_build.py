"""`origin-router build`."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import pytest
from tests.support.commands import printed, run
from tests.support.configs import document


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current directory with a valid configuration."""
    monkeypatch.chdir(tmp_path)
    Path("origin-router.toml").write_text(document())
    return tmp_path


def test_the_object_describes_the_zip() -> None:
    """The contract: zip, handler, size, sha256."""
    built = printed(run("build", "--json", "--output", "a.zip"))
    data = Path("a.zip").read_bytes()

    assert {"zip", "handler", "size", "sha256"} == set(built)
    assert (built["zip"], built["handler"]) == ("a.zip", "origin_router.edge.function.handler")
    assert (len(data), hashlib.sha256(data).hexdigest()) == (built["size"], built["sha256"])


def test_the_zip_is_named_after_the_function_unless_told() -> None:
    """Under build/, which version control ignores."""
    result = run("build")

    assert result.exit_code == 0
    assert "build/shop.zip" in result.stdout
    assert zipfile.is_zipfile("build/shop.zip")


def test_a_wrong_configuration_builds_nothing(directory: Path) -> None:
    """And says what is wrong, in the object too."""
    Path("origin-router.toml").write_text(document(top='pool = "wbe"'))
    result = run("build", "--json")

    assert result.exit_code == 1
    assert [error["path"] for error in printed(result)["errors"]] == ["pool"]
    assert [path.name for path in directory.iterdir()] == ["origin-router.toml"]


def test_a_zip_that_cannot_be_written_is_one_line() -> None:
    """Exit code 1."""
    result = run("build", "--output", "origin-router.toml/x.zip")

    assert result.exit_code == 1
    assert result.stderr == "Error: cannot write origin-router.toml/x.zip: File exists\n"
    assert (
        "cannot write"
        in printed(run("build", "--output", "origin-router.toml/x.zip", "--json"))["errors"][0]["message"]
    )

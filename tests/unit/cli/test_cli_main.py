"""The group of verbs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest
from tests.support.commands import run

import origin_router
from origin_router.cli.main import VERBS, Verbs, main

COMMAND = Path(sys.executable).with_name("origin-router")


def test_help_lists_every_verb() -> None:
    """In the order in which they are met."""
    result = run("--help")

    assert result.exit_code == 0
    assert list(VERBS) == [
        line.split()[0] for line in result.stdout.partition("Commands:")[2].splitlines() if line.strip()
    ]


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_with_an_example(verb: str) -> None:
    """The example is a command line of that verb."""
    result = run(verb, "--help")

    assert result.exit_code == 0
    assert f"  origin-router {verb}" in result.stdout.partition("Example")[2]


def test_the_version_is_that_of_the_package() -> None:
    """For reports of defects."""
    assert run("--version").stdout.startswith("origin-router, version ")


def test_an_unknown_verb_is_wrong_usage() -> None:
    """Exit code 2, and no traceback."""
    result = run("depoly")

    assert result.exit_code == 2
    assert "No such command 'depoly'" in result.stderr


def test_an_error_of_nobody_is_not_hidden() -> None:
    """A defect of ours shows its traceback, so that it can be mended."""

    @click.command()
    def broken() -> None:
        raise RuntimeError("a defect")

    class Group(Verbs):
        def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
            return broken

    with pytest.raises(RuntimeError, match="a defect"):
        Group(name="group").main(["broken"], standalone_mode=False)


def test_starting_imports_nothing_heavy() -> None:
    """Lazy verbs: asking for the version or mistyping must not load validation, tables or the web server."""
    code = "import sys, origin_router.cli.main; print(sorted({'pydantic', 'rich', 'aiohttp'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_building_does_not_import_what_serves(tmp_path: Path) -> None:
    """A verb loads what it uses and no more."""
    code = "import sys, origin_router.cli.build; print(sorted({'rich', 'aiohttp', 'cryptography'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_the_installed_command_runs(tmp_path: Path) -> None:
    """From the first file to the zip, as a user types it."""
    for arguments in (["init", "--origin", "eu.example.com"], ["check"], ["build", "--output", "shop.zip"]):
        done = subprocess.run([COMMAND, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False)

        assert (done.returncode, done.stderr) == (0, ""), arguments
    assert sorted(path.name for path in tmp_path.iterdir()) == ["origin-router.toml", "shop.zip"]
    assert origin_router.__file__
    assert isinstance(main, click.Group)

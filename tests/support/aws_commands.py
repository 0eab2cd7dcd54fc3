"""Runs `origin-router` in this process against the simulated AWS."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from origin_router.cli.account import Outside
from origin_router.cli.main import main
from tests.support.ministack import Ministack


def run_on(server: Ministack, *arguments: str | Path, outside: Outside | None = None) -> Result:
    """Run a command line with the server's environment; an exception that is not ours to report is raised."""
    cleared = {"AWS_PROFILE": None, "AWS_SESSION_TOKEN": None, "AWS_REGION": None}
    return CliRunner().invoke(
        main,
        [str(each) for each in arguments],
        env={**cleared, **server.environment},
        catch_exceptions=False,
        obj=outside,
    )


def printed(result: Result) -> Any:
    """Return what `--json` printed on standard output."""
    return json.loads(result.stdout)


def printed_lines(result: Result) -> list[Any]:
    """Return what `--json` printed, where it is one object per line."""
    return [json.loads(line) for line in result.stdout.splitlines()]

"""Runs `origin-router` in this process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from origin_router.cli.main import main

EVENT = Path(__file__).parent / "events" / "origin-request.json"


def run(*arguments: str | Path, answers: str | bytes | None = None) -> Result:
    """Run a command line; an exception that is not ours to report is raised, not swallowed."""
    return CliRunner().invoke(main, [str(each) for each in arguments], input=answers, catch_exceptions=False)


def printed(result: Result) -> dict[str, Any]:
    """Return the one object that `--json` prints on standard output."""
    document: dict[str, Any] = json.loads(result.stdout)
    return document

"""`origin-router dev` as a process of its own, of the interpreter and the sources that are tested."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from typing import Any

MAIN = "from origin_router.cli.main import main; main()"
START_LIMIT_S = 30


async def start_dev(directory: Path, *arguments: str | Path) -> Process:
    """Begin to run it in a directory, where its temporary files go too."""
    environment = os.environ | {"TMPDIR": str(directory)}
    command = (sys.executable, "-c", MAIN, "dev", *map(str, arguments))
    return await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE, cwd=directory, env=environment)


async def told_by(process: Process) -> dict[str, Any]:
    """Wait for the line that it prints with `--json` once it serves; one that does not serve has said why."""
    assert process.stdout is not None
    assert process.stderr is not None
    async with asyncio.timeout(START_LIMIT_S):
        line = await process.stdout.readline()
    assert line, (await process.stderr.read()).decode()
    told: dict[str, Any] = json.loads(line)
    return told

"""The commands in the how-to guides exist as they are written there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from origin_router.cli.main import VERBS, main

GUIDES = Path(__file__).parents[2] / "docs/how-to"

BLOCK = re.compile(r"```(?:sh|console)\n(.*?)```", re.DOTALL)


def commands() -> list[tuple[str, str]]:
    """Return guide and command line of every `origin-router ...` in a block of commands."""
    return [
        (guide.name, line.removeprefix("$ ").partition(" > ")[0])
        for guide in sorted(GUIDES.glob("*.md"))
        for block in BLOCK.findall(guide.read_text())
        for line in block.replace("\\\n", " ").splitlines()
        if line.removeprefix("$ ").startswith("origin-router ")
    ]


@pytest.mark.parametrize(("guide", "line"), commands())
def test_a_command_is_understood(guide: str, line: str) -> None:
    """An option that was renamed would be found by the first reader otherwise."""
    program, verb, *arguments = shlex.split(line, comments=True)
    command: click.Command | None = main.get_command(click.Context(main), verb)

    assert command is not None, f"{guide}: there is no {verb}; there are {', '.join(VERBS)}"
    while isinstance(command, click.Group):
        command = command.get_command(click.Context(command), arguments.pop(0))
        assert command is not None, f"{guide}: {line}"
    command.make_context(program, arguments)

"""The tutorial about a distribution, done to the letter in an empty directory: every command, and what it shows."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.ports import free_port

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "tutorial" / "your-distribution.md"
PORTS = ("8080", "8089", "9001", "9002")
"""What the page takes, which may be in use where this runs."""

LIMIT_S = 60

_TIME = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")

_BLOCK = re.compile(r"^```(sh|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Step(NamedTuple):
    """Commands, and the lines that the page shows after them."""

    commands: str
    shown: list[str]


def steps() -> Iterator[Step]:
    """All but the first, which sets up the clone."""
    blocks = _BLOCK.findall(PAGE.read_text())
    for (kind, text), (next_kind, shown) in zip(blocks[1:], [*blocks[2:], ("", "")], strict=True):
        if kind == "sh":
            yield Step(text, shown.splitlines() if next_kind == "text" else [])


@pytest.fixture
def ports() -> dict[str, str]:
    return {port: str(free_port()) for port in PORTS}


def placed(text: str, ports: dict[str, str]) -> str:
    for port, free in ports.items():
        text = re.sub(rf"\b{port}\b", free, text)
    return text


def undated(text: str) -> str:
    return _TIME.sub("TIME", text)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_a_newcomer_gets_what_the_page_shows(tmp_path: Path, ports: dict[str, str]) -> None:
    """In an empty directory, by the commands alone."""
    clone, work = tmp_path / "clone", tmp_path / "work"
    example = "docs/tutorial/your-distribution/distribution.json"
    (clone / example).parent.mkdir(parents=True)
    (clone / example).write_text(placed((ROOT / example).read_text(), ports))
    work.mkdir()
    marker = "---- step"
    todo = list(steps())
    script = "\n".join(f"echo '{marker}'\n{placed(step.commands, ports)}" for step in todo)
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    with subprocess.Popen(
        ["bash", "-c", script],
        cwd=work,
        env=os.environ | {"PATH": path, "CLONE": str(clone)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as shell:
        try:
            out, _ = shell.communicate(timeout=LIMIT_S)
        finally:
            if shell.poll() is None:
                os.killpg(shell.pid, signal.SIGKILL)

    done = out.split(f"{marker}\n")[1:]
    log = (work / "dev.log").read_text() if (work / "dev.log").exists() else ""
    assert len(done) == len(todo), out + log
    for step, said in zip(todo, done, strict=True):
        lines = iter(said.splitlines())
        for shown in step.shown:  # in this order; what is printed around it does not matter
            wanted = undated(placed(shown, ports))
            assert any(wanted in undated(line) for line in lines), f"{step.commands}\n{said}\nlacks {shown}\n{log}"


def test_the_page_shows_something_after_most_steps() -> None:
    """A page without outputs would be proven by nothing."""
    assert sum(bool(step.shown) for step in steps()) >= 4

"""Without a way to AWS, a command says what it tries, and ends soon."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.aws_commands import run_on
from tests.support.ministack import Ministack
from tests.support.ports import free_port

MAIN = "from origin_router.cli.main import main; main()"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration."""
    path = tmp_path / "origin-router.toml"
    origins = ("--origin", "eu=http://localhost:8081", "--origin", "us=http://localhost:8082")
    assert run_on(nowhere(tmp_path, 1), "init", "--config", path, *origins).exit_code == 0
    return path


def nowhere(home: Path, port: int) -> Ministack:
    """The way to a port of this machine."""
    return Ministack(f"http://127.0.0.1:{port}", home)


@pytest.mark.parametrize("command", ["plan --distribution E1", "status", "drain eu"])
def test_an_endpoint_that_refuses(config: Path, command: str) -> None:
    """Each attempt is told, three are made, and the end says what to look at."""
    if command == "drain eu":
        config.write_text(f'{config.read_text()}\n[control]\nbucket = "orders"\n')
    port = free_port()
    result = run_on(nowhere(config.parent, port), *command.split(), "--config", config)

    assert result.exit_code == 3
    assert result.stderr.splitlines()[:2] == [
        f"No connection to http://127.0.0.1:{port}, trying again ({number} of 3)" for number in (2, 3)
    ]
    assert "cannot reach AWS" in result.stderr.splitlines()[2]
    assert "Check the network, and AWS_ENDPOINT_URL where it is set" in result.stderr.splitlines()[2]
    assert len(result.stderr.splitlines()) == 3


def test_an_endpoint_that_says_nothing(config: Path) -> None:
    """What is tried is told while it is waited for, and Ctrl-C still ends it."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        words = ["plan", "--distribution", "E1", "--config", str(config)]
        with subprocess.Popen(
            [sys.executable, "-c", MAIN, *words],
            env=nowhere(config.parent, port).environment | {"PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        ) as process:
            assert process.stderr is not None
            told = process.stderr.readline().decode()
            is_waiting = process.poll() is None
            process.kill()

    assert told == f"Trying to reach http://127.0.0.1:{port}, no answer yet{os.linesep}"
    assert is_waiting

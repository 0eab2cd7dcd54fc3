"""`view` of what cannot be shown: one line, the right exit code, no server."""

from __future__ import annotations

import json
import socket
from pathlib import Path

from origin_router.emulator.view import View
from origin_router.emulator.view_history import History
from origin_router.emulator.view_recording import write_recording
from tests.support.commands import run


def test_a_file_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    result = run("view", tmp_path / "run.json")

    assert result.exit_code == 2
    assert result.stderr == f"Error: {tmp_path / 'run.json'}: cannot be read: No such file or directory\n"


def test_a_directory_is_wrong_usage(tmp_path: Path) -> None:
    result = run("view", tmp_path)

    assert result.exit_code == 2
    assert result.stderr == f"Error: {tmp_path}: cannot be read: Is a directory\n"


def test_a_foreign_file_is_a_problem_and_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_text('{"log": {"version": "1.2"}}')

    result = run("view", path, "--json")

    assert result.exit_code == 1
    (error,) = json.loads(result.stdout)["errors"]
    assert "is not an exported run" in error["message"]
    assert "export one from the page" in error["message"]


def test_a_port_that_is_taken_is_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_bytes(b"".join(write_recording(View().document, History(), now=9.0)))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = run("view", path, "--port", taken.getsockname()[1])

    assert result.exit_code == 1
    assert "is in use" in result.stderr

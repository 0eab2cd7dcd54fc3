"""A user at a terminal sees what will be done and decides; Ctrl-C loses nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from origin_router.aws.naming import Names
from origin_router.aws.plan import Plan
from origin_router.cli.account import Account
from origin_router.cli.carrying_out import Asking, ChangeDesk, change_options
from tests.support import distributions
from tests.support.aws_commands import run_on
from tests.support.ministack import ACCOUNT, Ministack
from tests.support.wanted import router_config

MAIN = "from origin_router.cli.main import main; main()"


@pytest.mark.parametrize(("answer", "code", "is_done"), [("n", 1, False), ("y", 0, True)])
def test_what_is_asked_is_what_is_done(
    ministack: Ministack, tmp_path: Path, answer: str, code: int, is_done: bool
) -> None:
    """The plan is on the screen before the question; no means that nothing happens."""
    config = tmp_path / "origin-router.toml"
    origins = ("--origin", "eu=http://localhost:8081", "--origin", "us=http://localhost:8082")
    run_on(ministack, "init", "--config", config, "--name", "shop", *origins)
    with ministack.aws() as aws:
        distribution = distributions.create(aws)
        said, exit_code = type_answer(
            ministack, answer, "deploy", "--config", str(config), "--distribution", distribution
        )
        buckets = [each["Name"] for each in aws.s3.list_buckets()["Buckets"]]

    assert exit_code == code
    assert "create function origin-router-shop" in said
    assert said.index("create role") < said.index("Do this? [y/N]")
    assert bool(buckets) is is_done
    assert ("Version 1 takes requests" in said) is is_done


def type_answer(server: Ministack, answer: str, *arguments: str) -> tuple[str, int]:
    """Run a command at a terminal and type one answer; return what it said and its exit code."""
    keyboard, terminal = os.openpty()
    try:
        with subprocess.Popen(
            [sys.executable, "-c", MAIN, *arguments],
            env=server.environment,
            stdin=terminal,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        ) as process:
            os.write(keyboard, f"{answer}\n".encode())
            said, _ = process.communicate(timeout=60)
        return said.decode(), process.returncode
    finally:
        os.close(keyboard)
        os.close(terminal)


def test_ctrl_c_ends_with_a_word_on_how_to_go_on(ministack: Ministack) -> None:
    """And no traceback."""

    def interrupted() -> Plan:
        raise KeyboardInterrupt

    @click.command()
    @change_options
    def command(desk: ChangeDesk) -> None:
        with ministack.aws() as aws:
            account = Account(router_config(), aws, Names("shop", ACCOUNT))
            desk.carry_out(account, interrupted, Asking("", ""))

    result = CliRunner().invoke(command, ["--yes"])

    assert result.exit_code == 1
    assert "Nothing is lost: the same command goes on where this one stopped." in result.output

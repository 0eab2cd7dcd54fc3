"""Ctrl-C ends a run of the simulator, and what is complete is shown."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

SCENARIO = """
name = "{name}"
hours = {hours}
regions = ["us-east-1"]
origins = [{{ id = "us", place = "us-east-1" }}, {{ id = "eu", place = "eu-west-1" }}]
traffic = {{ requests_per_s = {rate} }}
"""

RUN = """
import signal, sys
from origin_router.cli.main import main
from origin_router.simulator import run
play_all = run.play_all
def interrupted_later(plays, executor, **more):
    for each in play_all(plays, executor, **more):
        yield each
        print("complete:", each.scenario.name, file=sys.stderr, flush=True)
run.play_all = interrupted_later
main()
"""
"""The command itself, but it says on standard error when a part is complete: what the test waits for."""


def test_ctrl_c_loses_nothing_finished(tmp_path: Path) -> None:
    """The signal goes to every process of the terminal, as Ctrl-C does; no traceback, no process left."""
    for name, hours, rate in (("short", 0.1, 1), ("long", 700, 1000)):
        (tmp_path / f"{name}.toml").write_text(SCENARIO.format(name=name, hours=hours, rate=rate))
    scenarios = ("--scenario", "short.toml", "--scenario", "long.toml")
    command = [sys.executable, "-c", RUN, "simulate", *scenarios, "--policy", "naive", "--workers", "2", "--json"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "complete: short\n"
        os.killpg(process.pid, signal.SIGINT)
        stdout, stderr = process.communicate(timeout=110)

    answer = json.loads(stdout)
    assert process.returncode == 1
    assert (answer["is_complete"], [row["scenario"] for row in answer["results"]]) == (False, ["short"])
    assert stderr.endswith("interrupted: 1 of 2 parts are complete, and kept; lost: naive in long\n")
    assert "Traceback" not in stderr

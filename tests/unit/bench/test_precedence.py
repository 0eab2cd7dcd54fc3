"""Precedence is for measuring, and ends with it: nobody else keeps what is nearly all of the machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.peers.precedence import rank_origins, rank_peer

ROOT = Path(__file__).parents[3]

REPORT = """
import json, os
from {module} import precedence

def now():
    return [os.sched_getscheduler(0), os.sched_getparam(0).sched_priority, os.getpriority(os.PRIO_PROCESS, 0)]

before = now()
with precedence() as how:
    within = now()
print(json.dumps([before, within, now(), how]))
"""


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """A process that waits for the end of its input."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
        yield child
        child.kill()


@pytest.mark.parametrize("module", ["bench.scheduler", "bench.peers.precedence"])
def test_precedence_ends_with_the_measurement(module: str) -> None:
    """In a process of its own, for it is taken for real where that is allowed; and in a session of its own."""
    done = subprocess.run(
        [sys.executable, "-c", REPORT.format(module=module)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])},
        capture_output=True,
        text=True,
        check=True,
        start_new_session=True,
    )
    before, within, after, how = json.loads(done.stdout)
    assert after == before
    assert (within != before) == ("real-time" in how or how == "high priority")


def test_peers_and_origins_of_a_test_are_ordinary_processes(sleeper: subprocess.Popen[bytes]) -> None:
    rank_origins(sleeper.pid)
    rank_peer(sleeper.pid, has_functions=False)
    assert os.sched_getscheduler(sleeper.pid) == os.sched_getscheduler(0)


def test_tests_do_not_run_before_everybody_else() -> None:
    """Whatever started them: see `tests/conftest.py`."""
    assert os.sched_getscheduler(0) not in (os.SCHED_RR, os.SCHED_FIFO)

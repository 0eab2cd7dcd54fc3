"""The product as a user starts it: `origin-router dev` in a directory with a configuration, and plain viewers."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tests.support.ports import free_port

COMMAND = Path(sys.executable).with_name("origin-router")


REGION = "eu-west-1"

PATIENCE_S = 60.0
"""Far more than anything takes here, on a machine that is busy with other things."""

PAUSE_S = 0.06
"""Between a viewer's requests: long enough for an environment to count as frozen meanwhile."""


@contextmanager
def local_edge(directory: Path, *options: str) -> Iterator[str]:
    """Run `origin-router dev`; the URL of its only edge."""
    command = [str(COMMAND), "dev", "--json", "--edge", f"{REGION}:{free_port()}", "--admin-port", str(free_port())]
    with subprocess.Popen([*command, *options], cwd=directory, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as dev:
        assert dev.stdout is not None
        assert dev.stderr is not None
        try:
            line = dev.stdout.readline()
            assert line, dev.stderr.read().decode()
            yield json.loads(line)["edges"][0]["url"]
        finally:
            dev.send_signal(signal.SIGINT)
            dev.stdout.read()
            dev.stderr.read()
            assert dev.wait(20) == 0


class Answer(NamedTuple):
    """What a viewer got."""

    status: int
    body: str
    took_s: float


def ask(url: str, method: str = "GET") -> Answer:
    """Send one request."""
    viewer = http.client.HTTPConnection(url.removeprefix("http://"), timeout=20)
    began_at = time.monotonic()
    try:
        viewer.request(method, "/")
        response = viewer.getresponse()
        return Answer(response.status, response.read().decode(), time.monotonic() - began_at)
    finally:
        viewer.close()


class Viewer:
    """One that asks and asks, and what it got."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.answers: list[Answer] = []

    def ask_until(self, is_reached: Callable[[], bool], what: str) -> None:
        """Ask until a state is reached."""
        give_up_at = time.monotonic() + PATIENCE_S
        while not is_reached():
            assert time.monotonic() < give_up_at, f"never: {what}; the latest answers: {self.answers[-12:]}"
            self.answers.append(ask(self._url))
            time.sleep(PAUSE_S)


def journal_of(directory: Path) -> list[dict[str, Any]]:
    """Return what the function wrote under `--log-directory`, in each environment's order."""
    lines = [line for file in sorted(directory.rglob("lambda/*/*.log")) for line in file.read_text().splitlines()]
    found = [line[line.index("{") :] for line in lines if '"event":' in line]
    return [json.loads(text) for text in found]

"""The product as a user starts it: `origin-router dev` in a directory with a configuration, and a plain viewer."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.ports import free_port

COMMAND = Path(sys.executable).with_name("origin-router")


@contextmanager
def local_edge(directory: Path, *options: str) -> Iterator[str]:
    command = [str(COMMAND), "dev", "--json", "--edge", f"eu-west-1:{free_port()}", "--admin-port", str(free_port())]
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


def get(url: str) -> tuple[int, str, float]:
    viewer = http.client.HTTPConnection(url.removeprefix("http://"), timeout=20)
    began_at = time.monotonic()
    try:
        viewer.request("GET", "/")
        response = viewer.getresponse()
        return response.status, response.read().decode(), time.monotonic() - began_at
    finally:
        viewer.close()


def journal_of(directory: Path) -> list[dict[str, Any]]:
    """Return what the function wrote under `--log-directory`, in each environment's order."""
    lines = [line for file in sorted(directory.rglob("lambda/*/*.log")) for line in file.read_text().splitlines()]
    found = [line[line.index("{") :] for line in lines if '"event":' in line]
    return [json.loads(text) for text in found]

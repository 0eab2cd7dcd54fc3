"""Runs a worker: a script in a fresh, isolated Python that sees nothing but the standard library and an argument."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.events import encoded
from bench.lab import Lab, RunningOrigin, overlay_of
from origin_router.emulator import launcher

START = Path(__file__).parent / "workers" / "start.py"

ISOLATED = ("-I", "-S", "-B", "-X", "utf8")
"""As the local edge starts its functions: without site-packages and without writing bytecode."""

LIMIT_S = 60.0
"""No worker takes longer, whatever hangs."""


def run_worker(
    lab: Lab, name: str, *arguments: str | float | Path, origins: Sequence[RunningOrigin] = (), log_level: str = "INFO"
) -> Any:
    """Run a worker to its end; return its answer. The names of `origins` lead to them."""
    variables = {
        "AWS_LAMBDA_LOG_LEVEL": log_level,
        "AWS_REGION": "eu-central-1",
        "BENCH_LAUNCHER": launcher.__file__,
        "BENCH_RESOLVE": overlay_of(origins) if origins else "",
        "PATH": "/usr/bin:/bin",
        "SSL_CERT_FILE": str(lab.ca_file),
    }
    if "LD_LIBRARY_PATH" in os.environ:  # some Pythons do not start without it
        variables["LD_LIBRARY_PATH"] = os.environ["LD_LIBRARY_PATH"]
    done = subprocess.run(
        [sys.executable, *ISOLATED, str(START), name, *map(str, arguments)],
        env=variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=LIMIT_S,
        check=False,
        process_group=0,  # Ctrl-C is for us: `run` kills the worker when it is interrupted
    )
    if done.returncode != 0:
        raise RuntimeError(
            f"{name} failed with {done.returncode}: {done.stderr.decode(errors='replace').strip()[-500:]}"
        )
    return json.loads(done.stdout.splitlines()[-1])


def event_file(lab: Lab) -> Path:
    """Return a file with the event that workers handle."""
    path = lab.path / "event.json"
    path.write_bytes(encoded())
    return path

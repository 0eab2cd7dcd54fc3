"""What every worker needs, does first and does last."""

from __future__ import annotations

import json
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn  # the runtime has no use for it: who imports `typing` pays for it


class Context:
    """As much of Lambda's context as the handler looks at."""

    aws_request_id = "8476a536-e9f4-11e8-9739-2dfe598c3fcd"


def prepare(task_root: str) -> None:
    """Let modules come from the unzipped function and names lead to the benchmark's origins.

    What the function writes goes to standard error: standard output is for the worker's answer.
    """
    sys.path.insert(0, task_root)
    sys.stdout = sys.stderr
    overlay = os.environ.get("BENCH_RESOLVE")
    if overlay:
        import runpy

        runpy.run_path(os.environ["BENCH_LAUNCHER"])["overlay_name_resolution"](overlay)


def held_up_ms() -> float:
    """How long this process's main thread has waited for a processor so far (see `bench.scheduler`)."""
    with open("/proc/self/schedstat") as file:  # noqa: PTH123 - pathlib is part of what is measured
        return int(file.read().split()[1]) / 1e6


def answer(result: object) -> NoReturn:
    """Print the worker's answer and end."""
    print(json.dumps(result), file=sys.__stdout__, flush=True)
    os._exit(0)  # a function's process is never taken down tidily either; threads that still wait end here

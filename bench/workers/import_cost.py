"""Imports the runtime client, and then the function or nothing; ends.

Arguments: bare|function RUNTIME_DIR TASK_ROOT
Answers {"import": ms of importing the function without its race, "race": ms of that,
"foreign": modules that came from neither the function nor the standard library, "held_up":
ms in which this process waited for a processor}; of a bare one only the last.
"""

import io
import json
import sys
import time
from importlib import import_module

from bench.workers.prelude import answer, held_up_ms, prepare


def main(arguments: list[str]) -> None:
    """Import what the first argument says."""
    mode, runtime_dir, task_root = arguments
    prepare(task_root)
    sys.path.append(runtime_dir)
    import_module("awslambdaric.bootstrap")
    if mode == "bare":
        answer({"held_up": held_up_ms()})
    journal = sys.stdout = io.StringIO()
    before = set(sys.modules)
    held_up_before_ms = held_up_ms()
    began = time.perf_counter()
    import_module("origin_router.edge.function")
    took_ms = (time.perf_counter() - began) * 1000 - (held_up_ms() - held_up_before_ms)
    races = [each for each in map(json.loads, journal.getvalue().splitlines()) if each["event"] == "race"]
    if not races:
        raise RuntimeError(f"the function did not start: {journal.getvalue()}")
    new = {name.partition(".")[0] for name in set(sys.modules) - before}
    foreign = sorted(new - set(sys.stdlib_module_names) - {"origin_router"})
    race_ms = races[0]["ms"]
    answer({"import": took_ms - race_ms, "race": race_ms, "foreign": foreign, "held_up": held_up_ms()})

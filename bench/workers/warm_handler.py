"""Times the handler of an unzipped function against JSON, in batches that alternate.

Arguments: MODULE TASK_ROOT EVENT_FILE BATCHES CALLS
Answers {"handler": [ms per call, ...], "json": [...]}, a mean per batch.
"""

import gc
import importlib
import json
import time
from pathlib import Path

from bench.workers.prelude import Context, answer, prepare

WARM_UP_CALLS = 500

RACE_S = 0.3
"""Until every origin has answered the race of the import: then nothing is under way."""


def main(arguments: list[str]) -> None:
    """Import the function, wait until it is at rest, take the batches."""
    module, task_root, event_file = arguments[0], arguments[1], Path(arguments[2])
    batches, calls = int(arguments[3]), int(arguments[4])
    prepare(task_root)
    handler = importlib.import_module(module).handler
    text = event_file.read_text()
    context = Context()
    handler(json.loads(text), context)
    time.sleep(RACE_S)
    for _ in range(WARM_UP_CALLS):
        handler(json.loads(text), context)
    taken: dict[str, list[float]] = {"handler": [], "json": []}
    for _ in range(batches):
        events = [json.loads(text) for _ in range(calls)]
        gc.collect()
        began = time.perf_counter()
        for event in events:
            handler(event, context)
        between = time.perf_counter()
        for _ in range(calls):
            json.dumps(json.loads(text))
        ended = time.perf_counter()
        taken["handler"].append((between - began) * 1000 / calls)
        taken["json"].append((ended - between) * 1000 / calls)
    answer(taken)

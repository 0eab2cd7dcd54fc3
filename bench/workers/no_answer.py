"""Times requests of a function none of whose origins answers.

Arguments: MODULE TASK_ROOT EVENT_FILE REQUESTS PAUSE_S hung|resolved
Answers {"first": ms, "later": [ms, ...], "held_up": [ms, ...]}. `first` is everything from
the import of the function on, without waits for a processor; `held_up` is how long the process
waited for one during each later request. `hung`: the resolver never answers.
"""

import importlib
import json
import socket
import time
from pathlib import Path

from bench.workers.prelude import Context, answer, held_up_ms, prepare

HUNG_S = 30.0
"""Longer than anything here lasts."""


def main(arguments: list[str]) -> None:
    """Import the function, handle the first request and the later ones."""
    module, task_root, event_file = arguments[0], arguments[1], Path(arguments[2])
    requests, pause_s = int(arguments[3]), float(arguments[4])
    prepare(task_root)
    if arguments[5] == "hung":
        socket.getaddrinfo = lambda *_arguments, **_options: time.sleep(HUNG_S)  # type: ignore[assignment]
    text = event_file.read_text()
    context = Context()
    before_ms = held_up_ms()
    began = time.perf_counter()
    handler = importlib.import_module(module).handler
    handler(json.loads(text), context)
    first_ms = (time.perf_counter() - began) * 1000 - (held_up_ms() - before_ms)
    later, held_up = [], []
    for _ in range(requests):
        time.sleep(pause_s)
        event = json.loads(text)
        before_ms = held_up_ms()
        began = time.perf_counter()
        handler(event, context)
        later.append((time.perf_counter() - began) * 1000)
        held_up.append(held_up_ms() - before_ms)
    answer({"first": first_ms, "later": later, "held_up": held_up})

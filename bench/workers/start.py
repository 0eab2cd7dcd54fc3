"""Starts a worker, by path: `start.py WORKER ARGUMENT...`.

Imports as little as can be, because importing is one of the things that are measured.
"""

import sys
from importlib import import_module

sys.path.insert(0, __file__.removesuffix("/bench/workers/start.py"))
import_module(f"bench.workers.{sys.argv[1]}").main(sys.argv[2:])

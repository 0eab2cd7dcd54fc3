"""The functions that are measured: names of ours, and the seed's recipe as an unzipped one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bench import seed_recipe
from bench.lab import Lab, RunningOrigin
from origin_router.bundle import HANDLER

MODULE = HANDLER.rpartition(".")[0]
"""Of our handler."""

SEED_MODULE = "seed_function"
SEED_HANDLER = f"{SEED_MODULE}.handler"

_FUNCTION = """\
from seed_recipe import Server, make_handler

handler = make_handler([{servers}], refresh_s={refresh_s}, is_tls={is_tls})
"""


def unzip_seed(lab: Lab, origins: Sequence[RunningOrigin], *, refresh_s: float) -> Path:
    """Write the recipe as a function for these origins; return the directory that plays /var/task."""
    task_root = lab.new_task_root()
    recipe = Path(seed_recipe.__file__)
    (task_root / recipe.name).write_bytes(recipe.read_bytes())
    servers = [(each.host, each.port) for each in origins]
    is_tls = all(each.is_tls for each in origins)
    (task_root / f"{SEED_MODULE}.py").write_text(seed_source(servers, refresh_s=refresh_s, is_tls=is_tls))
    return task_root


def seed_source(servers: Sequence[tuple[str, int]], *, refresh_s: float, is_tls: bool) -> str:
    """Return the module of the recipe's handler for servers by name and port, the default first."""
    listed = ", ".join(f"Server({host!r}, {port})" for host, port in servers)
    return _FUNCTION.format(servers=listed, refresh_s=refresh_s, is_tls=is_tls)

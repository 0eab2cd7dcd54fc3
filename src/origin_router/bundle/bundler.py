"""The zip for Lambda@Edge: what decides, what runs at the edge, and the compiled configuration.

Same configuration and same version of the router, same bytes. (The compressed bytes are
zlib's, so another zlib may pack the same content differently.)
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

import origin_router
from origin_router.bundle.archive import archive
from origin_router.bundle.lean import lean
from origin_router.routing.config import RouterConfig

HANDLER = "origin_router.edge.function.handler"
"""`module.attribute` inside the zip."""

CONFIG_NAME = "origin_router/edge/config.json"
"""Where the edge looks for the configuration."""

PACKAGE = Path(origin_router.__file__).parent

SHIPPED = ("__init__.py", "routing/*.py", "edge/*.py")
"""All that leaves this machine, as patterns below the package..."""

STAYS = frozenset({"bounds.py", "config.py", "explanation.py", "probing.py"})
"""...but for the modules that describe the configuration, explain decisions and probe for commands: nothing at the edge
runs them."""


class BundleError(Exception):
    """The zip cannot be written."""


@dataclass(frozen=True)
class Bundle:
    """A built zip."""

    zip_bytes: bytes
    handler: str = HANDLER

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.zip_bytes)

    @cached_property
    def sha256(self) -> str:
        """Hexadecimal."""
        return hashlib.sha256(self.zip_bytes).hexdigest()


def build(config: RouterConfig) -> Bundle:
    """Build the zip. The configuration must be a validated one: the edge trusts it."""
    return Bundle(archive(sources() | {CONFIG_NAME: compile_config(config)}))


def compile_config(config: RouterConfig) -> bytes:
    """Return the configuration as the edge reads it (`routing.compiled.decode`)."""
    return json.dumps(asdict(config), sort_keys=True, separators=(",", ":")).encode()


def sources(package: Path = PACKAGE) -> dict[str, bytes]:
    """Return the Python files that ship, made lean, by their names in the zip."""
    paths = (path for pattern in SHIPPED for path in package.glob(pattern) if path.name not in STAYS)
    return {f"origin_router/{path.relative_to(package).as_posix()}": lean(path.read_bytes()) for path in paths}


def write_bundle(bundle: Bundle, path: Path) -> None:
    """Write the zip whole or not at all: an interruption leaves what was there before."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with draft.open("wb") as file:
                file.write(bundle.zip_bytes)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise BundleError(f"cannot write {path}: {error.strerror}") from error

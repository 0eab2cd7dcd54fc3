"""Who takes part: what a peer is, and the facts that it is configured from."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Protocol

from bench.lab import ROOT
from bench.peers.trio import Place

CONFIGS = Path(__file__).parent / "configs"

SYSTEM_PATHS = "/usr/sbin:/usr/local/sbin"
"""Where servers are that are not in a user's PATH."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a cell offers to the peer that it starts."""

    directory: Path
    """The peer's own; removed afterwards."""
    ca_file: Path
    places: Mapping[str, Place]
    port: int
    """Where viewers will ask it."""
    admin_port: int
    """For the local edge's page."""
    keeps_logs: bool
    """Whether the peer is to write down what it does."""

    def fill(self, template: str, **more: str) -> str:
        """Return one of `configs/` with this scene's ports and files."""
        text = Template((CONFIGS / template).read_text())
        ports = {f"{name}_port": str(place.port) for name, place in self.places.items()}
        files = {"directory": str(self.directory), "ca_file": str(self.ca_file)}
        return text.substitute(ports, **files, port=str(self.port), **more)


class Peer(Protocol):
    """One that stands between viewers and origins."""

    @property
    def name(self) -> str:
        """Short: for options, JSON and the chart."""

    @property
    def title(self) -> str:
        """For people."""

    @property
    def has_functions(self) -> bool:
        """Whether it runs Lambda functions as processes of their own."""

    def missing(self) -> str | None:
        """Return what this machine lacks for it and how to get it; None if it can run."""

    def version(self) -> str:
        """Return which version of whom this is."""

    def prepare(self, scene: Scene) -> Sequence[str]:
        """Write its configuration and return the command that serves until SIGTERM."""


def find_program(name: str) -> str | None:
    """Return the path of an installed program; one in `.venv-peers` comes first."""
    places = (str(ROOT / ".venv-peers" / "bin"), None, SYSTEM_PATHS)
    return next((found for place in places if (found := shutil.which(name, path=place)) is not None), None)

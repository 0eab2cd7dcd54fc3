"""Types commands in a directory with a configuration, against the simulated AWS."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from click.testing import Result

from origin_router.aws.session import Aws
from origin_router.cli.account import Outside
from tests.support.aws_commands import printed, run_on
from tests.support.ministack import Ministack

SHORT_S = 0.02
"""What a command waits instead of seconds and minutes."""


class KeptOpen(Aws):
    """Clients that the next command uses again: making them takes longest."""

    def close(self) -> None:
        """Stay open."""

    def really_close(self) -> None:
        """Close all connections."""
        super().close()


@dataclass
class Shell:
    """One user at one directory."""

    server: Ministack
    folder: Path
    session: boto3.Session | None = None
    """With hooks; None: commands make one of their own, as at a terminal."""
    typed: list[tuple[str, ...]] = field(default_factory=list)
    """Every command line so far."""
    _aws: KeptOpen | None = None

    @property
    def config(self) -> Path:
        """The configuration."""
        return self.folder / "origin-router.toml"

    def init(self, *ports: int, name: str = "shop") -> None:
        """Write a configuration with origins on loopback."""
        named = [
            f"{id_}=http://localhost:{port}" for id_, port in zip(("eu", "us"), ports or (8081, 8082), strict=True)
        ]
        self.run("init", "--name", name, *(part for each in named for part in ("--origin", each)))

    def type(self, *arguments: str) -> Result:
        """Run a command line with this directory's configuration."""
        verb, *others = arguments
        words = (verb, "--config", str(self.config), *others)
        if verb == "control":  # a group: options belong to its commands
            words = (verb, others[0], "--config", str(self.config), *others[1:])
        self.typed.append(arguments)
        return run_on(self.server, *words, outside=self._outside())

    def run(self, *arguments: str, expect: int = 0) -> str:
        """Run a command that is to end with an exit code; return all that it printed."""
        result = self.type(*arguments)
        assert result.exit_code == expect, result.output
        return result.output

    def json(self, *arguments: str, expect: int = 0) -> dict[str, Any]:
        """Run a command with --json and return its object."""
        result = self.type(*arguments, "--json")
        assert result.exit_code == expect, result.output
        document: dict[str, Any] = printed(result)
        return document

    def set(self, key: str, value: float) -> None:
        """Set a key that the configuration shows with its default."""
        lines = self.config.read_text().splitlines()
        assert any(line.startswith(f"#{key} = ") for line in lines)
        changed = [f"{key} = {value}" if line.startswith(f"#{key} = ") else line for line in lines]
        self.config.write_text("\n".join(changed))

    def add(self, text: str) -> None:
        """Write something below the configuration."""
        self.config.write_text(f"{self.config.read_text()}\n{text}\n")

    def close(self) -> None:
        """Close what was kept open."""
        if self._aws:
            self._aws.really_close()

    def _outside(self) -> Outside | None:
        if self.session is None:
            return None
        self._aws = self._aws or KeptOpen(self.session, endpoint_url=self.server.url)
        kept = self._aws
        return Outside(open=lambda profile: kept, sleep=lambda seconds: time.sleep(min(seconds, SHORT_S)))

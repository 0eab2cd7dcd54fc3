"""The peers that are CloudFront in the local edge: the router, an origin group without it, and the seed's recipe."""

from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from bench import seed_recipe
from bench.functions import SEED_HANDLER, SEED_MODULE, seed_source
from bench.peers.faults import PATIENCE_S
from bench.peers.peer import Scene

REGION = "eu-central-1"

REFRESH_S = 10
"""Of the recipe: the same as the router's default."""

ENVIRONMENTS = 200
"""Lambda's default is 1,000 in a Region; with the local edge's 50, its limit and not the peer would be measured."""

MAIN = "from origin_router.cli.main import main; main(prog_name='origin-router')"

ARN = "arn:aws:lambda:us-east-1:123456789012:function:peers:1"
NO_FUNCTIONS = {"Quantity": 0}
AT_ORIGIN_REQUEST = {
    "Quantity": 1,
    "Items": [{"LambdaFunctionARN": ARN, "EventType": "origin-request", "IncludeBody": False}],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Edge:
    """What all of them have in common."""

    name: str
    title: str
    has_functions: bool = True

    def missing(self) -> str | None:
        """The local edge comes with us."""
        return None

    def version(self) -> str:
        """Ours."""
        return f"local edge of origin-router {version('cloudfront-origin-router')}"

    def _command(self, scene: Scene, *options: str) -> Sequence[str]:
        ports = ("--edge", f"{REGION}:{scene.port}", "--admin-port", str(scene.admin_port))
        command = [
            sys.executable,
            "-c",
            MAIN,
            "dev",
            "--json",
            "--log-level",
            "DEBUG" if scene.keeps_logs else "INFO",
            *ports,
        ]
        command += ["--environments", str(ENVIRONMENTS), *options]
        if scene.keeps_logs:
            command += ["--access-log", str(scene.directory / "access.jsonl")]
            command += ["--log-directory", str(scene.directory / "logs")]
        return command


@dataclass(frozen=True, slots=True, kw_only=True)
class Router(_Edge):
    """Our function."""

    failover: bool
    """Whether placeholder origins are in an origin group, as deployment makes it."""
    feedback: bool
    """Whether the function is at origin-response, too."""

    def prepare(self, scene: Scene) -> Sequence[str]:
        """Write the configuration."""
        file = scene.directory / "origin-router.toml"
        file.write_text(scene.fill("origin-router.toml", feedback=str(self.feedback).lower()))
        return self._command(scene, "--config", str(file), "--failover" if self.failover else "--no-failover")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Distributed(_Edge):
    """A distribution of its own, as AWS would print it."""

    connect_timeout_s: int
    attempts: int
    read_timeout_s: int

    def _serve(self, scene: Scene, *, target: str, functions: object, archive: Path, handler: str) -> Sequence[str]:
        file = scene.directory / "distribution.json"
        limits = {
            "connect_timeout_s": self.connect_timeout_s,
            "attempts": self.attempts,
            "read_timeout_s": self.read_timeout_s,
        }
        text = {name: str(value) for name, value in limits.items()}
        file.write_text(scene.fill("distribution.json", target=target, functions=json.dumps(functions), **text))
        resolve = [
            option
            for place in scene.places.values()
            for option in ("--resolve", f"{place.host}:{place.port}=127.0.0.1:{place.port}")
        ]
        function = ("--function-zip", str(archive), "--handler", handler)
        return self._command(
            scene, "--distribution-config", str(file), "--ca-file", str(scene.ca_file), *function, *resolve
        )


class Group(_Distributed):
    """An origin group of the two fastest origins, and no function at all."""

    __slots__ = ()

    def prepare(self, scene: Scene) -> Sequence[str]:
        """Write the distribution; the local edge wants a function, which nothing in it calls."""
        archive = scene.directory / "unused.zip"
        with zipfile.ZipFile(archive, "w") as written:
            written.writestr("unused.py", "def handler(event, context):\n    raise RuntimeError('nobody calls this')\n")
        return self._serve(scene, target="both", functions=NO_FUNCTIONS, archive=archive, handler="unused.handler")


class Seed(_Distributed):
    """The recipe of 2019 as a function at origin-request, in front of one origin as in its note."""

    __slots__ = ()

    def prepare(self, scene: Scene) -> Sequence[str]:
        """Write distribution and function; its first server, the default, is the fastest."""
        archive = scene.directory / "seed.zip"
        servers = [(scene.places[name].host, scene.places[name].port) for name in ("near", "middle", "far")]
        with zipfile.ZipFile(archive, "w") as written:
            written.write(seed_recipe.__file__, Path(seed_recipe.__file__).name)
            written.writestr(f"{SEED_MODULE}.py", seed_source(servers, refresh_s=REFRESH_S, is_tls=True))
        return self._serve(scene, target="near", functions=AT_ORIGIN_REQUEST, archive=archive, handler=SEED_HANDLER)


OURS = Router(name="router", title="Origin Router", failover=True, feedback=True)
OURS_BARE = Router(name="router-bare", title="Origin Router, no failover, no feedback", failover=False, feedback=False)
GROUP_TIGHT = Group(
    name="group-tight",
    title="CloudFront origin group, tightest",
    connect_timeout_s=PATIENCE_S,
    attempts=1,
    read_timeout_s=PATIENCE_S,
)
GROUP_DEFAULT = Group(
    name="group-default",
    title="CloudFront origin group, defaults",
    connect_timeout_s=10,
    attempts=3,
    read_timeout_s=30,
)
SEED = Seed(name="seed", title="Seed's recipe", connect_timeout_s=PATIENCE_S, attempts=1, read_timeout_s=PATIENCE_S)

"""What all figures share: a directory, an authority, origins, and functions unzipped as Lambda does it."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from bench.farm import OriginSpec
from origin_router.bundle import Bundle, build
from origin_router.emulator.certificates import Authority
from origin_router.routing.config import OriginConfig, PoolConfig, ProbeConfig, RouterConfig

ROOT = Path(__file__).parent.parent
DOMAIN = "bench.example"
POOL = "web"


class SeenExchange(NamedTuple):
    """One request as an origin saw it: monotonic seconds, and how late the origin may have been to see it."""

    received_at: float
    answered_at: float
    """0 if it was not answered."""
    held_up_ms: float


class SeenTraffic(NamedTuple):
    """All that an origin saw."""

    connections: int
    exchanges: list[SeenExchange]


@dataclass(frozen=True, slots=True)
class RunningOrigin:
    """An origin of the farm."""

    number: int
    port: int
    is_tls: bool

    @property
    def host(self) -> str:
        """Its name; the certificate is for all names of the domain."""
        return f"origin-{self.number}.{DOMAIN}"


class Lab:
    """A context manager: everything it started ends with it."""

    def __init__(self, *, is_quick: bool) -> None:
        self.is_quick = is_quick
        self._directory = tempfile.TemporaryDirectory(prefix="origin-router-bench-")
        self.path = Path(self._directory.name)
        authority = Authority(self.path)
        self.ca_file = authority.ca_file
        self._certificate = authority.issue(f"*.{DOMAIN}")
        self._functions = 0
        self._origins = 0
        self._farm = subprocess.Popen(
            [sys.executable, "-m", "bench.farm"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            process_group=0,  # Ctrl-C is for us; the farm ends when we close its input
        )

    def __enter__(self) -> Lab:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._farm.stdin is not None
        assert self._farm.stdout is not None
        self._farm.stdin.close()
        try:
            self._farm.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._farm.kill()
            self._farm.wait()
        self._farm.stdout.close()
        self._directory.cleanup()

    def scaled(self, full: int, quick: int) -> int:
        """Return how many repetitions this run makes."""
        return quick if self.is_quick else full

    def start_origin(
        self, *, think_s: float = 0.0, jitter_s: float = 0.0, round_trip_s: float = 0.0, is_tls: bool = True
    ) -> RunningOrigin:
        """Start an origin in the farm."""
        certificate = str(self._certificate) if is_tls else None
        spec = OriginSpec(think_s=think_s, jitter_s=jitter_s, round_trip_s=round_trip_s, certificate=certificate)
        port = self._command({"do": "start", "origin": asdict(spec)})
        self._origins += 1
        return RunningOrigin(self._origins - 1, port, is_tls)

    def blackhole(self, origin: RunningOrigin) -> None:
        """Let an origin vanish: what is connected falls silent, and nobody can connect any more."""
        self._command({"do": "blackhole", "origin": origin.number})

    def look_at(self, origin: RunningOrigin) -> SeenTraffic:
        """Return what an origin has seen so far."""
        seen = self._command({"do": "look", "origin": origin.number})
        return SeenTraffic(seen["connections"], [SeenExchange(*each) for each in seen["exchanges"]])

    def unzip(self, config: RouterConfig) -> Path:
        """Build the zip of a configuration and unzip it; return the directory that plays /var/task."""
        return self.unzip_bundle(build(config))

    def unzip_bundle(self, bundle: Bundle) -> Path:
        """Unzip a zip; return the directory that plays /var/task."""
        task_root = self.new_task_root()
        with zipfile.ZipFile(io.BytesIO(bundle.zip_bytes)) as archive:
            archive.extractall(task_root)
        return task_root

    def new_task_root(self) -> Path:
        """Return a fresh directory."""
        self._functions += 1
        task_root = self.path / f"function-{self._functions}"
        task_root.mkdir()
        return task_root

    def _command(self, command: dict[str, Any]) -> Any:
        assert self._farm.stdin is not None
        assert self._farm.stdout is not None
        self._farm.stdin.write(json.dumps(command) + "\n")
        self._farm.stdin.flush()
        return json.loads(self._farm.stdout.readline())


def config_of(
    origins: Sequence[RunningOrigin], *, refresh_s: float, probe: ProbeConfig | None = None, band_ms: float = 10
) -> RouterConfig:
    """Return the configuration of one pool of these origins.

    It does not pass through validation, which asks for at least 1 s between measurements:
    the benchmark refreshes more often to see enough refreshes.
    """
    pool = PoolConfig(
        refresh_s=refresh_s,
        refresh_max_s=0,  # every refresh counts here
        band_ms=band_ms,
        probe=probe or ProbeConfig(),
        origins=tuple(
            OriginConfig(
                id=f"origin-{each.number}",
                host=each.host,
                port=each.port,
                protocol="https" if each.is_tls else "http",
            )
            for each in origins
        ),
    )
    return RouterConfig(name="bench", pool=POOL, pools={POOL: pool})


def addresses_of(origins: Iterable[RunningOrigin]) -> dict[str, tuple[str, int]]:
    """Return where the names of these origins lead to, by `host:port`."""
    return {f"{each.host}:{each.port}": ("127.0.0.1", each.port) for each in origins}


def overlay_of(origins: Iterable[RunningOrigin]) -> str:
    """Return the same as the local edge's launcher takes it."""
    return json.dumps(addresses_of(origins))

"""`origin-router dev` as a user starts it, around origins of the benchmark."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.ports import free_port

REGION = "eu-central-1"
STOP_LIMIT_S = 20.0


@dataclass(frozen=True, slots=True)
class ServingEdge:
    """A local edge that serves."""

    url: str
    admin: str
    pid: int
    access_log: Path

    def insert_relays(self) -> None:
        """Begin and end a fault: its links keep their relays."""
        header = {"X-Origin-Router-Page": "bench"}
        for method, body in (("POST", b'{"kind": "jitter", "ms": 1}'), ("DELETE", None)):
            asked = urllib.request.Request(f"{self.admin}/api/faults", body, header, method=method)
            urllib.request.urlopen(asked, timeout=5).close()

    def environments(self) -> list[int]:
        """Process ids of its execution environments."""
        return [int(pid) for pid in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()]

    def lines(self) -> list[dict[str, Any]]:
        """The access log so far."""
        return [json.loads(line) for line in self.access_log.read_text().splitlines()]


@contextmanager
def local_edge(directory: Path, configuration: str, *options: str) -> Iterator[ServingEdge]:
    """Run it with a configuration; what it complains about goes into the error, should it not serve."""
    config, log = directory / "bench.toml", directory / "access.jsonl"
    config.write_text(configuration)
    command = (
        *(sys.executable, "-c", "from origin_router.cli.main import main; main()", "dev", "--json"),
        *("--config", str(config), "--edge", f"{REGION}:{free_port()}", "--admin-port", str(free_port())),
        *("--log-level", "WARN", *options),
    )
    with tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints, cwd=directory)
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                complaints.seek(0)
                raise RuntimeError(f"the local edge does not serve: {complaints.read().decode()[-300:]}")
            said = json.loads(line)
            yield ServingEdge(said["edges"][0]["url"], said["admin"], process.pid, log)
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=STOP_LIMIT_S)


def configuration_of(origins: Sequence[tuple[str, int]], pool: str = "") -> str:
    """Return a configuration with these HTTP origins, host and port each. `pool`: more keys of it."""
    tables = "".join(
        f'[[pools.web.origins]]\nid = "{host.partition(".")[0]}"\nhost = "{host}"\nport = {port}\nprotocol = "http"\n'
        f"response_timeout_s = 1\n"
        for host, port in origins
    )
    addresses = ", ".join(f'"{host}" = "127.0.0.1:{port}"' for host, port in origins)
    return f'name = "bench"\npool = "web"\n[pools.web]\n{pool}\n{tables}[dev]\nresolve = {{ {addresses} }}\n'

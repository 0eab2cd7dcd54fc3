"""F8: requests per second of the local edge, beside nginx proxying to the same origin. Needs nginx and wrk.

    python scripts/edge_load.py [--seconds 5] [--connections 16] [--json]

The local edge is measured without relays in its links and then with them.

Hits come from the cache of each; for misses every request has a query string of its own. Both
proxies run on this machine with the origin and wrk, so the ratio says what emulation costs; the
absolute numbers belong to the machine.
"""

# ruff: noqa: S101, S310, S603, T201 - a tool that starts programs and prints

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

NGINX = """
worker_processes 1;
pid {directory}/nginx.pid;
error_log {directory}/nginx.log;
daemon off;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {directory}/body; proxy_temp_path {directory}/proxy; fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi; scgi_temp_path {directory}/scgi;
    proxy_cache_path {directory}/cache keys_zone=kept:10m;
    upstream origin {{ server 127.0.0.1:{origin}; keepalive 64; }}
    server {{
        listen 127.0.0.1:{origin};
        location /kept {{ add_header Cache-Control "max-age=3600"; return 200 "{body}"; }}
        location / {{ return 200 "{body}"; }}
    }}
    server {{
        listen 127.0.0.1:{proxy};
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        location /kept {{ proxy_pass http://origin; proxy_cache kept; proxy_cache_valid 200 1h; }}
        location / {{ proxy_pass http://origin; }}
    }}
}}
"""
CONFIG = """
name = "load"
pool = "web"
[pools.web]
[[pools.web.origins]]
id = "one"
host = "one.test"
port = {origin}
protocol = "http"
[dev]
resolve = {{ "one.test" = "127.0.0.1:{origin}" }}
"""
UNIQUE = """
local thread = 0
function setup(t) thread = thread + 1; t:set("number", thread) end
local count = 0
request = function()
  count = count + 1
  return wrk.format(nil, "/?" .. number .. "-" .. count)
end
"""
"""wrk's script for misses: no two requests are equal."""

BODY = "x" * 1_000
START_LIMIT_S = 20.0
_RATE = re.compile(r"Requests/sec:\s+([0-9.]+)")
_BAD = re.compile(r"Non-2xx or 3xx responses: (\d+)|Socket errors: (.*)")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=5, choices=range(1, 61), metavar="1..60")
    parser.add_argument("--connections", type=int, default=16, choices=range(1, 513), metavar="1..512")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    for tool in ("nginx", "wrk"):
        if shutil.which(tool, path=f"{os.environ['PATH']}:/usr/sbin") is None:
            sys.exit(f"{tool} is not installed")
    with tempfile.TemporaryDirectory(prefix="edge-load-") as name:
        Path(name).chmod(0o755)  # nginx's workers are not root
        result = measured(Path(name), arguments.seconds, arguments.connections)
    if arguments.json:
        print(json.dumps(result))
        return
    for kind in ("hits", "misses"):
        at = result[kind]
        print(f"{kind:<8}{at['edge']:>8.0f} /s local edge   {at['nginx']:>8.0f} /s nginx   ratio {at['ratio']:.2f}")
    relayed = result["misses"]["relayed"]
    print(
        f"misses  {relayed:>8.0f} /s through a relay, ratio to those without {relayed / result['misses']['edge']:.2f}"
    )
    print(f"idle environment: {result['environment_mb']:.1f} MB of its own, {result['environments']} environments")


def measured(directory: Path, seconds: int, connections: int) -> dict[str, Any]:
    """Start everything, ask each in turn."""
    origin, proxy, edge = (free_port() for _ in range(3))
    (directory / "nginx.conf").write_text(NGINX.format(directory=directory, origin=origin, proxy=proxy, body=BODY))
    (directory / "shop.toml").write_text(CONFIG.format(origin=origin))
    (directory / "unique.lua").write_text(textwrap.dedent(UNIQUE))
    with nginx(directory), local_edge(directory, edge) as (admin, environments):
        targets = {"edge": f"http://127.0.0.1:{edge}", "nginx": f"http://127.0.0.1:{proxy}"}
        for url in targets.values():
            wait_for(f"{url}/kept")
        result: dict[str, Any] = {"seconds": seconds, "connections": connections}
        for kind, path, script in (("hits", "/kept", None), ("misses", "/", directory / "unique.lua")):
            for url in targets.values():
                wrk(url + path, 1, connections, script)  # warm: cache, connections, environments
            rates = {name: wrk(url + path, seconds, connections, script) for name, url in targets.items()}
            result[kind] = {**rates, "ratio": rates["edge"] / rates["nginx"]}
        insert_relays(admin)
        misses = (targets["edge"] + "/", directory / "unique.lua")
        wrk(misses[0], 1, connections, misses[1])
        result["misses"]["relayed"] = wrk(misses[0], seconds, connections, misses[1])
        memory = [private_mb(pid) for pid in environments()]
        result |= {"environments": len(memory), "environment_mb": sum(memory) / len(memory)}
    return result


@contextlib.contextmanager
def nginx(directory: Path) -> Iterator[None]:
    """Origin and proxy, in one nginx."""
    path = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    command = [str(path), "-p", str(directory), "-c", str(directory / "nginx.conf")]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)


@contextlib.contextmanager
def local_edge(directory: Path, port: int) -> Iterator[tuple[str, Any]]:
    """`origin-router dev`; yields its admin address, and how to list the pids of its environments."""
    command = (
        *(sys.executable, "-c", "from origin_router.cli.main import main; main()", "dev", "--json"),
        *("--config", str(directory / "shop.toml"), "--edge", f"eu-central-1:{port}"),
        *("--environment-rate", "0", "--log-level", "WARN"),
    )
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=directory)
    try:
        assert process.stdout is not None
        admin = json.loads(process.stdout.readline())["admin"]
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        yield admin, lambda: [int(pid) for pid in children.read_text().split()]
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)


def insert_relays(admin: str) -> None:
    """Begin and end a fault: its links keep their relays."""
    header = {"X-Origin-Router-Page": "load"}
    for method, body in (("POST", b'{"kind": "jitter", "ms": 1}'), ("DELETE", None)):
        asked = urllib.request.Request(f"{admin}/api/faults", body, header, method=method)
        urllib.request.urlopen(asked, timeout=5).close()


def wrk(url: str, seconds: int, connections: int, script: Path | None) -> float:
    """Requests per second; every answer must be a good one."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", *(["-s", str(script)] if script else []), url]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if bad := _BAD.search(out):
        sys.exit(f"{url}: {bad.group(0)}")
    rate = _RATE.search(out)
    if rate is None:
        sys.exit(f"wrk said: {out}")
    return float(rate[1])


def wait_for(url: str) -> None:
    """Until it answers."""
    until = time.monotonic() + START_LIMIT_S
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).read()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return


def private_mb(pid: int) -> float:
    """Memory that a process shares with nobody."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Private")) / 1024


def free_port() -> int:
    """A port that is free now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


if __name__ == "__main__":
    main()

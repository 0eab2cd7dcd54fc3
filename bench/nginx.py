"""nginx as origin and as a caching proxy in front of it: what the local edge is compared with."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from bench.ports import free_port

CONFIGURATION = """
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
BODY = "x" * 1_000
STOP_LIMIT_S = 10.0


class Nginx(NamedTuple):
    """Ports."""

    origin: int
    proxy: int


def find_tool(name: str) -> str | None:
    """Return the path of a program; Debian has nginx where only root looks for it."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@contextmanager
def nginx(directory: Path) -> Iterator[Nginx]:
    """Run both in one nginx."""
    ports = Nginx(free_port(), free_port())
    directory.parent.chmod(0o755)
    directory.chmod(0o755)  # its workers are not root
    file = directory / "nginx.conf"
    file.write_text(CONFIGURATION.format(directory=directory, body=BODY, **ports._asdict()))
    command = [str(find_tool("nginx")), "-p", str(directory), "-c", str(file)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield ports
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(STOP_LIMIT_S)

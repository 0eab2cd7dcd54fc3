"""The whole product before origins that are not ours: nginx and Python's own http.server, over TLS.

`origin-router dev` is started as a user would, from a configuration file; viewers are
plain HTTP clients.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.certificates import Authority, KeyPair
from tests.support.ports import free_port
from tests.support.product import Viewer, ask, local_edge

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")

PYTHON_SERVER = """
import http.server, ssl, sys, time
port, certificate, key, delay_s = int(sys.argv[1]), sys.argv[2], sys.argv[3], float(sys.argv[4])
class Handler(http.server.SimpleHTTPRequestHandler):
    def send_head(self):
        time.sleep(delay_s)
        return super().send_head()
    def log_message(self, *_):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
server.serve_forever()
"""


def python_origin(directory: Path, name: str, port: int, pair: KeyPair, delay_s: float) -> subprocess.Popen[bytes]:
    (directory / name).mkdir()
    (directory / name / "index.html").write_text(name)
    command = [sys.executable, "-c", PYTHON_SERVER, str(port), str(pair.certificate), str(pair.key), str(delay_s)]
    return subprocess.Popen(command, cwd=directory / name, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def nginx_origin(directory: Path, name: str, port: int, pair: KeyPair) -> subprocess.Popen[bytes]:
    assert NGINX is not None
    (directory / name).mkdir()
    (directory / name / "index.html").write_text(name)
    configuration = f"""
        daemon off; master_process off; pid {directory}/nginx.pid; error_log {directory}/error.log;
        events {{ }}
        http {{
            access_log off; client_body_temp_path {directory}/t1; proxy_temp_path {directory}/t2;
            fastcgi_temp_path {directory}/t3; uwsgi_temp_path {directory}/t4; scgi_temp_path {directory}/t5;
            server {{
                listen 127.0.0.1:{port} ssl;
                ssl_certificate {pair.certificate}; ssl_certificate_key {pair.key};
                root {directory}/{name};
            }}
        }}"""
    (directory / "nginx.conf").write_text(configuration)
    command = [NGINX, "-p", str(directory), "-c", str(directory / "nginx.conf"), "-e", str(directory / "error.log")]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


@pytest.fixture
def origins(tmp_path: Path) -> Iterator[dict[str, tuple[int, subprocess.Popen[bytes]]]]:
    authority = Authority(tmp_path)
    ports = {name: free_port() for name in ("near", "middle", "far")}
    pair = authority.issue("near.example.com", "middle.example.com", "far.example.com")
    near = nginx_origin(tmp_path, "near", ports["near"], pair)
    middle = python_origin(tmp_path, "middle", ports["middle"], pair, 0.06)
    far = python_origin(tmp_path, "far", ports["far"], pair, 0.15)
    for port in ports.values():
        wait_for_port(port)
    yield {"near": (ports["near"], near), "middle": (ports["middle"], middle), "far": (ports["far"], far)}
    for process in (near, middle, far):
        end(process)


def wait_for_port(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"nothing listens on {port}")


@pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
def test_the_fastest_answers_and_another_takes_over(
    tmp_path: Path, origins: dict[str, tuple[int, subprocess.Popen[bytes]]]
) -> None:
    """Three servers that are not ours, verified TLS, the built zip in the runtime client: near, then middle."""
    tables = "".join(
        f'[[pools.web.origins]]\nid = "{name}"\nhost = "{name}.example.com"\nport = {port}\n'
        for name, (port, _) in reversed(origins.items())
    )
    resolve = ", ".join(f'"{name}.example.com" = "127.0.0.1"' for name in origins)
    (tmp_path / "origin-router.toml").write_text(
        f'name = "foreign"\npool = "web"\n[pools.web]\nrefresh_s = 2\n{tables}'
        f'[dev]\nca_file = "Test-Authority.pem"\nresolve = {{ {resolve} }}\n'
    )
    with local_edge(tmp_path) as url:
        assert [ask(url)[:2] for _ in range(5)][-1] == (200, "near")

        end(origins["near"][1])
        viewer = Viewer(url)
        viewer.ask_until(
            lambda: bool(viewer.answers) and viewer.answers[-1][:2] == (200, "middle"), "the next fastest takes over"
        )
        assert [ask(url)[:2] for _ in range(20)] == [(200, "middle")] * 20

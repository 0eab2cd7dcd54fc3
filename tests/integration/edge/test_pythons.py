"""The shipped code answers on every CPython that Lambda may run it on and this machine has."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from origin_router.bundle import build
from tests.support.cloudfront import custom_event
from tests.support.edge import config, origin
from tests.support.origins import Origin, unused_port

VERSIONS = ("3.11", "3.12", "3.13", "3.14")

ANSWER = """
import json, sys
sys.path.insert(0, sys.argv[1])
from origin_router.edge import function
class Context: aws_request_id = "id"
request = function.handler(json.loads(sys.argv[2]), Context())
function.ENVIRONMENT.close()
print(json.dumps({"event": "answer", "origin": request["origin"]["custom"]["port"]}))
"""


def candidates(version: str) -> Iterator[str]:
    """Where an interpreter of a version may be."""
    if version == "{}.{}".format(*sys.version_info):
        yield sys.executable
    for name in (f"python{version}", "python3", "python"):
        found = shutil.which(name)
        if found:
            yield found
    yield from map(str, sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python")))


@cache
def interpreter(version: str) -> str | None:
    """An interpreter of a version that really runs; None if there is none."""
    ask = "import sys; print('{}.{}'.format(*sys.version_info))"
    for path in candidates(version):
        told = subprocess.run([path, "-I", "-c", ask], capture_output=True, text=True, check=False)
        if told.returncode == 0 and told.stdout.strip() == version:
            return path
    return None


@pytest.mark.parametrize("version", VERSIONS)
def test_the_zip_answers_an_event(version: str, tmp_path: Path) -> None:
    """Unpacked, without any other package, warnings being errors: it races its origins and directs a request."""
    python = interpreter(version)
    if python is None:
        pytest.skip(f"this machine has no CPython {version}")
    with Origin() as server:
        routed = config(
            *(
                origin(name, host="localhost", protocol="http", port=port)
                for name, port in (("dead", unused_port()), ("alive", server.port))
            )
        )
        with zipfile.ZipFile(io.BytesIO(build(routed).zip_bytes)) as packed:
            packed.extractall(tmp_path)
        done = subprocess.run(
            [python, "-I", "-W", "error", "-c", ANSWER, str(tmp_path), json.dumps(custom_event())],
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )

    assert (done.stderr, done.returncode) == ("", 0)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines[-1] == {"event": "answer", "origin": server.port}
    assert [line["winner"] for line in lines if line["event"] == "race"] == ["alive"]

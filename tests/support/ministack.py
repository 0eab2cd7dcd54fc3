"""A simulated AWS on loopback for tests, through the ordinary endpoint setting. See docs of the package ministack.

    from tests.support.ministack import ministack, ministack_server   # in a conftest.py

`ministack` is the server with nothing in it. What it accepts although AWS would not is
the business of our own preflight, and of tests with botocore's Stubber.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import boto3
import botocore.session
import pytest
from botocore.loaders import Loader

from origin_router.aws.session import Aws

ACCOUNT = "123456789012"
"""The account that the server simulates."""

START_LIMIT_S = 30.0
"""A loaded machine takes a few seconds; more means that it never will."""

_LOADER = Loader()
"""Reading the services' descriptions takes most of the time that clients take to make: once will do for all tests."""

_RUN = """
import ministack.services.lambda_svc as functions
functions._LAMBDA_STATE_TRANSITION_DELAY = 0.02
from ministack.app import main
main()
"""
"""Functions are Pending for half a second otherwise, in each of many tests; Pending they still are."""


@dataclass
class Ministack:
    """A running server."""

    url: str
    home: Path
    key: str = "testing"
    secret: str = field(default="testing", repr=False)

    @property
    def environment(self) -> dict[str, str]:
        """Variables for a command that is to work with this server, and with nothing of the real user's."""
        return _clean_environment(self.home) | {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": self.key,
            "AWS_SECRET_ACCESS_KEY": self.secret,
            "AWS_DEFAULT_REGION": "eu-west-1",  # never the Region that counts: nothing may depend on it
        }

    def session(self) -> boto3.Session:
        """Return a session of its own; hooks on its `events` are seen by all clients made of it."""
        inner = botocore.session.get_session()
        inner.register_component("data_loader", _LOADER)
        return boto3.Session(aws_access_key_id=self.key, aws_secret_access_key=self.secret, botocore_session=inner)

    def aws(self, session: boto3.Session | None = None) -> Aws:
        """Return our way to it. Close it."""
        return Aws(session or self.session(), endpoint_url=self.url)

    def reset(self) -> None:
        """Empty the account."""
        request = urllib.request.Request(f"{self.url}/_ministack/reset", method="POST")
        with urllib.request.urlopen(request, timeout=30) as answer:
            answer.read()


@contextmanager
def run_ministack(home: Path, **settings: str) -> Iterator[Ministack]:
    """Run a server until the block ends; `settings` are variables of its environment."""
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    environment = _clean_environment(home) | {
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "LAMBDA_EXECUTOR": "local",
        "LOG_LEVEL": "WARNING",
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "S3_DATA_DIR": str(home / "s3"),
        "STATE_DIR": str(home / "state"),
        **settings,
    }
    with (home / "ministack.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", _RUN], env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        try:
            _wait_until_ready(process, url, home / "ministack.log")
            yield Ministack(url, home)
        finally:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@pytest.fixture(scope="session")
def ministack_server() -> Iterator[Ministack]:
    """One server for the whole run."""
    with tempfile.TemporaryDirectory(prefix="ministack-") as folder, run_ministack(Path(folder)) as server:
        yield server


@pytest.fixture
def ministack(ministack_server: Ministack) -> Ministack:
    """The server, with nothing in it."""
    ministack_server.reset()
    return ministack_server


def _clean_environment(home: Path) -> dict[str, str]:
    """Nothing of the user's AWS configuration, and no proxy between us and loopback."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "PYTHONPATH") if name in os.environ}
    return kept | {
        "HOME": str(home),
        "TMPDIR": str(home),
        "AWS_CONFIG_FILE": str(home / "no-config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(home / "no-credentials"),
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_ready(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    give_up_at = time.monotonic() + START_LIMIT_S
    while time.monotonic() < give_up_at:
        if process.poll() is not None:
            raise RuntimeError(f"ministack ended with {process.returncode}: {log.read_text()[-2_000:]}")
        try:
            with urllib.request.urlopen(f"{url}/_ministack/health", timeout=5) as answer:
                answer.read()
            return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.05)  # its only sign of life is that it answers
    raise RuntimeError(f"ministack did not answer within {START_LIMIT_S:.0f} s: {log.read_text()[-2_000:]}")

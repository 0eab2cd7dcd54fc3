"""The links' own authority is trusted by edge and function, and nothing else changes for them."""

from __future__ import annotations

import contextlib
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from cryptography import x509

from origin_router.emulator.certificates import Authority
from origin_router.emulator.links_cut import close_idle, standing
from origin_router.emulator.links_trust import Trust, make_trust, subject_hash


def shake_hands(trust: Trust, issuer: Authority, environment: dict[str, str]) -> str:
    """Let a fresh Python with this environment verify a certificate; return what it says."""
    server_tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server_tls.load_cert_chain(issuer.issue("origin.test"))
    client = """
import socket, ssl, sys
try:
    with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as plain:
        ssl.create_default_context().wrap_socket(plain, server_hostname="origin.test").close()
    print("trusted")
except ssl.SSLCertVerificationError as error:
    print(error.verify_message)
"""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            accepted, _ = listener.accept()
            with accepted, contextlib.suppress(OSError):
                server_tls.wrap_socket(accepted, server_side=True).close()

        thread = threading.Thread(target=serve)
        thread.start()
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", client, str(listener.getsockname()[1])],
            env=environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        thread.join()
    return done.stdout.strip()


def test_beside_the_systems_authorities(tmp_path: Path) -> None:
    """As a hashed directory before the system's: OpenSSL finds ours, and the bundle need not be read."""
    trust = make_trust(tmp_path, None)
    (tmp_path / "other").mkdir()
    stranger = Authority(tmp_path / "other")
    environment = {"SSL_CERT_DIR": trust.ca_directories}

    assert trust.ca_file is None
    assert shake_hands(trust, trust.authority, environment) == "trusted"
    assert shake_hands(trust, stranger, environment) == "unable to get local issuer certificate"
    system = ssl.get_default_verify_paths()
    assert (system.capath or system.openssl_capath) in trust.ca_directories


def test_beside_a_file_of_authorities(tmp_path: Path) -> None:
    """Both authorities in one file; the configured one is not touched."""
    (tmp_path / "other").mkdir()
    configured = Authority(tmp_path / "other")
    before = configured.ca_file.read_bytes()
    trust = make_trust(tmp_path, configured.ca_file)

    for issuer in (trust.authority, configured):
        assert shake_hands(trust, issuer, {"SSL_CERT_FILE": str(trust.ca_file)}) == "trusted"
    assert configured.ca_file.read_bytes() == before


@pytest.mark.skipif(shutil.which("openssl") is None, reason="the openssl command is not installed")
def test_the_name_in_a_hashed_directory_is_openssls(tmp_path: Path) -> None:
    authority = Authority(tmp_path, "Some  Name, With SPACES")
    expected = subprocess.run(
        ["openssl", "x509", "-in", str(authority.ca_file), "-noout", "-hash"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert (
        subject_hash(x509.load_pem_x509_certificate(authority.ca_file.read_bytes()).subject) == expected.stdout.strip()
    )


HOLDER = """
import socket, sys
with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as held:
    held.sendall(b"hello")
    held.recv(100)
    print("answered", flush=True)
    sys.stdin.readline()
    print(repr(held.recv(100)), flush=True)
"""


def test_idle_connections_of_a_child_are_closed_from_outside(tmp_path: Path) -> None:
    """Found by their peer; one that waits for an answer is left alone; afterwards the child reads an end."""
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(listener.getsockname()[1])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as child,
    ):
        assert child.stdin is not None
        assert child.stdout is not None
        accepted, _ = listener.accept()
        accepted.recv(5)
        (connection,) = standing(child.pid, {listener.getsockname()})
        assert standing(child.pid, {("127.0.0.1", 1)}) == set()

        assert not close_idle(connection)  # it waits for its answer
        accepted.sendall(b"hello yourself")
        assert child.stdout.readline() == "answered\n"
        while not close_idle(connection):  # the kernel says when it is idle
            time.sleep(0.02)
        child.stdin.write("\n")
        child.stdin.flush()

        assert child.stdout.readline() == "b''\n"
        accepted.close()
    assert close_idle(connection)  # of a process that is gone

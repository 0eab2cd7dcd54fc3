"""What the edge takes from the system: stamps of the kernel, authorities, name resolution."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
import time
from pathlib import Path
from typing import cast

import pytest

from origin_router.edge.resolver import Address, Resolution, Resolver, system_lookup
from origin_router.edge.tcp_info import read_kernel_times
from origin_router.edge.trust import PLAUSIBLE_AUTHORITIES, create_context
from tests.integration.edge.conftest import Certificates
from tests.support.edge import LIMIT_S
from tests.support.jiffy import jiffy_s
from tests.support.origins import Origin


def test_the_kernel_stamps_what_is_sent_and_received() -> None:
    """Their ages grow with time, in jiffies."""
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname()) as client,
    ):
        server, _ = listener.accept()
        with server:
            client.send(b"question")
            sent_at = time.monotonic()
            time.sleep(0.06)
            server.send(b"answer")
            received_at = time.monotonic()
            time.sleep(0.03)
            kernel = read_kernel_times(client)
            now = time.monotonic()

    assert kernel is not None
    assert kernel.since_sent_s == pytest.approx(now - sent_at, abs=jiffy_s() + 0.005)
    assert kernel.since_received_s == pytest.approx(now - received_at, abs=jiffy_s() + 0.005)
    assert 0 < kernel.rtt_s < 0.05
    assert kernel.retransmits == 0


class OldKernel:
    """Tells less of a connection than we ask for."""

    def getsockopt(self, level: int, option: int, length: int) -> bytes:
        return bytes(92)


def test_a_system_that_does_not_tell_is_believed_nothing() -> None:
    """No TCP connection, or a kernel that is too old: then there are no stamps."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        assert read_kernel_times(datagrams) is None
    assert read_kernel_times(cast(socket.socket, OldKernel())) is None


def shake_hands(context: ssl.SSLContext, certificates: Certificates) -> None:
    """Connect to an origin of the test's authority."""
    with (
        Origin(tls=certificates.good) as server,
        socket.create_connection(("127.0.0.1", server.port)) as plain,
        context.wrap_socket(plain, server_hostname="near.test"),
    ):
        pass


def test_a_file_of_authorities_is_trusted(certificates: Certificates, monkeypatch: pytest.MonkeyPatch) -> None:
    """SSL_CERT_FILE is OpenSSL's own variable: the local edge hands its authority over in it."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority.ca_file))

    shake_hands(create_context(), certificates)


def hashed_directory(certificates: Certificates, directory: Path, *, others: int) -> Path:
    """A directory as OpenSSL looks authorities up in, with files for some others besides."""
    ask_hash = ["openssl", "x509", "-hash", "-noout", "-in", str(certificates.authority.ca_file)]
    name = subprocess.run(ask_hash, capture_output=True, text=True, check=True).stdout.strip()
    (directory / f"{name}.0").write_bytes(certificates.authority.ca_file.read_bytes())
    for number in range(others):
        (directory / f"{number:08x}.0").touch()
    return directory


@pytest.mark.parametrize("others", [PLAUSIBLE_AUTHORITIES, 3])
def test_a_directory_of_authorities_is_trusted(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, others: int
) -> None:
    """Whole, it is the only store and is not read in advance; a small one is one among others."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setenv("SSL_CERT_DIR", str(hashed_directory(certificates, tmp_path, others=others)))
    context = create_context()

    shake_hands(context, certificates)
    assert (len(context.get_ca_certs()) == 1) or others < PLAUSIBLE_AUTHORITIES


def test_without_any_directory_the_system_decides(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A stranger's certificate is refused, whatever the store."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "absent"))

    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(create_context(), certificates)


def wait(resolution: Resolution) -> Resolution:
    """Until a look-up is done."""
    deadline_at = time.monotonic() + LIMIT_S
    while not resolution.is_done:
        assert time.monotonic() < deadline_at
        time.sleep(0.001)
    return resolution


def test_the_systems_resolver() -> None:
    """IPv4 first, numeric, with the port."""
    addresses = system_lookup("localhost", 8443)

    assert addresses[0] == (socket.AF_INET, "127.0.0.1", 8443)


@pytest.mark.parametrize("host", ["nowhere.invalid", "a" * 64 + ".test", "nul\0.test"])
def test_a_name_that_cannot_be_resolved_says_so(host: str) -> None:
    """Also one that no resolver would be asked for."""
    resolver = Resolver()
    resolution = wait(resolver.start(host, 443))
    resolver.close()

    assert resolution.error
    assert resolution.addresses == []


def fail(host: str, port: int) -> list[Address]:
    """A resolver with a fault of its own."""
    raise LookupError


def test_a_fault_of_a_resolver_is_a_failed_look_up() -> None:
    """Or whoever waits for it would wait for ever."""
    resolver = Resolver(fail)
    resolution = wait(resolver.start("a.test", 443))
    resolver.close()

    assert resolution.error == "LookupError"


def test_one_look_up_per_name_at_a_time() -> None:
    """However often it is asked for while it hangs; then a new one may begin."""
    may_end = threading.Event()
    asked: list[str] = []

    def lookup(host: str, port: int) -> list[Address]:
        asked.append(host)
        may_end.wait(LIMIT_S)
        return [(socket.AF_INET, "127.0.0.1", port)]

    resolver = Resolver(lookup)
    first = resolver.start("a.test", 443)
    assert resolver.start("a.test", 443) is first
    other = resolver.start("b.test", 443)
    may_end.set()
    wait(first)
    wait(other)
    second = wait(resolver.start("a.test", 443))
    resolver.drain()
    resolver.drain()
    resolver.close()

    assert second is not first
    assert sorted(asked) == ["a.test", "a.test", "b.test"]


def test_a_look_up_that_ends_after_all_is_over_disturbs_nobody() -> None:
    """Its thread outlives what asked."""
    may_end = threading.Event()

    def lookup(host: str, port: int) -> list[Address]:
        may_end.wait(LIMIT_S)
        return []

    resolver = Resolver(lookup)
    resolution = resolver.start("a.test", 443)
    resolver.close()
    may_end.set()

    assert wait(resolution).error == "the name has no address"

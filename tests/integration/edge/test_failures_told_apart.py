"""Every way in which an origin can fail has its own name, with a detail that an operator can act on."""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Callable

import pytest

from origin_router.edge.exchange import Exchange
from origin_router.routing.config import ProbeConfig
from origin_router.routing.model import Outcome
from tests.integration.edge.conftest import Certificates
from tests.support.edge import Names, ask, config, origin, probe, probing, ref, step_until
from tests.support.origins import FullListener, Origin, Script, unused_port

HALF = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"


def ask_origin(
    port: int, certificates: Certificates, *, probe_config: ProbeConfig | None = None, protocol: str = "https"
) -> Exchange:
    """Probe one origin that listens on a port of loopback."""
    asked = config(origin("origin", protocol=protocol), probe=probe_config or probe(connect_timeout_ms=250))
    with probing(asked, Names(origin=port), certificates.authority.context) as prober:
        return ask(prober)[ref("origin")]


@pytest.mark.parametrize(
    ("certificate", "detail"),
    [
        pytest.param("expired", "certificate: certificate has expired", id="expired"),
        pytest.param("other_host", "certificate: Hostname mismatch.*origin.test", id="wrong-host"),
        pytest.param("stranger", "certificate: unable to get local issuer certificate", id="unknown-authority"),
    ],
)
def test_certificate_problems(certificates: Certificates, certificate: str, detail: str) -> None:
    """CloudFront would answer 502 for each; the operator does something different about each."""
    with Origin(tls=getattr(certificates, certificate)) as server:
        exchange = ask_origin(server.port, certificates)

    assert exchange.outcome is Outcome.TLS
    assert re.match(detail, exchange.detail)
    assert exchange.connect_s is not None
    assert exchange.tls_s is None


@pytest.mark.parametrize(
    "greeting",
    [
        pytest.param(b"HTTP/1.1 400 Bad Request\r\n\r\n", id="plain-http"),
        pytest.param(b"", id="hangs-up-as-a-load-balancer-without-a-backend-does"),
    ],
)
def test_an_origin_that_does_not_speak_tls(certificates: Certificates, greeting: bytes) -> None:
    """Something else listens on a port that is configured as https."""
    with Origin(Script(greeting=greeting)) as server:
        exchange = ask_origin(server.port, certificates)

    assert exchange.outcome is Outcome.TLS
    assert exchange.detail.startswith("handshake: ")


def test_a_stalled_handshake(certificates: Certificates) -> None:
    """Connected, and then nothing: told apart from a port that does not answer, and limited together with it."""
    with Origin(Script(is_stalling_tls=True)) as server:
        exchange = ask_origin(server.port, certificates)

    assert (exchange.outcome, exchange.detail) == (
        Outcome.CONNECT_TIMEOUT,
        "connected, but TLS did not finish within 250 ms",
    )
    assert exchange.connect_s is not None


def test_a_connect_that_is_not_answered(certificates: Certificates) -> None:
    """A port whose queue is full drops what comes, as a firewall does."""
    with FullListener() as listener:
        began_at = time.monotonic()
        exchange = ask_origin(listener.port, certificates)

    assert (exchange.outcome, exchange.detail) == (Outcome.CONNECT_TIMEOUT, "no connection within 250 ms")
    assert time.monotonic() - began_at > 0.24


def test_refused(certificates: Certificates) -> None:
    """Nobody listens."""
    exchange = ask_origin(unused_port(), certificates)

    assert (exchange.outcome, exchange.detail) == (Outcome.REFUSED, "connection refused")


def test_unreachable(certificates: Certificates) -> None:
    """There is no way to the address."""
    with probing(config(origin("origin")), names := Names(), certificates.authority.context) as prober:
        names.set("origin", ("255.255.255.255", 443))
        exchange = ask(prober)[ref("origin")]

    assert exchange.outcome is Outcome.UNREACHABLE
    assert exchange.detail


@pytest.mark.parametrize(
    ("prepare", "detail"),
    [
        pytest.param(lambda names: None, "Name or service not known", id="no-such-name"),
        pytest.param(lambda names: names.set("origin"), "the name has no address", id="no-address"),
        pytest.param(
            lambda names: names.hang("origin"), "name resolution took longer than 250 ms", id="a-resolver-that-hangs"
        ),
    ],
)
def test_name_resolution(certificates: Certificates, prepare: Callable[[Names], None], detail: str) -> None:
    """Unknown, empty, hanging."""
    names = Names()
    prepare(names)
    with probing(config(origin("origin"), probe=probe(connect_timeout_ms=250)), names) as prober:
        exchange = ask(prober)[ref("origin")]

    assert (exchange.outcome, exchange.detail) == (Outcome.DNS, detail)


@pytest.mark.parametrize("protocol", ["https", "http"])
@pytest.mark.parametrize(
    ("script", "outcome", "detail"),
    [
        pytest.param(Script(is_silent=True), Outcome.RESPONSE_TIMEOUT, "no response within 200 ms", id="silent"),
        pytest.param(Script(status=503), Outcome.BAD_STATUS, "status 503 is not expected", id="bad-status"),
        pytest.param(
            Script(raw=b"SSH-2.0-x\r\n"), Outcome.PROTOCOL, "not an HTTP/1.1 response: b'SSH-2.0-x", id="garbage"
        ),
        pytest.param(
            Script(raw=HALF),
            Outcome.PROTOCOL,
            "the connection was closed in the middle of the response",
            id="cut-short",
        ),
        pytest.param(
            Script(raw=HALF, does_reset=True), Outcome.PROTOCOL, "connection lost: |closed in the middle", id="reset"
        ),
        pytest.param(
            Script(raw=b""), Outcome.PROTOCOL, "the origin closed the connection instead of answering", id="no-answer"
        ),
        pytest.param(
            Script(raw=b"HTTP/1.1 200 OK\r\n\r\n", does_reset=False),
            Outcome.OK,
            "",
            id="a-body-without-end-is-an-answer",
        ),
    ],
)
def test_after_the_request(
    certificates: Certificates, protocol: str, script: Script, outcome: Outcome, detail: str
) -> None:
    """What goes wrong once the origin has been asked."""
    with Origin(script, tls=certificates.good if protocol == "https" else None) as server:
        exchange = ask_origin(
            server.port,
            certificates,
            probe_config=probe(method="GET", connect_timeout_ms=5000, response_timeout_ms=200),
            protocol=protocol,
        )

    assert exchange.outcome is outcome
    assert re.search(detail, exchange.detail)


def test_a_good_answer_has_all_its_times(certificates: Certificates) -> None:
    """Each phase for itself."""
    with Origin(Script(delay_s=0.05, tls_delay_s=0.03), tls=certificates.good) as server:
        exchange = ask_origin(server.port, certificates, probe_config=probe())

    assert (exchange.outcome, exchange.status, exchange.withheld) == (Outcome.OK, 200, None)
    assert exchange.dns_s is not None
    assert exchange.connect_s is not None
    assert exchange.tls_s is not None
    assert exchange.tls_s > 0.03
    assert exchange.response_s is not None
    assert exchange.response_s > 0.05


def test_a_response_time_is_exact_while_awake(certificates: Certificates) -> None:
    """Within 2 ms of what the origin took: the best of a few, for a busy machine."""
    with (
        Origin(Script(delay_s=0.03), tls=certificates.good) as server,
        probing(config(origin("origin")), Names(origin=server.port), certificates.authority.context) as prober,
    ):
        errors_s = []
        for _ in range(5):
            response_s = ask(prober)[ref("origin")].response_s
            assert response_s is not None
            errors_s.append(response_s - (server.seen.exchanges[-1].ended_at - server.seen.exchanges[-1].asked_at))

    assert min(map(abs, errors_s)) < 0.002


def test_one_limit_for_tcp_and_tls_together(certificates: Certificates) -> None:
    """A connect that takes 1 s (the kernel asks again) leaves the handshake what is left of 1.3 s."""
    asked = config(origin("origin"), probe=probe(connect_timeout_ms=1300))
    with (
        FullListener() as listener,
        probing(asked, Names(origin=listener.port), certificates.authority.context) as prober,
    ):
        began_at = time.monotonic()
        prober.launch([ref("origin")])
        step_until(prober, lambda _: time.monotonic() > began_at + 0.2)
        listener.drain()
        exchange = ask(prober, [])[ref("origin")]
        took_s = time.monotonic() - began_at

    assert exchange.detail == "connected, but TLS did not finish within 1300 ms"
    assert exchange.connect_s is not None
    assert took_s < exchange.connect_s + 1.2


def test_a_broken_store_of_authorities_is_a_failure_like_any_other() -> None:
    """Nothing but outcomes leaves a probe."""

    def no_context() -> ssl.SSLContext:
        raise FileNotFoundError(2, "No such file or directory")

    with Origin() as server, probing(config(origin("origin")), Names(origin=server.port), no_context) as prober:
        prober.launch([ref("origin")])
        (report,) = step_until(prober, bool)

    assert report.exchange.outcome is Outcome.UNREACHABLE

"""Response times across a pause in which nothing of ours runs, from the real kernel's stamps.

Not calling the prober is all that a stopped process does to it; the kernel goes on.
"""

from __future__ import annotations

import time

import pytest

from origin_router.edge.exchange import Exchange
from origin_router.routing.model import Outcome
from tests.integration.edge.conftest import Certificates
from tests.support.edge import Names, ask, config, origin, probe, probing, ref
from tests.support.invocations import Invocations, SkippingClock
from tests.support.jiffy import jiffy_s
from tests.support.origins import Origin, Script

WEB = ref("origin")
HEAD = b"HTTP/1.1 200 OK\r\n"


def ask_across_a_pause(
    certificates: Certificates, script: Script, *, protocol: str, method: str = "GET", away_s: float = 0.3
) -> tuple[Exchange, bool]:
    """Ask over a standing connection, be away, and read; return the exchange and whether its time is right."""
    invocations = Invocations(SkippingClock())
    asked = config(origin("origin", protocol=protocol), probe=probe(method=method))
    with (
        Origin(tls=certificates.good if protocol == "https" else None) as server,
        probing(asked, Names(origin=server.port), certificates.authority.context, awake=invocations.awake) as prober,
    ):
        ask(prober)
        server.script = script
        before_at = time.monotonic()
        invocations.invoke(prober, [WEB])
        sent_at = (before_at, time.monotonic())
        (report,) = invocations.invoke_until_reported(prober, away_s=away_s, at_most=1)
        took_s = report.exchange.response_s
        is_right = took_s is not None and server.seen.exchanges[-1].has_taken(
            took_s, slack_s=jiffy_s() + 0.002, sent_at=sent_at
        )
        return report.exchange, is_right


@pytest.mark.parametrize("protocol", ["http", "https"])
@pytest.mark.parametrize("method", ["HEAD", "GET"])
@pytest.mark.parametrize("delay_s", [0.0, 0.13])
def test_the_response_time_is_found_across_a_pause(
    certificates: Certificates, protocol: str, method: str, delay_s: float
) -> None:
    """Figure F6: within one jiffy and 2 ms, however long we were away."""
    exchange, is_right = ask_across_a_pause(
        certificates, Script(delay_s=delay_s), protocol=protocol, method=method, away_s=0.15 + 2 * delay_s
    )

    assert (exchange.outcome, exchange.withheld) == (Outcome.OK, None)
    assert is_right, exchange


CHUNKS = (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"2\r\nok\r\n", b"0\r\n\r\n")


def test_the_last_piece_of_an_answer_counts(certificates: Certificates) -> None:
    """A body in pieces ends with its last one, as it does when we are awake."""
    exchange, is_right = ask_across_a_pause(certificates, Script(pieces=CHUNKS, pause_s=0.03), protocol="https")

    assert exchange.withheld is None
    assert is_right, exchange


LENGTH_2 = HEAD + b"Content-Length: 2\r\n\r\nok"


@pytest.mark.parametrize(
    ("protocol", "script"),
    [
        pytest.param(
            "http",
            Script(closes_idle_after_s=0.05, farewell=b"HTTP/1.1 408 Request Timeout\r\n\r\n"),
            id="a-farewell-in-words",
        ),
        pytest.param("https", Script(closes_idle_after_s=0.05), id="the-farewell-of-tls"),
        pytest.param("http", Script(pieces=(LENGTH_2, b"?"), pause_s=0.05), id="more-than-the-body"),
        pytest.param("https", Script(pieces=(LENGTH_2, b"?"), pause_s=0.05), id="more-than-the-body-over-tls"),
        pytest.param("http", Script(pieces=(HEAD + b"\r\n", b"a", b"b"), pause_s=0.04), id="a-body-without-end"),
        pytest.param(
            "https",
            Script(pieces=(HEAD + b"Content-Length: 999999\r\n\r\n", b"a", b"b"), pause_s=0.04),
            id="a-body-too-long-to-read",
        ),
    ],
)
def test_what_came_after_the_answer_is_not_taken_for_it(
    certificates: Certificates, protocol: str, script: Script
) -> None:
    """The kernel tells when it last received something, which was not the answer: the outcome counts alone."""
    exchange, _ = ask_across_a_pause(certificates, script, protocol=protocol)

    assert (exchange.outcome, exchange.response_s, exchange.withheld) == (Outcome.OK, None, "more_after_answer")


@pytest.mark.parametrize("does_reset", [False, True])
def test_a_plain_close_after_the_answer_hides_nothing(certificates: Certificates, does_reset: bool) -> None:
    """The end of a TCP connection is no data: the answer's stamp stands."""
    script = Script(delay_s=0.05, closes_idle_after_s=0.05, does_reset_idle=does_reset)
    exchange, is_right = ask_across_a_pause(certificates, script, protocol="http")

    assert exchange.withheld is None
    assert is_right, exchange


@pytest.mark.parametrize("protocol", ["http", "https"])
def test_an_announced_close_comes_with_the_answer(certificates: Certificates, protocol: str) -> None:
    """An origin that closes after each answer can be measured while frozen too."""
    exchange, is_right = ask_across_a_pause(certificates, Script(is_closing=True, delay_s=0.05), protocol=protocol)

    assert exchange.withheld is None
    assert is_right, exchange


def test_what_arrives_shortly_before_we_are_back_is_withheld(certificates: Certificates) -> None:
    """It might have been held back."""
    exchange, _ = ask_across_a_pause(certificates, Script(delay_s=0.15), protocol="http", away_s=0.17)

    assert (exchange.outcome, exchange.response_s, exchange.withheld) == (Outcome.OK, None, "arrived_at_thaw")


def test_the_time_to_connect_is_found_across_a_pause() -> None:
    """From the kernel's round trip: there is no request to stamp."""
    invocations = Invocations(SkippingClock())
    asked = config(origin("origin"), probe=probe(method="TCP"))
    with Origin() as server, probing(asked, Names(origin=server.port), awake=invocations.awake) as prober:
        invocations.invoke(prober, [WEB])
        (report,) = invocations.invoke_until_reported(prober, away_s=0.15)

    assert (report.exchange.outcome, report.exchange.withheld) == (Outcome.OK, None)
    assert report.exchange.response_s == pytest.approx(0.0, abs=0.002)
    assert report.exchange.connect_s is None

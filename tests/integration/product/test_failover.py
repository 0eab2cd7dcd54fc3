"""One of three origins fails under load, in every way that there is: GET viewers see no error.

The whole product: `origin-router dev` with its origin group, so that CloudFront's second
attempt asks the function again, which then takes its next best origin and remembers.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.configs import on_loopback
from tests.support.origins import Origin, Script
from tests.support.product import Answer, ask, local_edge


class Trio:
    """Three origins, `near` the fastest."""

    def __init__(self) -> None:
        self.origins = {name: Origin(script_of(name, delay_s)) for name, delay_s in DELAYS.items()}
        self._fillers: list[socket.socket] = []

    def close(self) -> None:
        """End all."""
        for origin in self.origins.values():
            origin.stop()
        for filler in self._fillers:
            filler.close()

    def refuse(self) -> None:
        """Connections to `near` are refused, open ones reset."""
        self.origins["near"].stop()

    def blackhole(self) -> None:
        """Nobody answers at `near` any more: its queue of connections is full, so the kernel drops who wants in."""
        self.refuse()
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.origins["near"].port))
        listener.listen(0)
        self._fillers.append(listener)
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
            self._fillers.append(filler)

    def silence(self) -> None:
        """`near` accepts and never answers."""
        self.origins["near"].script.is_silent = True

    def fail(self) -> None:
        """`near` answers 503."""
        self.origins["near"].script.status = 503

    def reset(self) -> None:
        """`near` resets a connection when a request arrives."""
        self.origins["near"].script.does_reset = True


DELAYS = {"near": 0.001, "middle": 0.04, "far": 0.08}


def script_of(name: str, delay_s: float) -> Script:
    return Script(delay_s=delay_s, body=name.encode())


@pytest.fixture
def trio() -> Iterator[Trio]:
    three = Trio()
    yield three
    three.close()


@pytest.mark.parametrize(
    ("fault", "second_attempt"),
    [
        (Trio.refuse, "original"),
        (Trio.blackhole, "original"),
        (Trio.silence, "original"),
        (Trio.fail, "rewritten"),
        (Trio.reset, "rewritten"),
    ],
)
def test_no_viewer_sees_the_failure_of_one_origin(
    trio: Trio, tmp_path: Path, fault: Callable[[Trio], None], second_attempt: str
) -> None:
    """Whichever request CloudFront hands to the second attempt; and soon nobody waits for the dead origin any more."""
    ports = {name: origin.port for name, origin in trio.origins.items()}
    configuration = on_loopback(ports, pool="refresh_s = 2", origin="response_timeout_s = 1")
    (tmp_path / "origin-router.toml").write_text(configuration)
    with local_edge(tmp_path, "--failover", "--second-attempt", second_attempt) as url:
        assert [ask(url)[:2] for _ in range(10)][-1] == (200, "near")

        fault(trio)
        answers: list[Answer] = []
        give_up_at = time.monotonic() + 20
        while len(answers) < 60 and time.monotonic() < give_up_at:
            answers.append(ask(url))
            time.sleep(0.05)

    assert {each.status for each in answers} == {200}
    assert [each.body for each in answers[-20:]] == ["middle"] * 20
    assert max(each.took_s for each in answers[-20:]) < 1.0, "viewers still wait for the dead origin"

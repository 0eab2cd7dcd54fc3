"""Who waits for an endpoint of AWS is told, and not kept waiting for one that never answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest
from botocore import exceptions as botocore
from botocore.hooks import HierarchicalEmitter

from origin_router.aws.reaching import ATTEMPTS, GIVE_UP_S, TELL_AFTER_S, Reaching

URL = "https://sts.us-east-1.amazonaws.com/?Action=X"
ENDPOINT = "https://sts.us-east-1.amazonaws.com"
REFUSED = botocore.EndpointConnectionError(endpoint_url=URL)
SLOW = botocore.ReadTimeoutError(endpoint_url=URL)
BROKEN = botocore.ConnectionClosedError(endpoint_url=URL)


@dataclass
class Running:
    """A timer that a test lets end."""

    call: Callable[[], None]
    is_cancelled: bool = False

    def cancel(self) -> None:
        """Remember it."""
        self.is_cancelled = True


@dataclass
class Wire:
    """Emits what botocore emits."""

    told: list[str] = field(default_factory=list)
    timers: list[Running] = field(default_factory=list)
    now_s: float = 0.0

    def __post_init__(self) -> None:
        self.events = HierarchicalEmitter()
        self.reaching = Reaching(self.told.append, clock=lambda: self.now_s, start_timer=self._start)
        self.reaching.watch(self.events)

    def send(self, url: str = URL) -> None:
        """A request goes out."""
        self.events.emit("before-send.sts.X", request=SimpleNamespace(url=url))

    def end(self, error: Exception | None = None, *, attempts: int = 1, url: str = URL) -> None:
        """It is over."""
        self.events.emit(
            "needs-retry.sts.X", request_dict={"url": url}, attempts=attempts, caught_exception=error, response=None
        )

    def let_time_pass(self) -> None:
        """Let every timer end that was not cancelled."""
        for each in self.timers:
            if not each.is_cancelled:
                each.call()

    def _start(self, after_s: float, call: Callable[[], None]) -> Running:
        assert after_s == TELL_AFTER_S
        self.timers.append(Running(call))
        return self.timers[-1]


def test_silence_is_broken_once() -> None:
    """For each endpoint, not for each request."""
    wire = Wire()
    for _ in range(3):
        wire.send()
    wire.let_time_pass()
    wire.let_time_pass()

    assert wire.told == [f"Trying to reach {ENDPOINT}, no answer yet"]


def test_an_endpoint_that_answers_is_not_mentioned() -> None:
    """Neither then nor later, however slow it is."""
    wire = Wire()
    wire.send()
    wire.end()
    wire.send()
    wire.let_time_pass()

    assert wire.told == []
    assert len(wire.timers) == 1


def test_every_failed_attempt_is_told_and_the_last_one_ends_it() -> None:
    """Instead of boto3's five."""
    wire = Wire()
    for attempt in range(1, ATTEMPTS):
        wire.send()
        wire.end(REFUSED, attempts=attempt)
    wire.send()
    with pytest.raises(botocore.EndpointConnectionError):
        wire.end(REFUSED, attempts=ATTEMPTS)

    assert wire.told == [f"No connection to {ENDPOINT}, trying again ({each} of {ATTEMPTS})" for each in (2, 3)]


@pytest.mark.parametrize("error", [REFUSED, SLOW, BROKEN])
def test_a_long_wait_is_not_repeated(error: Exception) -> None:
    """A minute without an answer is enough."""
    wire = Wire()
    wire.send()
    wire.now_s = GIVE_UP_S
    with pytest.raises(type(error)):
        wire.end(error, attempts=1)


@pytest.mark.parametrize("error", [REFUSED, SLOW, BROKEN])
def test_an_endpoint_that_answered_before_keeps_all_attempts(error: Exception) -> None:
    """A deployment that takes minutes survives a network that is gone for seconds."""
    wire = Wire()
    wire.send()
    wire.end()
    wire.now_s = 2 * GIVE_UP_S
    wire.send()
    wire.end(error, attempts=ATTEMPTS)

    assert wire.told == []


def test_each_endpoint_counts_for_itself() -> None:
    """A Region that is down says nothing about another one."""
    wire = Wire()
    wire.send()
    wire.end()
    wire.send("https://logs.eu-west-1.amazonaws.com/")
    wire.end(REFUSED, url="https://logs.eu-west-1.amazonaws.com/")

    assert wire.told == ["No connection to https://logs.eu-west-1.amazonaws.com, trying again (2 of 3)"]


def test_nothing_is_told_of_who_is_ignored_or_after_the_end() -> None:
    """What a command can do without, and a command that is over."""
    wire = Wire()
    wire.send()
    wire.reaching.close()
    wire.let_time_pass()
    wire.reaching.ignore(wire.events)
    wire.end(REFUSED)
    wire.send("https://other.amazonaws.com/")

    assert wire.told == []
    assert len(wire.timers) == 1

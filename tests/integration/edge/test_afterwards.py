"""The extension against a scripted Extensions API: it works after the answer, and can never hang an environment."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from origin_router.edge.afterwards import Afterwards
from tests.support.extensions_api import LIMIT_S, ExtensionsApi
from tests.support.origins import Origin, Script, unused_port


class Extension:
    """An `Afterwards` with scripted work, and what became of it."""

    def __init__(
        self,
        address: str | None,
        *,
        has_work: Callable[[], bool] = lambda: True,
        work: Callable[[], None] = lambda: None,
        failed: Callable[[str, BaseException], None] | None = None,
        answer_timeout_s: float = LIMIT_S,
    ) -> None:
        self.worked: queue.Queue[float] = queue.Queue()
        self.failures: list[tuple[str, BaseException]] = []
        self.exits: queue.Queue[int] = queue.Queue()
        self._work = work
        self.afterwards = Afterwards(
            address,
            has_work=has_work,
            work=self._note_and_work,
            failed=failed or (lambda where, error: self.failures.append((where, error))),
            exit_process=self.exits.put,
            answer_timeout_s=answer_timeout_s,
        )
        self.afterwards.register()

    def _note_and_work(self) -> None:
        self.worked.put(time.monotonic())
        self._work()

    @property
    def has_worked(self) -> bool:
        return not self.worked.empty()


@contextmanager
def registered(api: ExtensionsApi, **fields: Any) -> Iterator[Extension]:
    """A registered extension that has asked for its first event; at the end the API goes, and the thread with it."""
    extension = Extension(api.address, **fields)
    api.wait_until_asked()
    yield extension
    api.stop()
    assert extension.exits.get(timeout=LIMIT_S) == 1
    for thread in threading.enumerate():
        if thread.name == "afterwards":
            thread.join(LIMIT_S)


@pytest.fixture
def api() -> ExtensionsApi:
    """An API that accepts us. The test's extension stops it."""
    return ExtensionsApi()


def test_it_registers_for_invocations_under_its_name(api: ExtensionsApi) -> None:
    """Internal extensions may have INVOKE events only; being asked for an event comes before the function is ready."""
    with registered(api) as extension:
        ((headers, body),) = api.registrations

        assert extension.afterwards.state == "registered"
        assert headers["Lambda-Extension-Name"] == "origin-router"
        assert body == {"events": ["INVOKE"]}


def test_without_work_it_asks_for_the_next_event_at_once(api: ExtensionsApi) -> None:
    """Also before the handler has answered: an ordinary invocation is not made longer."""
    with registered(api, has_work=lambda: False) as extension:
        for number in range(3):
            api.invoke(f"id-{number}")
            api.wait_until_asked()

        assert not extension.has_worked


def test_it_works_once_the_answer_has_gone(api: ExtensionsApi) -> None:
    """Not before, and it asks for the next event when the work is done."""
    may_end = threading.Event()
    with registered(api, work=lambda: (may_end.wait(LIMIT_S), None)[1]) as extension:
        api.invoke("one")
        assert not api.is_asked_within(0.1)
        assert not extension.has_worked

        answered_at = time.monotonic()
        extension.afterwards.answered("one")
        assert extension.worked.get(timeout=LIMIT_S) - answered_at >= 0.003
        assert not api.is_asked_within(0.05)

        may_end.set()
        api.wait_until_asked()


def test_an_answer_that_was_faster_than_the_event_counts(api: ExtensionsApi) -> None:
    """The handler was done before this thread had its event."""
    with registered(api) as extension:
        extension.afterwards.answered("one")
        api.invoke("one")

        extension.worked.get(timeout=LIMIT_S)
        api.wait_until_asked()


def test_the_answer_to_another_invocation_does_not_count(api: ExtensionsApi) -> None:
    """The last one's id is still there when the next event comes."""
    with registered(api) as extension:
        extension.afterwards.answered("zero")
        api.invoke("one")
        assert not api.is_asked_within(0.1)
        assert not extension.has_worked

        extension.afterwards.answered("one")
        api.wait_until_asked()


def test_an_answer_that_never_comes_is_not_waited_for_for_ever(api: ExtensionsApi) -> None:
    """Longer than a function may run, no handler runs."""
    with registered(api, answer_timeout_s=0.05) as extension:
        api.invoke("one")
        api.wait_until_asked()

        assert not extension.has_worked


@pytest.mark.parametrize("body", [b"", b"not json", b"[]", b'"text"', b"{}", b'{"requestId": ""}'])
def test_an_event_that_is_not_understood_holds_nobody(api: ExtensionsApi, body: bytes) -> None:
    """Whose answer should be waited for?"""
    with registered(api) as extension:
        api.send(body)
        api.wait_until_asked()

        assert not extension.has_worked
        assert extension.failures == []


def fail() -> Any:
    """Work that goes wrong."""
    raise LookupError("scripted")


@pytest.mark.parametrize("broken", ["has_work", "work"])
def test_it_asks_for_the_next_event_whatever_goes_wrong(api: ExtensionsApi, broken: str) -> None:
    """Errors of ours are told, and end nothing."""
    with registered(api, **{broken: fail}) as extension:
        for invocation in ("one", "two"):
            api.invoke(invocation)
            extension.afterwards.answered(invocation)
            api.wait_until_asked()

        assert [(where, str(error)) for where, error in extension.failures] == [("after the answer", "scripted")] * 2


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_cannot_go_on_ends_the_process(api: ExtensionsApi) -> None:
    """Even telling an error fails: Lambda starts a fresh environment."""

    def cannot_tell(where: str, error: BaseException) -> None:
        raise SystemExit

    with registered(api, work=fail, failed=cannot_tell) as extension:
        api.invoke("one")
        extension.afterwards.answered("one")

        assert extension.exits.get(timeout=LIMIT_S) == 1
        extension.exits.put(1)  # what `registered` waits for


def test_an_api_that_is_gone_ends_the_process(api: ExtensionsApi) -> None:
    """There is no way left to let the environment go on."""
    with registered(api) as extension:
        api.stop()
        assert extension.exits.get(timeout=LIMIT_S) == 1
        extension.exits.put(1)

    assert [where for where, _ in extension.failures] == ["asking for the extension's next event"]


@pytest.mark.parametrize(
    ("statuses", "does_recover"),
    [pytest.param([200, 500, 500, 200], True, id="twice"), pytest.param([200, 500, 403, 500], False, id="three-times")],
)
def test_an_api_that_refuses_the_next_event_is_asked_again(statuses: list[int], does_recover: bool) -> None:
    """A few times; then the process ends."""
    answers = iter(statuses)
    api = ExtensionsApi(next_status=lambda: next(answers, 200))
    with registered(api, has_work=lambda: False) as extension:
        api.invoke("one")
        if does_recover:
            api.wait_until_asked()
            assert extension.failures == []
        else:
            assert extension.exits.get(timeout=LIMIT_S) == 1
            assert "answered 500" in str(extension.failures[0][1])
            extension.exits.put(1)


@pytest.mark.parametrize(
    "register",
    [
        pytest.param((403, {}), id="forbidden"),
        pytest.param((200, {}), id="no-identifier"),
        pytest.param((404, {"Lambda-Extension-Identifier": "x"}), id="not-found"),
    ],
)
def test_being_refused_is_an_ordinary_outcome(register: tuple[int, dict[str, str]]) -> None:
    """No thread, no next event, no end of the process."""
    with ExtensionsApi(register=register) as api:
        extension = Extension(api.address)
        extension.afterwards.answered("one")

    assert extension.afterwards.state == "refused"
    assert api.asked == 0
    assert extension.exits.empty()


@pytest.mark.parametrize("address", [None, "", "127.0.0.1", "127.0.0.1:http", f"127.0.0.1:{unused_port()}"])
def test_without_an_api_there_is_no_extension(address: str | None) -> None:
    """Nothing to speak to, or an address that is none."""
    extension = Extension(address)

    assert extension.afterwards.state == "absent"
    assert extension.exits.empty()


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\r\n\r\n", id="empty-lines"),
        pytest.param(b"HTTP/1.1", id="half-a-line"),
        pytest.param(b"HTTP/1.1 2xx OK\r\n\r\n", id="no-status"),
        pytest.param(b"SSH-2.0-OpenSSH\r\n", id="something-else"),
        pytest.param(b"HTTP/1.1 200 OK\r\nLambda-Extension-Identifier: x\r\n", id="cut-short"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n", id="unreadable-length"),
    ],
)
def test_whoever_does_not_speak_the_extensions_api_is_left_alone(answer: bytes) -> None:
    """And the cold start goes on."""
    with Origin(Script(raw=answer)) as server:
        extension = Extension(f"127.0.0.1:{server.port}")

    assert extension.afterwards.state == "absent"


def test_an_api_that_does_not_answer_delays_a_cold_start_by_a_second_at_most() -> None:
    """A call to the same machine takes a millisecond or will take for ever."""
    with Origin(Script(is_silent=True)) as server:
        began_at = time.monotonic()
        extension = Extension(f"127.0.0.1:{server.port}")

    assert extension.afterwards.state == "absent"
    assert time.monotonic() - began_at < 2.0


def test_no_thread_after_registering_ends_the_process() -> None:
    """Registered, and nobody there to ask: the environment would never be used."""
    usual = threading.stack_size()
    more_than_any_machine_has = 2**46
    api = ExtensionsApi(on_register=lambda: threading.stack_size(more_than_any_machine_has))
    try:
        extension = Extension(api.address)
    finally:
        threading.stack_size(usual)
        api.stop()

    assert extension.exits.get_nowait() == 1
    assert api.asked == 0

"""What is told while an endpoint of AWS does not answer, and when it is given up.

boto3 tries again in silence. For an endpoint that has answered before, that is right: it
will again. One that this command never heard of is most likely not to be reached at all, so
somebody without a network, or with a wrong AWS_ENDPOINT_URL, is told at once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from botocore.exceptions import ConnectionError as NoConnectionError
from botocore.exceptions import HTTPClientError

if TYPE_CHECKING:
    from botocore.hooks import BaseEventHooks

TELL_AFTER_S = 1.0
"""With the time that the command takes to start, nobody looks at nothing for more than two seconds. A first answer from
the other side of the world may take as long; then the line is true all the same."""

ATTEMPTS = 3
"""At an endpoint that never answered; botocore waits for at most a tenth of a second, or for three, in between."""

GIVE_UP_S = 15.0
"""No further attempt begins after that: three that time out while they connect take as long."""


def unheard(text: str) -> None:
    """Tell nobody."""


class Timer(Protocol):
    """What ends a wait."""

    def cancel(self) -> None:
        """Call nobody."""


def start_timer(after_s: float, call: Callable[[], None]) -> Timer:
    """Call something later, on a thread that keeps no process alive."""
    timer = threading.Timer(after_s, call)
    timer.daemon = True
    timer.start()
    return timer


class Reaching:
    """Hears of every request that is sent, and of what became of it. Any thread may send."""

    def __init__(
        self,
        tell: Callable[[str], None],
        *,
        clock: Callable[[], float] = time.monotonic,
        start_timer: Callable[[float, Callable[[], None]], Timer] = start_timer,
    ) -> None:
        self._tell = tell
        self._clock = clock
        self._start_timer = start_timer
        self._heard: set[str] = set()
        self._began_at: dict[str, float] = {}
        self._timers: dict[str, Timer] = {}
        self._lock = threading.Lock()

    def watch(self, events: BaseEventHooks) -> None:
        """Listen to a session, before clients are made of it."""
        events.register("before-send", self._sent)
        events.register("needs-retry", self._ended)

    def ignore(self, events: BaseEventHooks) -> None:
        """Do not listen to a client whose answer nobody waits for."""
        events.unregister("before-send", self._sent)
        events.unregister("needs-retry", self._ended)

    def close(self) -> None:
        """Tell nothing any more."""
        with self._lock:
            while self._timers:
                self._timers.popitem()[1].cancel()

    def _sent(self, request: Any, **_: Any) -> None:
        endpoint = _endpoint(request.url)
        with self._lock:
            if endpoint in self._heard or endpoint in self._began_at:
                return
            self._began_at[endpoint] = self._clock()
            self._timers[endpoint] = self._start_timer(TELL_AFTER_S, lambda: self._is_late(endpoint))

    def _ended(self, request_dict: dict[str, Any], attempts: int, caught_exception: Exception | None, **_: Any) -> None:
        """Raises what was caught where boto3 would try again in vain."""
        endpoint = _endpoint(request_dict["url"])
        with self._lock:
            if endpoint in self._heard:
                return
            if endpoint in self._timers:
                self._timers.pop(endpoint).cancel()
            if not isinstance(caught_exception, (HTTPClientError, NoConnectionError)):
                self._heard.add(endpoint)
                return
            elapsed_s = self._clock() - self._began_at.get(endpoint, self._clock())
        if attempts >= ATTEMPTS or elapsed_s >= GIVE_UP_S:
            raise caught_exception
        self._tell(f"No connection to {endpoint}, trying again ({attempts + 1} of {ATTEMPTS})")

    def _is_late(self, endpoint: str) -> None:
        with self._lock:
            if self._timers.pop(endpoint, None) is None:
                return
        self._tell(f"Trying to reach {endpoint}, no answer yet")


def _endpoint(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"

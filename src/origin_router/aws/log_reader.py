"""Reads the logs of all Regions as one stream.

Lambda@Edge writes its logs in the Region that served the request: a dozen places to look
in. Every Region is read at the same time, and what comes back is merged by time.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from origin_router.aws.errors import AwsError, Kind, translated
from origin_router.aws.log_events import LogEvent, read_event
from origin_router.aws.log_merge import Reorder, Seen

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

POLL_S = 2.0
"""Between two looks when following. CloudWatch allows 5 FilterLogEvents calls/s in a Region and account (10 in some):
two log groups every 2 s leave most of that to others."""

SLOWEST_POLL_S = 60.0
"""Between two looks at a source that throttles: doubled each time, up to this."""

LATE_MS = 60_000
"""How far back every look reads again: CloudWatch promises no time of delivery. Later than this, a line is missed."""

REORDER_MS = 2_000
"""How long an event is held back when following, so that another Region's older one can still go first."""

REDISCOVER_S = 30.0
"""Between two searches for log groups when following: a Region has none until it has served a first request."""

OPT_IN_REGIONS = frozenset({"me-central-1"})
"""Not enabled in an account unless somebody did so: a refusal there means that there is nothing to read."""


class Source(NamedTuple):
    """One log group of one Region."""

    region: str
    group: str


@dataclass
class Following:
    """How far one source was read."""

    from_ms: int
    due_at: float = 0.0
    pause_s: float = POLL_S
    seen: Seen = field(default_factory=Seen)


class LogReader:
    """Reads the log groups of one function, wherever there are any. A context manager: it holds threads."""

    def __init__(
        self,
        client: Callable[[str], CloudWatchLogsClient],
        regions: Sequence[str],
        groups: Sequence[str],
        *,
        warn: Callable[[AwsError], None],
        wall: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`client` returns a Region's client; `warn` is told of each Region that cannot be read, once per error."""
        self._clients = {region: client(region) for region in regions}  # here: making clients is not thread-safe
        self._groups = groups
        self._warn = warn
        self._warned: set[str] = set()
        self._wall = wall
        self._sleep = sleep
        self._pool = ThreadPoolExecutor(max_workers=max(1, len(self._clients)), thread_name_prefix="logs")

    def __enter__(self) -> LogReader:
        return self

    def __exit__(self, *error: object) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def find(self) -> list[Source]:
        """Return the log groups that exist. Raises AwsError where no Region could be asked."""
        asked = [(region, self._pool.submit(self._find_in, region)) for region in self._clients]
        found: list[Source] = []
        failures: list[AwsError] = []
        for region, answer in asked:
            try:
                found += answer.result()
            except AwsError as error:
                failures.append(error)
                if not (region in OPT_IN_REGIONS and error.kind is Kind.CREDENTIALS):
                    self._tell(error)
        if failures and len(failures) == len(asked):
            raise failures[0]
        return found

    def read(self, sources: Iterable[Source], since_ms: int, until_ms: int, pattern: str = "") -> Iterator[LogEvent]:
        """Yield everything between two times, in order. A source that fails is told of, and the others go on."""
        started = [self._ahead(self._pages(each, since_ms, until_ms, pattern)) for each in sources]
        return heapq.merge(*started, key=attrgetter("order"))

    def follow(self, since_ms: int) -> Iterator[LogEvent]:
        """Yield everything from a time on, without end, nearly in order."""
        following = {source: Following(since_ms) for source in self.find()}
        reorder = Reorder()
        search_at = self._wall() + REDISCOVER_S
        while True:
            now = self._wall()
            if now >= search_at:
                search_at = now + REDISCOVER_S
                for source in self._find_again():
                    following.setdefault(source, Following(since_ms))
            due = {source: state for source, state in following.items() if state.due_at <= now}
            looks = {source: self._pool.submit(self._look, source, state.from_ms, now) for source, state in due.items()}
            for source, look in looks.items():
                reorder.add(self._settle(due[source], look, now))
            yield from reorder.take(now * 1000 - REORDER_MS)
            self._sleep(POLL_S)

    def _find_again(self) -> list[Source]:
        """A network that is gone for a moment does not end what somebody watches."""
        try:
            return self.find()
        except AwsError:
            return []

    def _find_in(self, region: str) -> list[Source]:
        """Ask for the groups by name: as a prefix, which other routers' names may share."""
        found = []
        for group in self._groups:
            with translated(f"looking for log group {group} in {region}"):
                answer = self._clients[region].describe_log_groups(logGroupNamePrefix=group)
            if any(each.get("logGroupName") == group for each in answer["logGroups"]):
                found.append(Source(region, group))
        return found

    def _look(self, source: Source, from_ms: int, now: float) -> list[LogEvent]:
        return [event for page in self._pages(source, from_ms, int(now * 1000), "") for event in page]

    def _settle(self, state: Following, look: Future[list[LogEvent]], now: float) -> list[LogEvent]:
        """Take one look's result. A failed look leaves its source where it was, and makes it be asked less often."""
        try:
            events = state.seen.new(look.result())
        except AwsError as error:
            state.pause_s = min(2 * state.pause_s, SLOWEST_POLL_S)
            state.due_at = now + state.pause_s
            if error.kind is not Kind.MISSING:
                self._tell(error)
            return []
        state.pause_s = POLL_S
        state.due_at = 0.0
        state.from_ms = max(state.from_ms, int(now * 1000) - LATE_MS)
        state.seen.forget(state.from_ms)
        return events

    def _pages(self, source: Source, since_ms: int, until_ms: int, pattern: str) -> Iterator[list[LogEvent]]:
        """Yield pages as CloudWatch returns them: sorted, often empty, until it names no next one."""
        request: dict[str, Any] = {"logGroupName": source.group, "startTime": since_ms, "endTime": until_ms}
        if pattern:
            request["filterPattern"] = pattern
        while True:
            with translated(f"reading {source.group} in {source.region}"):
                answer = self._clients[source.region].filter_log_events(**request)
            events = [read_event(source.region, source.group, each) for each in answer["events"]]
            yield sorted(events, key=attrgetter("order"))
            if not answer.get("nextToken"):
                return
            request["nextToken"] = answer["nextToken"]

    def _ahead(self, pages: Iterator[list[LogEvent]]) -> Iterator[LogEvent]:
        """Fetch the first page now, and each next one while the last is being used."""
        first = self._pool.submit(next, pages, None)

        def events(page: Future[list[LogEvent] | None]) -> Iterator[LogEvent]:
            try:
                while (fetched := page.result()) is not None:
                    page = self._pool.submit(next, pages, None)
                    yield from fetched
            except AwsError as error:
                self._tell(error)

        return events(first)

    def _tell(self, error: AwsError) -> None:
        if str(error) not in self._warned:
            self._warned.add(str(error))
            self._warn(error)

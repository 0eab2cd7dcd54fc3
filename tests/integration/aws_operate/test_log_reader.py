"""The logs of several Regions, read through the API and merged."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from origin_router.aws.errors import AwsError
from origin_router.aws.log_events import LogEvent
from origin_router.aws.log_reader import LATE_MS, POLL_S, REORDER_MS, LogReader, Source
from origin_router.aws.session import Aws
from tests.support.deployed import write_log

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

CUSTOM, DEFAULT = "/origin-router/shop", "/aws/lambda/us-east-1.origin-router-shop"
REGIONS = ("us-east-1", "eu-central-1", "ap-northeast-1")
START_MS = int(time.time() * 1000) - 600_000
"""CloudWatch takes no events that are too old, so these are of today."""


def write(aws: Aws, region: str, group: str, *events: tuple[int, str], stream: str = "one") -> None:
    """Write (ms after the start, message) events, creating what is missing."""
    write_log(aws, region, group, *((START_MS + at_ms, message) for at_ms, message in events), stream=stream)


class Scripted:
    """A Region's client that does what the test says before it asks the real one."""

    def __init__(self, real: CloudWatchLogsClient, before: Callable[[str], None]) -> None:
        self._real = real
        self._before = before

    def __getattr__(self, name: str) -> Any:
        def call(**arguments: Any) -> Any:
            self._before(name)
            return getattr(self._real, name)(**arguments)

        return call


class Watch:
    """A clock that moves when somebody sleeps, with things that happen at certain times."""

    def __init__(self, *happenings: Callable[[], None]) -> None:
        self.now = START_MS / 1000 + 60
        self._happenings = list(happenings)

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        if self._happenings:
            self._happenings.pop(0)()


def reader(aws: Aws, warnings: list[str] | None = None, watch: Watch | None = None, **arguments: Any) -> LogReader:
    """Return a reader of the three Regions."""
    told = warnings if warnings is not None else []
    clock = watch or Watch()
    given: dict[str, Any] = {"client": aws.logs, "regions": REGIONS, "groups": (CUSTOM, DEFAULT)} | arguments
    return LogReader(**given, warn=lambda error: told.append(str(error)), wall=lambda: clock.now, sleep=clock.sleep)


def messages(events: Iterator[LogEvent], count: int | None = None) -> list[str]:
    """Return the messages, all of them or the first few."""
    return [event.message for event in itertools.islice(events, count)]


def test_groups_are_found_where_they_are(aws: Aws) -> None:
    """A name that only begins like ours is another router's."""
    write(aws, "us-east-1", CUSTOM)
    write(aws, "ap-northeast-1", DEFAULT)
    write(aws, "eu-central-1", f"{CUSTOM}-2")
    with reader(aws) as logs:
        found = logs.find()

    assert [Source("us-east-1", CUSTOM), Source("ap-northeast-1", DEFAULT)] == found


def test_all_regions_and_both_groups_become_one_ordered_stream(aws: Aws) -> None:
    """Whatever the Region, group and environment."""
    write(aws, "us-east-1", CUSTOM, (10, "a"), (40, "d"))
    write(aws, "eu-central-1", CUSTOM, (20, "b"), (60, "f"))
    write(aws, "eu-central-1", CUSTOM, (30, "c"), stream="two")
    write(aws, "ap-northeast-1", DEFAULT, (50, "e"))
    with reader(aws) as logs:
        read = messages(logs.read(logs.find(), START_MS, START_MS + 1_000))

    assert ["a", "b", "c", "d", "e", "f"] == read


def test_only_the_asked_time_is_read(aws: Aws) -> None:
    """From the first to the last millisecond."""
    write(aws, "us-east-1", CUSTOM, (10, "before"), (20, "first"), (30, "last"), (31, "after"))
    with reader(aws) as logs:
        assert ["first", "last"] == messages(logs.read(logs.find(), START_MS + 20, START_MS + 30))


def test_pages_are_followed_to_the_end_also_empty_ones(aws: Aws) -> None:
    """CloudWatch returns empty pages with a token while it searches."""
    write(aws, "us-east-1", CUSTOM, (1, "a"), (2, "b"), (3, "c"))

    class Paged:
        """Cuts the answer into pages of one event, with an empty one before each."""

        def describe_log_groups(self, **arguments: Any) -> Any:
            return aws.logs("us-east-1").describe_log_groups(**arguments)

        def filter_log_events(self, **arguments: Any) -> Any:
            page = int(arguments.pop("nextToken", 0))
            events = aws.logs("us-east-1").filter_log_events(**arguments)["events"]
            shown = [events[page // 2]] if page % 2 else []
            return {"events": shown, **({"nextToken": str(page + 1)} if page < 5 else {})}

    with reader(aws, client=lambda region: Paged(), regions=["us-east-1"]) as logs:
        assert ["a", "b", "c"] == messages(logs.read(logs.find(), START_MS, START_MS + 10))


def failing(aws: Aws, region: str, operation: str, code: str) -> Callable[[str], Any]:
    """Return clients of which one Region's fails in one operation."""

    def fail(name: str) -> None:
        if name == operation:
            raise ClientError({"Error": {"Code": code, "Message": "scripted"}}, operation)

    return lambda asked: Scripted(aws.logs(asked), fail) if asked == region else aws.logs(asked)


@pytest.mark.parametrize("operation", ["describe_log_groups", "filter_log_events"])
def test_a_region_that_cannot_be_read_is_named_and_the_others_are_read(aws: Aws, operation: str) -> None:
    """A missing permission in one Region must not hide the rest, nor itself be hidden."""
    write(aws, "us-east-1", CUSTOM, (1, "a"))
    write(aws, "eu-central-1", CUSTOM, (2, "b"))
    warnings: list[str] = []
    with reader(aws, warnings, client=failing(aws, "eu-central-1", operation, "AccessDeniedException")) as logs:
        assert ["a"] == messages(logs.read(logs.find(), START_MS, START_MS + 10))

    assert 1 == len(warnings)
    assert f"{CUSTOM} in eu-central-1" in warnings[0]


def test_a_region_that_nobody_enabled_is_no_news(aws: Aws) -> None:
    """me-central-1 refuses every account that did not opt in."""
    warnings: list[str] = []
    client = failing(aws, "me-central-1", "describe_log_groups", "UnrecognizedClientException")
    with reader(aws, warnings, client=client, regions=(*REGIONS, "me-central-1")) as logs:
        assert [] == logs.find()

    assert [] == warnings


def test_where_no_region_can_be_read_that_is_an_error(aws: Aws) -> None:
    """Expired credentials fail everywhere: one error, not a list of warnings and an empty log."""
    client = failing(aws, "us-east-1", "describe_log_groups", "ExpiredTokenException")
    with reader(aws, client=client, regions=["us-east-1"]) as logs, pytest.raises(AwsError, match="ExpiredToken"):
        logs.find()


def test_following_shows_each_event_once_and_in_order(aws: Aws) -> None:
    """Every look reads the last minute again, for what came late."""
    write(aws, "us-east-1", CUSTOM, (1_000, "a"))
    watch = Watch(
        lambda: write(aws, "eu-central-1", CUSTOM, (61_000, "c")),
        lambda: write(aws, "us-east-1", CUSTOM, (60_500, "b"), (69_000, "d")),
    )
    write(aws, "eu-central-1", CUSTOM)
    with reader(aws, watch=watch) as logs:
        assert ["a", "b", "c", "d"] == messages(logs.follow(START_MS), 4)

    assert watch.now * 1000 - START_MS >= 69_000 + REORDER_MS


def test_an_event_that_arrives_late_is_still_shown(aws: Aws) -> None:
    """As long as it is not later than the overlap of the looks."""
    late_ms = LATE_MS // 2
    watch = Watch(
        lambda: write(aws, "us-east-1", CUSTOM, (60_000, "on time")),
        lambda: None,
        lambda: write(aws, "us-east-1", CUSTOM, (66_000 - late_ms, "late"), stream="two"),
        lambda: write(aws, "us-east-1", CUSTOM, (70_000, "next")),
    )
    write(aws, "us-east-1", CUSTOM)
    with reader(aws, watch=watch) as logs:
        assert ["on time", "late", "next"] == messages(logs.follow(START_MS), 3)


def test_a_group_that_appears_later_is_followed_too(aws: Aws) -> None:
    """A Region has no log group until it has served its first request."""
    watch = Watch(lambda: write(aws, "ap-northeast-1", CUSTOM, (60_000, "hello")))
    with reader(aws, watch=watch) as logs:
        assert ["hello"] == messages(logs.follow(START_MS), 1)


def test_a_throttled_region_is_asked_less_often_and_nothing_of_it_is_lost(aws: Aws) -> None:
    """What could not be read is read by the next look that succeeds."""
    write(aws, "us-east-1", CUSTOM, (1, "a"), (2, "b"))
    looks: list[float] = []
    watch = Watch()

    def throttle(name: str) -> None:
        if name == "filter_log_events":
            looks.append(watch.now)
            if len(looks) <= 3:
                raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "slow down"}}, name)

    warnings: list[str] = []
    client = Scripted(aws.logs("us-east-1"), throttle)
    with reader(aws, warnings, watch, client=lambda region: client, regions=["us-east-1"]) as logs:
        assert ["a", "b"] == messages(logs.follow(START_MS), 2)

    pauses = [later - earlier for earlier, later in itertools.pairwise(looks)]
    assert [2 * POLL_S, 4 * POLL_S, 8 * POLL_S] == pauses
    assert 1 == len(warnings)

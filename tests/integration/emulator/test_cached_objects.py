"""Objects through their life at the edge: kept, expired, confirmed, stale, collapsed, in parts."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace

import pytest
from aiohttp import web

from origin_router.emulator.distribution.managed import CACHE_POLICIES
from origin_router.emulator.distribution.model import Behavior, Distribution
from origin_router.emulator.distribution.policies import NO_REQUEST_POLICY, CachePolicy
from tests.support.edge_lab import PLACEHOLDER, UNCHANGED, Lab, RunningEdge

PLAIN = Behavior(target=PLACEHOLDER, cache=CachePolicy(default_ttl_s=0, max_ttl_s=1_000), request=NO_REQUEST_POLICY)
"""No cookies are forwarded, so that expired objects are asked about by condition."""


@dataclass
class Clock:
    """A wall clock that a test moves."""

    now_s: float = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now_s


@dataclass
class Scripted:
    """An origin that answers as told, and remembers what it was asked."""

    headers: dict[str, str] = field(default_factory=lambda: {"Cache-Control": "max-age=60", "ETag": '"one"'})
    status: int = 200
    body: bytes = b"0123456789"
    asked: list[web.BaseRequest] = field(default_factory=list)
    gate: asyncio.Event | None = None
    """Answers wait for it."""

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        self.asked.append(request)
        if self.gate is not None:
            await self.gate.wait()
        if self.status == 200 and request.headers.get("If-None-Match") == self.headers.get("ETag", "-"):
            return web.Response(status=304, headers=self.headers | {"X-Confirmed": "yes"})
        return web.Response(status=self.status, body=self.body, headers=self.headers)

    @property
    def count(self) -> int:
        return len(self.asked)


@dataclass
class Setting:
    """An edge, its origin and its clock."""

    edge: RunningEdge
    origin: Scripted
    clock: Clock

    async def words(self, path: str = "/a", **options: object) -> tuple[int, str]:
        """Status and CloudFront's word for where the answer came from."""
        answer = await self.edge.get(path, **options)
        return answer.status, answer.headers["X-Cache"].split()[0]


async def setting(lab: Lab, behavior: Behavior = PLAIN, *, source: str = UNCHANGED, **about: object) -> Setting:
    origin, clock = Scripted(), Clock()
    await lab.origin(origin)
    distribution = Distribution(behaviors=(behavior,), **about)  # type: ignore[arg-type]
    return Setting(await lab.edge(source, distribution=distribution, now=clock), origin, clock)


async def test_an_expired_object_is_confirmed_by_its_origin(lab: Lab) -> None:
    """304 makes it fresh again, with new headers; the viewer gets all of it, as RefreshHit."""
    at = await setting(lab)
    assert await at.words() == (200, "Miss")
    at.clock.now_s += 60

    answer = await at.edge.get("/a")

    assert (answer.status, answer.body) == (200, at.origin.body)
    assert answer.headers["X-Cache"] == "RefreshHit from cloudfront"
    assert answer.headers["X-Confirmed"] == "yes"
    assert at.edge.log()[1]["x-edge-result-type"] == "RefreshHit"
    assert at.origin.asked[1].headers["If-None-Match"] == '"one"'
    at.clock.now_s += 59
    assert await at.words() == (200, "Hit")
    assert at.origin.count == 2


async def test_an_expired_object_that_has_changed_is_replaced(lab: Lab) -> None:
    """200 is a miss like any other."""
    at = await setting(lab)
    await at.words()
    at.clock.now_s += 60
    at.origin.headers["ETag"], at.origin.body = '"two"', b"new"

    assert await at.words() == (200, "Miss")
    assert (await at.edge.get("/a")).body == b"new"
    assert at.origin.count == 2


async def test_no_condition_where_cookies_are_forwarded(lab: Lab) -> None:
    """As the guide says."""
    at = await setting(lab, replace(PLAIN, cache=CACHE_POLICIES["4cc15a8a-d715-48a4-82b8-cc0b614638fe"]))
    await at.words()
    at.clock.now_s += 60

    assert await at.words() == (200, "Miss")
    assert "If-None-Match" not in at.origin.asked[1].headers


async def test_the_function_sees_the_condition(lab: Lab) -> None:
    """If-None-Match is in the event, and read-only there; origin-response sees the 304."""
    at = await setting(
        lab,
        replace(PLAIN, origin_response=PLAIN.origin_request),
        source="""
def handler(event, context):
    cf = event["Records"][0]["cf"]
    if "response" in cf:
        cf["response"]["headers"]["x-status"] = [{"value": cf["response"]["status"]}]
        return cf["response"]
    return cf["request"]
""",
    )
    await at.words()
    at.clock.now_s += 60

    answer = await at.edge.get("/a")
    assert (answer.headers["X-Cache"].split()[0], answer.headers["X-Status"]) == ("RefreshHit", "304")


async def test_stale_while_revalidate(lab: Lab) -> None:
    """Viewers get the stale object at once, the origin is asked once behind their backs."""
    at = await setting(lab)
    at.origin.headers = {"Cache-Control": "max-age=60, stale-while-revalidate=30"}
    await at.words()
    at.clock.now_s += 70
    at.origin.gate, at.origin.body = asyncio.Event(), b"new"

    for _ in range(3):
        answer = await at.edge.get("/a")
        assert (answer.body, answer.headers["X-Cache"]) == (b"0123456789", "Hit from cloudfront")
    at.origin.gate.set()
    async with asyncio.timeout(5):
        while (await at.edge.get("/a")).body != b"new":
            await asyncio.sleep(0.01)

    assert at.origin.count == 2
    at.clock.now_s += 90
    assert (await at.words())[1] == "Miss"


@pytest.mark.parametrize("is_down", [False, True])
async def test_a_stale_object_stands_in_for_an_error(lab: Lab, is_down: bool) -> None:
    """A 5xx or no answer: the stale object, and the origin is left alone for the error caching time."""
    at = await setting(lab)
    at.origin.headers["Connection"] = "close"
    await at.words()
    at.clock.now_s += 60
    at.origin.status = 503
    if is_down:
        lab.resolve["origin.test:80"] = ("127.0.0.1", 9)

    assert await at.words() == (200, "Hit")
    at.clock.now_s += 9
    asked = at.origin.count
    assert await at.words() == (200, "Hit")
    assert at.origin.count == asked
    at.clock.now_s += 2
    await at.words()
    assert at.origin.count == asked + (0 if is_down else 1)
    at.clock.now_s += 1_000
    assert (await at.words())[0] in (502, 503)


async def test_stale_if_error_ends_it(lab: Lab) -> None:
    """0 means never; a 4xx is always an answer."""
    at = await setting(lab, error_caching_s=0)
    at.origin.headers["Cache-Control"] = "max-age=60, stale-if-error=0"
    await at.words()
    at.origin.headers["Cache-Control"] = "max-age=60"
    await at.words("/b")
    at.clock.now_s += 61
    at.origin.status = 503
    assert await at.words() == (503, "Error")
    at.origin.status, at.origin.headers = 404, {}
    assert await at.words("/b") == (404, "Error")


async def test_equal_requests_share_one_fetch(lab: Lab) -> None:
    """One invocation, one request to the origin; the others are hits."""
    at = await setting(lab)
    at.origin.gate = asyncio.Event()
    asking = [asyncio.create_task(at.words()) for _ in range(5)]
    asking.append(asyncio.create_task(at.words("/other")))
    async with asyncio.timeout(5):
        while at.origin.count < 2:
            await asyncio.sleep(0.005)
    at.origin.gate.set()
    *equal, other = await asyncio.gather(*asking)

    assert sorted(equal) == [(200, "Hit")] * 4 + [(200, "Miss")]
    assert (other, at.origin.count) == ((200, "Miss"), 2)


async def test_what_cannot_be_kept_is_asked_for_by_each(lab: Lab) -> None:
    """Those who waited go on at once and together."""
    at = await setting(lab)
    at.origin.headers = {"Cache-Control": "private"}
    at.origin.gate = asyncio.Event()
    asking = [asyncio.create_task(at.words()) for _ in range(3)]
    async with asyncio.timeout(5):
        while at.origin.count < 1:
            await asyncio.sleep(0.005)
    at.origin.gate.set()

    assert await asyncio.gather(*asking) == [(200, "Miss")] * 3
    assert at.origin.count == 3


async def test_a_viewer_that_gives_up_does_not_take_the_others_along(lab: Lab) -> None:
    """The first one leaves while the origin thinks."""
    at = await setting(lab)
    at.origin.gate = asyncio.Event()
    first = asyncio.create_task(at.words())
    async with asyncio.timeout(5):
        while at.origin.count < 1:
            await asyncio.sleep(0.005)
    second = asyncio.create_task(at.words())
    await asyncio.sleep(0.02)
    first.cancel()
    at.origin.gate.set()

    async with asyncio.timeout(5):
        assert (await second)[0] == 200


async def test_disabled_caching_collapses_nothing(lab: Lab) -> None:
    """Each request is its own."""
    at = await setting(lab, replace(PLAIN, cache=CachePolicy(default_ttl_s=0, max_ttl_s=0)))

    await asyncio.gather(at.words(), at.words())

    assert at.origin.count == 2


async def test_ranges_of_a_kept_object(lab: Lab) -> None:
    """From the cache, without the origin."""
    at = await setting(lab)
    await at.words()

    part = await at.edge.get("/a", headers={"Range": "bytes=2-4"})
    beyond = await at.edge.get("/a", headers={"Range": "bytes=20-"})
    known = await at.edge.get("/a", headers={"If-None-Match": '"one"'})

    assert (part.status, part.body, part.headers["Content-Range"]) == (206, b"234", "bytes 2-4/10")
    assert part.headers["Content-Length"] == "3"
    assert (beyond.status, known.status, known.body) == (416, 304, b"")
    assert at.origin.count == 1


async def test_a_range_is_kept_as_such(lab: Lab) -> None:
    """The origin's 206 answers the same range again, and nothing else."""
    at = await setting(lab)
    at.origin.status, at.origin.body = 206, b"234"
    at.origin.headers |= {"Content-Range": "bytes 2-4/10"}
    wanted = {"Range": "bytes=2-4"}

    assert await at.words(headers=wanted) == (206, "Miss")
    assert at.origin.asked[0].headers["Range"] == "bytes=2-4"
    assert await at.words(headers=wanted) == (206, "Hit")
    await at.words(headers={"Range": "bytes=0-1"})
    await at.words()
    assert at.origin.count == 3


async def test_an_origin_without_ranges(lab: Lab) -> None:
    """Its whole object is sent and kept, and ranges come from that afterwards."""
    at = await setting(lab)

    assert await at.words(headers={"Range": "bytes=2-4"}) == (200, "Miss")
    assert await at.words(headers={"Range": "bytes=2-4"}) == (206, "Hit")
    assert at.origin.count == 1


async def test_headers_that_do_not_reach_viewers(lab: Lab) -> None:
    """Set-Cookie where no cookie is forwarded; of Vary only what is forwarded."""
    at = await setting(lab)
    at.origin.headers |= {"Set-Cookie": "a=1", "Vary": "Accept-Encoding, X-Own, Origin"}

    answer = await at.edge.get("/a")

    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Vary"] == "Accept-Encoding"


async def test_the_minimum_ttl_is_stronger_than_no_store(lab: Lab) -> None:
    """As with the managed policy CachingOptimized."""
    at = await setting(lab, replace(PLAIN, cache=CACHE_POLICIES["658327ea-f89d-4fab-a63d-7e88639e58f6"]))
    at.origin.headers = {"Cache-Control": "no-store"}

    assert [await at.words(), await at.words()] == [(200, "Miss"), (200, "Hit")]
    at.clock.now_s += 1
    assert await at.words() == (200, "Miss")

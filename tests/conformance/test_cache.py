"""What is cached."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace

from aiohttp import web

from origin_router.emulator.distribution.model import Behavior, Distribution
from origin_router.emulator.distribution.policies import NO_REQUEST_POLICY, CachePolicy
from tests.conformance.program import PROGRAM, code
from tests.conformance.statements import states
from tests.support.edge_lab import PLACEHOLDER, UNCHANGED, Lab, RunningEdge

POLICY = CachePolicy(min_ttl_s=0, default_ttl_s=100, max_ttl_s=1_000)


@dataclass
class Site:
    """An edge with an origin that counts, and a clock that a test moves."""

    edge: RunningEdge
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200
    count: int = 0
    now_s: float = 1_700_000_000.0
    gate: asyncio.Event | None = None
    conditions: list[str | None] = field(default_factory=list)

    async def word(self, path: str = "/", **options: object) -> str:
        return (await self.edge.get(path, **options)).headers["X-Cache"].split()[0]


async def site(
    lab: Lab, cache: CachePolicy = POLICY, *, source: str = UNCHANGED, headers: dict[str, str] | None = None
) -> Site:
    made: list[Site] = []

    async def origin(request: web.BaseRequest) -> web.Response:
        made[0].count += 1
        made[0].conditions.append(request.headers.get("If-None-Match"))
        if made[0].gate is not None:
            await made[0].gate.wait()
        if request.headers.get("If-None-Match") == made[0].headers.get("ETag", "-"):
            return web.Response(status=304, headers=made[0].headers)
        return web.Response(status=made[0].status, text="0123456789", headers=made[0].headers)

    await lab.origin(origin)
    behavior = Behavior(target=PLACEHOLDER, cache=cache, request=NO_REQUEST_POLICY)
    edge = await lab.edge(source, distribution=Distribution(behaviors=(behavior,)), now=lambda: made[0].now_s)
    made.append(Site(edge, headers or {}))
    return made[0]


async def fresh_for(at: Site, seconds: float) -> bool:
    """Whether an object is fresh exactly so long."""
    path = f"/{at.count}"
    await at.edge.get(path)
    at.now_s += seconds - 1
    was_fresh = seconds <= 0 or await at.word(path) == "Hit"
    at.now_s += 1
    return was_fresh and await at.word(path) != "Hit"


@states("cache", "CFDG Expiration")
async def test_max_age(lab: Lab) -> None:
    """max-age counts, between minimum and maximum TTL."""
    at = await site(lab, replace(POLICY, min_ttl_s=50))
    for told, expected in ((60, 60), (10, 50), (5_000, 1_000)):
        at.headers = {"Cache-Control": f"max-age={told}"}
        assert await fresh_for(at, expected)


@states("cache", "CFDG Expiration")
async def test_order(lab: Lab) -> None:
    """s-maxage counts before max-age, and max-age before Expires."""
    at = await site(lab)
    at.headers = {"Cache-Control": "max-age=60, s-maxage=30", "Expires": "Tue, 14 Nov 2023 23:13:20 GMT"}
    assert await fresh_for(at, 30)
    at.headers["Cache-Control"] = "max-age=60"
    assert await fresh_for(at, 60)


@states("cache", "CFDG Expiration")
async def test_default(lab: Lab) -> None:
    """Without Cache-Control and Expires the default TTL counts, or the minimum if that is greater."""
    assert await fresh_for(await site(lab), 100)
    assert await fresh_for(await site(lab, replace(POLICY, min_ttl_s=200)), 200)


@states("cache", "CFDG Expiration")
async def test_no_store(lab: Lab) -> None:
    """no-cache, no-store and private keep an object out, unless the minimum TTL is greater than 0."""
    for directive in ("no-cache", "no-store", "private"):
        headers = {"Cache-Control": directive}
        assert await fresh_for(await site(lab, headers=headers), 0)
        assert await fresh_for(await site(lab, replace(POLICY, min_ttl_s=5), headers=headers), 5)


@states("cache", "CFDG cache-key-understand-cache-policy")
async def test_disabled(lab: Lab) -> None:
    """With all TTLs 0 nothing is cached."""
    at = await site(lab, CachePolicy(default_ttl_s=0, max_ttl_s=0), headers={"Cache-Control": "max-age=60"})

    assert [await at.word(), await at.word()] == ["Miss", "Miss"]


@states("cache", "CFDG Expiration, RequestAndResponseBehaviorCustomOrigin")
async def test_revalidation(lab: Lab) -> None:
    """An expired object is asked about with If-None-Match; 304 makes it fresh, as RefreshHit."""
    at = await site(lab, headers={"Cache-Control": "max-age=60", "ETag": '"1"'})
    await at.word()
    at.now_s += 60

    assert [await at.word(), await at.word()] == ["RefreshHit", "Hit"]
    assert at.conditions == [None, '"1"']


@states("cache", "CFDG Expiration")
async def test_stale_while_revalidate(lab: Lab) -> None:
    """stale-while-revalidate serves the stale object while it is asked for again."""
    at = await site(lab, headers={"Cache-Control": "max-age=60, stale-while-revalidate=30"})
    await at.word()
    at.now_s += 80
    at.gate = asyncio.Event()

    assert await at.word() == "Hit"
    at.gate.set()


@states("cache", "CFDG Expiration")
async def test_stale_if_error(lab: Lab) -> None:
    """When the origin fails, a stale object is served, up to stale-if-error or the maximum TTL."""
    at = await site(lab, headers={"Cache-Control": "max-age=60, stale-if-error=100"})
    await at.word()
    at.status, at.now_s = 503, at.now_s + 159

    assert (await at.edge.get()).status == 200
    at.now_s += 11
    assert (await at.edge.get()).status == 503


@states("cache", "CFDG HTTPStatusCodes")
async def test_errors(lab: Lab) -> None:
    """Errors 404, 414 and 500 to 504 are kept for the error caching minimum TTL, 10 s by default."""
    at = await site(lab)
    for at.status in (404, 500, 503):
        count = at.count
        await at.edge.get(f"/{at.status}")
        at.now_s += 9
        await at.edge.get(f"/{at.status}")
        assert at.count == count + 1
        at.now_s += 1
        await at.edge.get(f"/{at.status}")
        assert at.count == count + 2


@states("cache", "CFDG HTTPStatusCodes")
async def test_errors_on_request(lab: Lab) -> None:
    """400, 403, 405, 412 and 415 are kept only where Cache-Control says for how long."""
    at = await site(lab)
    at.status = 403
    await at.word()
    await at.word()
    assert at.count == 2
    at.headers = {"Cache-Control": "max-age=60"}
    await at.word("/kept")
    await at.word("/kept")
    assert at.count == 3


@states("cache", "CFDG RequestAndResponseBehaviorCustomOrigin")
async def test_collapsing(lab: Lab) -> None:
    """Equal requests at the same time share one fetch, and hence one invocation."""
    at = await site(lab, headers={"Cache-Control": "max-age=60"})
    at.gate = asyncio.Event()
    asking = [asyncio.create_task(at.word()) for _ in range(4)]
    while not at.count:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    at.gate.set()

    assert sorted(await asyncio.gather(*asking)) == ["Hit", "Hit", "Hit", "Miss"]
    assert at.count == 1


@states("cache", "CFDG RequestAndResponseBehaviorCustomOrigin")
async def test_no_collapsing(lab: Lab) -> None:
    """Where caching is disabled, requests do not share."""
    at = await site(lab, CachePolicy(default_ttl_s=0, max_ttl_s=0))
    await asyncio.gather(at.word(), at.word())

    assert at.count == 2


@states("cache", "CFDG RangeGETs")
async def test_ranges(lab: Lab) -> None:
    """A range of a cached object comes from the cache; ranges that overlap or descend get the whole object."""
    at = await site(lab)
    await at.word()
    part = await at.edge.get(headers={"Range": "bytes=1-2"})
    whole = await at.edge.get(headers={"Range": "bytes=5-6,1-2"})

    assert (part.status, part.text, whole.status, at.count) == (206, "12", 200, 1)


@states("cache", "CFDG lambda-cloudfront-trigger-events")
async def test_generated(lab: Lab) -> None:
    """A response that the function generated is cached like an origin's."""
    at = await site(lab, replace(POLICY, headers=frozenset({"x-code"})), source=PROGRAM)
    made = code("result = {'status': '200', 'headers': {'cache-control': [{'value': 'max-age=60'}]}}")

    assert [await at.word(headers=made), await at.word(headers=made)] == ["Miss", "Hit"]


@states("cache", "derived from CFDG understanding-the-cache-key")
async def test_key_without_origin(lab: Lab) -> None:
    """The key does not know the chosen origin: what one served is served for all."""
    at = await site(lab, replace(POLICY, headers=frozenset({"x-code"})), source=PROGRAM)
    await lab.origin(lambda _: _other(), host="other.test")
    choosing = code(
        "import time; second = int(time.time()) % 2;"
        "request['origin']['custom']['domainName'] = 'origin.test' if second else 'other.test'"
    )

    assert [await at.word(headers=choosing), await at.word(headers=choosing)] == ["Miss", "Hit"]


async def _other() -> web.Response:
    return web.Response(text="other", headers={"Cache-Control": "max-age=60"})

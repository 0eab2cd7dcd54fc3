"""What is cached."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from origin_router.emulator.distribution.model import ErrorResponse
from origin_router.emulator.distribution.policies import EVERYTHING, CachePolicy
from tests.conformance.program import PROGRAM, code
from tests.conformance.site import POLICY, Site, site
from tests.conformance.statements import states
from tests.support.edge_lab import Lab


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


@states("cache", "CFDG RequestAndResponseBehaviorCustomOrigin")
async def test_revalidation_by_time(lab: Lab) -> None:
    """Where an object has no ETag, If-Modified-Since asks about it."""
    modified = {"Last-Modified": "Tue, 14 Nov 2023 10:00:00 GMT"}
    at = await site(lab, headers={"Cache-Control": "max-age=60", **modified})
    await at.word()
    at.now_s += 60

    assert [await at.word(), await at.word()] == ["RefreshHit", "Hit"]


@states("cache", "CFDG RequestAndResponseBehaviorCustomOrigin")
async def test_no_revalidation_with_cookies(lab: Lab) -> None:
    """Where cookies are forwarded, an expired object is asked for anew."""
    policy = replace(POLICY, cookies=EVERYTHING)
    at = await site(lab, policy, headers={"Cache-Control": "max-age=60", "ETag": '"1"'})
    await at.word()
    at.now_s += 60

    assert await at.word() == "Miss"
    assert at.conditions == [None, None]


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
    """Where caching is disabled or cookies are forwarded, requests do not share."""
    for policy in (CachePolicy(default_ttl_s=0, max_ttl_s=0), replace(POLICY, cookies=EVERYTHING)):
        at = await site(lab, policy)
        await asyncio.gather(at.word(), at.word())

        assert at.count == 2


@states("cache", "CFDG lambda-cloudfront-trigger-events")
async def test_generated(lab: Lab) -> None:
    """A response that the function generated is cached like an origin's."""
    at = await site(lab, replace(POLICY, headers=frozenset({"x-code"})), source=PROGRAM)
    made = code("result = {'status': '200', 'headers': {'cache-control': [{'value': 'max-age=60'}]}}")

    assert [await at.word(headers=made), await at.word(headers=made)] == ["Miss", "Hit"]


@states("cache", "CFDG GeneratingCustomErrorResponses")
async def test_error_response(lab: Lab) -> None:
    """A custom error response answers with its page and its status, and is kept for its own minimum TTL."""
    page = ErrorResponse(status=404, page="/sorry", answered_status=200, min_ttl_s=30)
    at = await site(lab, error_responses=(page,))
    at.status, at.statuses = 404, {"/sorry": 200}
    answer = await at.edge.get("/missing")
    assert (answer.status, answer.text) == (200, "0123456789")
    asked = at.asked.count("/missing")
    at.now_s += 29
    await at.edge.get("/missing")
    assert at.asked.count("/missing") == asked
    at.now_s += 1
    await at.edge.get("/missing")
    assert at.asked.count("/missing") == asked + 1

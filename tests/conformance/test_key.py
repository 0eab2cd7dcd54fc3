"""What tells objects apart, and which part of them a viewer gets."""

from __future__ import annotations

from dataclasses import replace

from aiohttp import web

from origin_router.emulator.distribution.managed import CACHE_POLICIES, REQUEST_POLICIES
from origin_router.emulator.distribution.policies import CachePolicy, listed
from origin_router.emulator.distribution.read import parse_distribution
from tests.conformance.program import PROGRAM, code
from tests.conformance.site import POLICY, site
from tests.conformance.statements import states
from tests.support.distribution_parts import CACHING_OPTIMIZED
from tests.support.edge_lab import Lab
from tests.support.small_distribution import answer, behavior


@states("key", "CFDG understanding-the-cache-key")
async def test_key(lab: Lab) -> None:
    """Headers, cookies and query parameters of the cache policy tell objects apart, others do not."""
    policy = CachePolicy(headers=frozenset({"x-in"}), cookies=listed("in"), query=listed("in"))
    at = await site(lab, policy)
    await at.word("/?in=1&out=1", headers={"X-In": "1", "X-Out": "1", "Cookie": "in=1; out=1"})

    same = {"X-In": "1", "X-Out": "2", "Cookie": "out=2; in=1"}
    assert await at.word("/?in=1&out=2", headers=same) == "Hit"
    assert await at.word("/?in=2", headers=same) == "Miss"
    assert await at.word("/?in=1", headers=same | {"X-In": "2"}) == "Miss"
    assert await at.word("/?in=1", headers=same | {"Cookie": "in=2"}) == "Miss"


@states("key", "CFDG ServingCompressedFiles")
async def test_variants(lab: Lab) -> None:
    """Accept-Encoding is reduced to what the policy caches, br and gzip, and each of the results has its object."""
    at = await site(lab, replace(POLICY, has_gzip=True, has_brotli=True), headers={"Vary": "Accept-Encoding"})
    words = [
        await at.word(headers={"Accept-Encoding": accepted})
        for accepted in ("gzip, br", "br;q=1.0,gzip;q=0.5", "gzip, deflate", "gzip", "identity", "deflate, br;q=0")
    ]

    assert words == ["Miss", "Hit", "Miss", "Hit", "Miss", "Hit"]


@states("key", "CFDG using-managed-cache-policies, using-managed-origin-request-policies")
async def test_managed_policies(lab: Lab) -> None:
    """The managed policies are known by their ids."""
    for id_ in CACHE_POLICIES:
        parse_distribution(answer(DefaultCacheBehavior=behavior(CachePolicyId=id_)), "x.json")
    for id_ in REQUEST_POLICIES:
        parse_distribution(answer(DefaultCacheBehavior=behavior(OriginRequestPolicyId=id_)), "x.json")
    at = await site(lab, CACHE_POLICIES[CACHING_OPTIMIZED], headers={"Cache-Control": "no-store"})

    assert [await at.word(), await at.word()] == ["Miss", "Hit"]  # its minimum TTL is 1 s
    at.now_s += 1
    assert await at.word() == "Miss"


@states("key", "CFDG RangeGETs")
async def test_ranges(lab: Lab) -> None:
    """A range of a cached object comes from the cache; ranges that overlap or descend get the whole object."""
    at = await site(lab)
    await at.word()
    part = await at.edge.get(headers={"Range": "bytes=1-2"})
    whole = await at.edge.get(headers={"Range": "bytes=5-6,1-2"})

    assert (part.status, part.text, whole.status, at.count) == (206, "12", 200, 1)


@states("key", "CFDG RangeGETs")
async def test_several_ranges(lab: Lab) -> None:
    """Several ranges in ascending order come as multipart/byteranges."""
    at = await site(lab)
    await at.word()
    found = await at.edge.get(headers={"Range": "bytes=1-2,5-6"})

    assert (found.status, at.count) == (206, 1)
    assert found.headers["Content-Type"].startswith("multipart/byteranges; boundary=")
    assert [part.split("\r\n\r\n")[1][:2] for part in found.text.split("Content-Range: ")[1:]] == ["12", "56"]


@states("key", "CFDG RangeGETs")
async def test_range_of_what_is_not_cached(lab: Lab) -> None:
    """A range of what is not cached is asked from the origin as a range; it is kept, and is not the object."""
    at = await site(lab)
    ranged = {"Range": "bytes=1-2"}
    first, second = await at.edge.get(headers=ranged), await at.edge.get(headers=ranged)

    assert [(each.status, each.text) for each in (first, second)] == [(206, "12")] * 2
    assert second.headers["X-Cache"] == "Hit from cloudfront"
    assert ((await at.edge.get()).text, at.ranges) == ("0123456789", ["bytes=1-2", None])


@states("key", "CFDG RangeGETs")
async def test_impossible_range(lab: Lab) -> None:
    """A range beyond the object is 416."""
    at = await site(lab)
    await at.word()

    assert (await at.edge.get(headers={"Range": "bytes=10-"})).status == 416


@states("key", "derived from CFDG understanding-the-cache-key")
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

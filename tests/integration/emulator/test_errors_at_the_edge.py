"""Errors of origins: how long they are kept, and the pages that are configured in their place."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from aiohttp import web

from origin_router.emulator.distribution.model import Behavior, Distribution, ErrorResponse
from origin_router.emulator.distribution.policies import NO_REQUEST_POLICY, CachePolicy
from origin_router.emulator.placeholder import Connection
from tests.support.edge_lab import HOST, PLACEHOLDER, UNCHANGED, Lab, RunningEdge

PLAIN = Behavior(target=PLACEHOLDER, cache=CachePolicy(default_ttl_s=0), request=NO_REQUEST_POLICY)
NOT_FOUND_PAGE = ErrorResponse(status=404, page="/404.html", answered_status=200)
UNAVAILABLE_PAGE = ErrorResponse(status=503, page="/sorry.html", answered_status=503, min_ttl_s=0)


class Failing:
    """Fails as the path says (`/404`), serves the pages, counts by path."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}

    async def __call__(self, request: web.BaseRequest) -> web.Response:
        path = request.path
        self.counts[path] = self.counts.get(path, 0) + 1
        if path.endswith(".html"):
            return web.Response(text=f"page {path}", headers={"X-Page": "yes", "Cache-Control": "max-age=9"})
        return web.Response(status=int(path.strip("/")[:3]), text="the origin's", headers={"X-Own": "1"})


async def edge_with(lab: Lab, *responses: ErrorResponse, now: object = None, **about: object) -> RunningEdge:
    distribution = Distribution(behaviors=(PLAIN,), error_responses=responses, **about)  # type: ignore[arg-type]
    return await lab.edge(UNCHANGED, distribution=distribution, **({"now": now} if now else {}))  # type: ignore[arg-type]


async def test_an_error_is_kept_for_a_while(lab: Lab) -> None:
    """Ten seconds by default; those that are not in CloudFront's list are not kept."""
    origin = Failing()
    await lab.origin(origin)
    now = [1_000_000.0]
    edge = await edge_with(lab, now=lambda: now[0])

    for path in ("/503", "/503", "/404", "/404", "/403", "/403"):
        answer = await edge.get(path)
        assert (answer.status, answer.text) == (int(path[1:]), "the origin's")
        assert answer.headers["X-Cache"] == "Error from cloudfront"
    assert origin.counts == {"/503": 1, "/404": 1, "/403": 2}
    now[0] += 10
    await edge.get("/503")
    assert origin.counts["/503"] == 2


async def test_cloudfronts_own_error_is_kept_too(lab: Lab) -> None:
    """Each viewer gets the page with an id of its own."""
    edge = await edge_with(lab)
    lab.resolve[f"{HOST}:80"] = ("127.0.0.1", 9)

    first, second = await edge.get(), await edge.get()

    assert (first.status, second.status) == (502, 502)
    assert second.headers["X-Amz-Cf-Id"] in second.text
    assert first.headers["X-Amz-Cf-Id"] not in second.text
    assert [len(entry["lambda-ms"]) for entry in edge.log()] == [1, 0]


async def test_an_error_of_the_function_is_not_kept(lab: Lab) -> None:
    """The next viewer has a chance."""
    edge = await lab.edge(
        "def handler(event, context): raise ValueError", distribution=Distribution(behaviors=(PLAIN,))
    )

    await edge.get()
    await edge.get()

    assert [len(entry["lambda-ms"]) for entry in edge.log()] == [1, 1]


async def test_a_configured_page_answers(lab: Lab) -> None:
    """With its own status; it is fetched through the function, and kept under both paths."""
    origin = Failing()
    await lab.origin(origin)
    edge = await edge_with(lab, NOT_FOUND_PAGE)

    answers = [await edge.get("/404"), await edge.get("/404"), await edge.get("/404?other")]

    for answer in answers:
        assert (answer.status, answer.text) == (200, "page /404.html")
        assert answer.headers["X-Page"] == "yes"
    assert answers[0].headers["X-Cache"] == "Error from cloudfront"
    assert origin.counts == {"/404": 1, "/404.html": 1}
    assert len(edge.log()[0]["lambda-ms"]) == 2


async def test_a_page_in_place_of_an_unreachable_origin(lab: Lab) -> None:
    """The page comes from another behavior's origin; the error is not kept where its time is 0."""
    await lab.origin(Failing(), host="pages.test")
    pages = replace(PLACEHOLDER, domain="pages.test")
    edge = await lab.edge(
        distribution=Distribution(
            behaviors=(replace(PLAIN, target=pages, path_pattern="*.html"), PLAIN),
            error_responses=(replace(UNAVAILABLE_PAGE, status=502),),
        )
    )
    lab.resolve[f"{HOST}:80"] = ("127.0.0.1", 9)

    for _ in range(2):
        answer = await edge.get("/x")
        assert (answer.status, answer.text) == (503, "page /sorry.html")
    assert edge.log()[1]["x-edge-result-type"] == "Error"
    assert len(edge.log()[1]["lambda-ms"]) == 1


async def test_a_page_that_fails_itself(lab: Lab) -> None:
    """Then its failure is the answer."""
    await lab.origin(Failing())
    edge = await edge_with(lab, ErrorResponse(status=404, page="/500", answered_status=200))

    assert (await edge.get("/404")).status == 500


async def test_no_page_when_the_function_is_throttled(lab: Lab) -> None:
    """CloudFront's limits are told as they are."""
    distribution = Distribution(behaviors=(PLAIN,), error_responses=(UNAVAILABLE_PAGE,))
    edge = await lab.edge(
        "import time\ndef handler(event, context): time.sleep(0.5)", distribution=distribution, limit=1
    )

    _, answer = await asyncio.gather(edge.get("/a"), edge.get("/b"))
    throttled = next(each for each in (_, answer) if "LambdaLimitExceeded" in each.headers["X-Cache"])

    assert throttled.status == 503
    assert "throttled" in throttled.text


@pytest.mark.parametrize(
    ("method", "attempts", "asked"), [("GET", 3, 3), ("HEAD", 2, 2), ("POST", 3, 1), ("OPTIONS", 3, 1), ("GET", 1, 1)]
)
async def test_a_silent_origin_is_asked_again(lab: Lab, method: str, attempts: int, asked: int) -> None:
    """GET and HEAD as often as connection attempts say; 504 in the end."""
    count = 0

    async def silent(request: web.BaseRequest) -> web.Response:
        nonlocal count
        count += 1
        await asyncio.sleep(5)
        return web.Response()

    await lab.origin(silent)
    origin = replace(PLACEHOLDER, read_timeout_s=1, connection=Connection(timeout_s=1, attempts=attempts))
    edge = await lab.edge("""
def handler(event, context):
    return event["Records"][0]["cf"]["request"]
""", behavior=replace(PLAIN, target=origin, cached_methods=frozenset({"GET", "HEAD"})))  # fmt: skip

    assert (await edge.ask(method)).status == 504
    assert count == asked


async def test_the_completion_timeout_counts_for_all_attempts(lab: Lab) -> None:
    """Three attempts of 1 s, ended after 1 s in all; a body that drips is cut."""

    async def dripping(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/silent":
            await asyncio.sleep(5)
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(50):
            await response.write(b"x")
            await asyncio.sleep(0.1)
        return response

    await lab.origin(dripping)
    origin = replace(
        PLACEHOLDER, read_timeout_s=1, completion_timeout_s=1, connection=Connection(timeout_s=1, attempts=3)
    )
    edge = await lab.edge(behavior=replace(PLAIN, target=origin))
    began = asyncio.get_running_loop().time()

    assert (await edge.get("/silent")).status == 504
    assert asyncio.get_running_loop().time() - began < 2
    with pytest.raises(Exception, match="payload"):
        await edge.get("/drip")

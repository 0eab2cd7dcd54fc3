"""Origin groups and the second trigger."""

from __future__ import annotations

from dataclasses import replace

import pytest
from aiohttp import web

from origin_router.config import ConfigError
from origin_router.emulator.distribution.model import WITHOUT_BODY, Behavior, OriginGroup
from origin_router.emulator.distribution.read import parse_distribution
from tests.conformance.program import PROGRAM, code
from tests.conformance.statements import states
from tests.support.distribution_parts import listed
from tests.support.edge_lab import PLACEHOLDER, Handler, Lab, RunningEdge, hello, silent
from tests.support.small_distribution import answer, behavior

PRIMARY, SECONDARY = (replace(PLACEHOLDER, domain=f"{name}.test") for name in ("primary", "secondary"))


def answering(status: int) -> Handler:
    async def origin(request: web.BaseRequest) -> web.Response:
        return web.Response(status=status, text="primary")

    return origin


async def group(lab: Lab, primary: Handler | None, *criteria: int, **behavior: object) -> RunningEdge:
    lab.resolve["primary.test:80"] = ("127.0.0.1", 9)
    if primary is not None:
        await lab.origin(primary, host="primary.test")
    await lab.origin(hello, host="secondary.test")
    target = OriginGroup(primary=PRIMARY, secondary=SECONDARY, criteria=frozenset(criteria or (500, 502, 503, 504)))
    return await lab.edge(PROGRAM, behavior=Behavior(target=target, **behavior))  # type: ignore[arg-type]


@states("failover", "CFDG high_availability_origin_failover")
def test_group() -> None:
    """A group has two origins, and its criteria are some of 400, 403, 404, 416, 429, 500, 502, 503 and 504."""
    allowed = (400, 403, 404, 416, 429, 500, 502, 503, 504)
    document = answer(OriginGroups=listed(grouped("two", statuses=allowed)), DefaultCacheBehavior=behavior("both"))
    target = parse_distribution(document, "x").distribution.behaviors[0].target

    assert isinstance(target, OriginGroup)
    assert target.criteria == set(allowed)
    for wrong in (grouped(), grouped("two", "two"), grouped("two", statuses=(401,))):
        with pytest.raises(ConfigError, match=r"OriginGroups\.Items"):
            parse_distribution(answer(OriginGroups=listed(wrong)), "x")


def grouped(*others: str, statuses: tuple[int, ...] = (500,)) -> dict[str, object]:
    return {
        "Id": "both",
        "FailoverCriteria": {"StatusCodes": listed(*statuses)},
        "Members": listed(*({"OriginId": id_} for id_ in ("one", *others))),
    }


@states("failover", "CFDG high_availability_origin_failover")
async def test_no_memory(lab: Lab) -> None:
    """Every request begins at the primary: earlier failures are not remembered."""
    count = 0

    async def failing(request: web.BaseRequest) -> web.Response:
        nonlocal count
        count += 1
        return web.Response(status=503)

    edge = await group(lab, failing)
    for number in range(3):
        assert (await edge.get(f"/?{number}")).status == 200

    assert count == 3


@states("failover", "CFDG high_availability_origin_failover")
async def test_criteria(lab: Lab) -> None:
    """A status among the criteria leads to the secondary, any other is the answer."""
    for status, goes_on in ((404, True), (429, True), (500, False), (200, False)):
        edge = await group(lab, answering(status), 404, 429)
        assert (await edge.get()).status == (200 if goes_on else status)


@states("failover", "CFDG high_availability_origin_failover")
async def test_connect_failure(lab: Lab) -> None:
    """Failing to connect counts only where 503 is among the criteria."""
    assert (await (await group(lab, None, 503)).get()).status == 200
    assert (await (await group(lab, None, 500, 502, 504)).get()).status == 502


@states("failover", "CFDG high_availability_origin_failover")
async def test_response_timeout(lab: Lab) -> None:
    """A response timeout counts only where 504 is among the criteria."""
    assert (await (await group(lab, silent, 504)).get()).status == 200
    assert (await (await group(lab, silent, 500, 502, 503)).get()).status == 504


@states("failover", "CFDG high_availability_origin_failover")
async def test_methods(lab: Lab) -> None:
    """Only GET, HEAD and OPTIONS fail over."""
    edge = await group(lab, answering(503))
    statuses = {
        method: (await edge.ask(method)).status
        for method in ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
    }

    assert {method for method, status in statuses.items() if status == 200} == {"GET", "HEAD", "OPTIONS"}


@states("failover", "CFDG high_availability_origin_failover")
async def test_options(lab: Lab) -> None:
    """OPTIONS fails over only where it is a cached method."""
    edge = await group(lab, answering(503), cached_methods=frozenset({"GET", "HEAD"}))

    assert (await edge.ask("OPTIONS")).status == 503


@states("failover", "CFDG high_availability_origin_failover")
async def test_second_invocation(lab: Lab) -> None:
    """The function is invoked again for the secondary, and sees it as the origin."""
    edge = await group(lab, answering(503))
    source = "request['uri'] = '/' + request['origin']['custom']['domainName']"

    assert (await edge.get(headers=code(source))).text == "hello GET /secondary.test"
    assert len(edge.log()[0]["lambda-ms"]) == 2


@states("failover", "CFDG high_availability_origin_failover")
async def test_both_fail(lab: Lab) -> None:
    """When the secondary fails too, its failure is the answer."""
    edge = await group(lab, answering(500))
    await lab.origin(answering(503), host="secondary.test")

    assert (await edge.get()).status == 503


RESPONDING = Behavior(target=PLACEHOLDER, origin_response=WITHOUT_BODY)


async def responding(lab: Lab, status: int = 200, headers: dict[str, str] | None = None) -> RunningEdge:
    async def origin(request: web.BaseRequest) -> web.Response:
        return web.Response(status=status, headers=headers)

    await lab.origin(origin)
    return await lab.edge(PROGRAM, behavior=RESPONDING)


@states("failover", "CFDG edge-function-restrictions-all")
async def test_response_for_errors(lab: Lab) -> None:
    """Origin-response runs for every response of an origin, errors included."""
    for status in (200, 301, 404, 500, 503):
        edge = await responding(lab, status)
        await edge.get()
        assert len(edge.log()[0]["lambda-ms"]) == 2


@states("failover", "CFDG lambda-cloudfront-trigger-events")
async def test_response_on_hits(lab: Lab) -> None:
    """Origin-response does not run on cache hits."""
    edge = await responding(lab, headers={"Cache-Control": "max-age=60"})
    await edge.get()
    await edge.get()

    assert [len(entry["lambda-ms"]) for entry in edge.log()] == [2, 0]


@states("failover", "CFDG lambda-cloudfront-trigger-events")
async def test_response_on_generated(lab: Lab) -> None:
    """Origin-response does not run for responses that origin-request generated."""
    edge = await responding(lab)
    await edge.get(headers=code("result = {'status': '200'}"))

    assert len(edge.log()[0]["lambda-ms"]) == 1


@states("failover", "derived from CFDG lambda-cloudfront-trigger-events")
async def test_response_on_failure(lab: Lab) -> None:
    """Origin-response does not run when there is no response of an origin."""
    edge = await lab.edge(PROGRAM, behavior=RESPONDING)
    await edge.get()

    assert len(edge.log()[0]["lambda-ms"]) == 1


@states("failover", "CFDG lambda-cloudfront-trigger-events")
async def test_one_function_for_both(lab: Lab) -> None:
    """The same version may be on both triggers."""
    edge = await responding(lab)
    await edge.get()

    assert edge.only.invocations == 2

"""IncludeBody: what the function sees of a body, and what the origin gets all the same."""

from __future__ import annotations

import base64
import io
from dataclasses import replace

import pytest
from aiohttp import web

from origin_router.emulator.distribution.model import Behavior, Trigger
from tests.support.edge_lab import PLACEHOLDER, Lab

WITH_BODY = Behavior(target=PLACEHOLDER, origin_request=Trigger(includes_body=True))
LIMIT = 1_048_576

TELLING = """
import base64
import io
def handler(event, context):
    request = event["Records"][0]["cf"]["request"]
    body = request["body"]
    size = len(base64.b64decode(body["data"]))
    told = f"{size} {body['inputTruncated']} {body['encoding']} {body['action']}"
    request["headers"]["x-told"] = [{"value": told}]
    return request
"""


async def receiving(request: web.BaseRequest) -> web.Response:
    body = b"".join([chunk async for chunk in request.content.iter_any()])
    return web.Response(
        body=body[:10] + body[-10:], headers={"X-Size": str(len(body)), "X-Told": request.headers["X-Told"]}
    )


@pytest.mark.parametrize(
    ("size", "told"),
    [
        (0, "0 False base64 read-only"),
        (5, "5 False base64 read-only"),
        (LIMIT, f"{LIMIT} False base64 read-only"),
        (LIMIT + 1, f"{LIMIT} True base64 read-only"),
        (5 * LIMIT, f"{LIMIT} True base64 read-only"),
    ],
)
async def test_the_function_sees_one_megabyte_and_the_origin_gets_everything(lab: Lab, size: int, told: str) -> None:
    """Cut for the function only."""
    await lab.origin(receiving)
    edge = await lab.edge(TELLING, behavior=WITH_BODY)
    body = b"begin" + b"x" * (size - 8) + b"end" if size > 8 else b"x" * size

    answer = await edge.ask("POST", data=io.BytesIO(body))

    assert answer.headers["X-Told"] == told
    assert int(answer.headers["X-Size"]) == size
    assert answer.body == body[:10] + body[-10:]


async def test_a_replaced_body_goes_instead(lab: Lab) -> None:
    """As base64 or text, also where the trigger does not include the body."""
    await lab.origin(receiving)
    source = TELLING.replace(
        "    return request",
        f"    request['body'] = {{'action': 'replace', 'data': '{base64.b64encode(b'new').decode()}'"
        ", 'encoding': 'base64'}\n    return request",
    )
    edge = await lab.edge(source, behavior=WITH_BODY)

    answer = await edge.ask("PUT", data=b"old and longer")

    assert (answer.body, answer.headers["X-Size"]) == (b"newnew", "3")


async def test_without_include_body_there_is_none(lab: Lab) -> None:
    """The key is not in the event."""
    await lab.origin(receiving)
    edge = await lab.edge("""
def handler(event, context):
    request = event["Records"][0]["cf"]["request"]
    request["headers"]["x-told"] = [{"value": str("body" in request)}]
    return request
""", behavior=replace(WITH_BODY, origin_request=Trigger()))  # fmt: skip

    assert (await edge.ask("POST", data=b"x")).headers["X-Told"] == "False"

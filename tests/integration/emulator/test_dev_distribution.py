"""`dev` with a distribution's JSON, with our function or anybody's."""

from __future__ import annotations

import json
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from tests.support.dev_process import start_dev, told_by
from tests.support.distribution_parts import ALL_VIEWER, custom_origin, listed
from tests.support.edge_lab import Lab, hello
from tests.support.small_distribution import answer, behavior, function

FUNCTION = """
def handler(event, context):
    request = event["Records"][0]["cf"]["request"]
    request["headers"]["x-function"] = [{"value": context.function_name}]
    return request
"""
CONFIG = """
name = "shop"
pool = "web"
[[pools.web.origins]]
id = "one"
host = "one.example.com"
port = 80
protocol = "http"
[[pools.web.origins]]
id = "two"
host = "two.example.com"
port = 80
protocol = "http"
"""
HTTP = {"OriginProtocolPolicy": "http-only"}


def origins() -> dict[str, Any]:
    return listed(*(custom_origin(id_, f"{id_}.example.com", custom=HTTP) for id_ in ("one", "two")))


@asynccontextmanager
async def running(directory: Path, *arguments: str | Path) -> AsyncIterator[str]:
    """The URL of the only edge."""
    process = await start_dev(directory, "--json", *arguments)
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        yield (await told_by(process))["edges"][0]["url"]
    finally:
        process.terminate()
        (directory / "stderr").write_bytes(await process.stderr.read())
        await process.stdout.read()
        await process.wait()


async def get(url: str, **options: Any) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(url, **options) as response:
        return response.status, await response.text()


async def served(lab: Lab) -> list[str]:
    """Both origins: one tells what the function made of the request, the other greets. Returns `--resolve` options."""

    async def telling(request: web.BaseRequest) -> web.Response:
        return web.Response(text=f"one {request.raw_path} {request.headers.get('X-Function')}")

    for id_, handler in (("one", telling), ("two", hello)):
        await lab.origin(handler, host=f"{id_}.example.com")
    return [text for name, (address, port) in lab.resolve.items() for text in ("--resolve", f"{name}={address}:{port}")]


def written(directory: Path, name: str, document: Any) -> Path:
    path = directory / name
    path.write_text(json.dumps(document))
    return path


async def test_any_function_with_any_distribution(lab: Lab) -> None:
    """Behaviors by path, each with its origin; the function where it is associated; methods as allowed."""
    document = answer(
        Origins=origins(),
        DefaultCacheBehavior=behavior(LambdaFunctionAssociations=listed(function()), OriginRequestPolicyId=ALL_VIEWER),
        CacheBehaviors=listed(behavior("two", PathPattern="/two/*", Compress=True)),
        DefaultRootObject="index.html",
    )
    with zipfile.ZipFile(lab.directory / "auth.zip", "w") as archive:
        archive.writestr("app.py", FUNCTION)
    arguments: tuple[str | Path, ...] = (
        *("--distribution-config", written(lab.directory, "distribution.json", document)),
        *("--function-zip", lab.directory / "auth.zip", "--handler", "app.handler"),
        *await served(lab),
    )
    async with running(lab.directory, *arguments) as url:
        assert await get(f"{url}/a") == (200, "one /a us-east-1.auth")
        assert await get(url) == (200, "one /index.html us-east-1.auth")
        assert await get(f"{url}/two/a?b=c") == (200, "hello GET /two/a")
        async with aiohttp.ClientSession() as session, session.post(f"{url}/a") as response:
            assert response.status == 403

    told = (lab.directory / "stderr").read_text()
    assert "distribution.json: warning: DistributionConfig.CacheBehaviors.Items[0].Compress: is not emulated" in told


async def test_the_router_is_put_on_a_distribution_without_functions(lab: Lab) -> None:
    """On the default behavior, with its placeholders in a group; other behaviors stay; the user is told."""
    (lab.directory / "origin-router.toml").write_text(CONFIG)
    document = answer(Origins=origins(), CacheBehaviors=listed(behavior("two", PathPattern="/two/*")))
    path = written(lab.directory, "distribution.json", document)
    async with running(lab.directory, "--distribution-config", path, *await served(lab)) as url:
        status, text = await get(f"{url}/a")
        assert status == 200
        assert text in ("one /a None", "hello GET /a")
        assert (await get(f"{url}/two/x"))[1] == "hello GET /two/x"

    assert "the router is put on the default one" in (lab.directory / "stderr").read_text()


@pytest.mark.parametrize("are_tagged", [False, True])
async def test_the_router_on_origins_that_do_not_tell_the_attempt(lab: Lab, *, are_tagged: bool) -> None:
    """A function that cannot tell the second attempt may choose the dead origin again: the user is told what to do."""
    (lab.directory / "origin-router.toml").write_text(CONFIG)
    tags = [{"HeaderName": "X-Origin-Router-Attempt", "HeaderValue": number} for number in ("1", "2")]
    tagged = [
        custom_origin(id_, f"{id_}.example.com", custom=HTTP, **({"CustomHeaders": listed(tag)} if are_tagged else {}))
        for id_, tag in zip(("one", "two"), tags, strict=True)
    ]
    document = answer(
        Origins=listed(*tagged),
        DefaultCacheBehavior=behavior("both", LambdaFunctionAssociations=listed(function())),
    )
    path = written(lab.directory, "distribution.json", document)
    async with running(lab.directory, "--distribution-config", path, *await served(lab)):
        pass

    told = (lab.directory / "stderr").read_text()
    assert ("distribution.json: warning: Origins: one, two: without the custom header" in told) is not are_tagged


async def test_a_custom_header_of_the_routers_own_name_is_refused(lab: Lab) -> None:
    """As deployment refuses it; before anything is served."""
    (lab.directory / "origin-router.toml").write_text(CONFIG)
    stamp = listed({"HeaderName": "X-Origin-Router", "HeaderValue": "mine"})
    document = answer(
        Origins=listed(
            custom_origin("one", "one.example.com", custom=HTTP),
            custom_origin("two", "two.example.com", custom=HTTP, CustomHeaders=stamp),
        ),
        DefaultCacheBehavior=behavior("both", LambdaFunctionAssociations=listed(function())),
    )
    path = written(lab.directory, "distribution.json", document)
    process = await start_dev(lab.directory, "--distribution-config", path)
    out, error = await process.communicate()

    assert (process.returncode, out) == (1, b"")
    assert b"distribution.json: Origins: two: the custom header x-origin-router is a name that the router uses" in error


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("--function-zip", "auth.zip", "--handler", "app.other.handler"), 1, "has no module app.other (for"),
        (("--function-zip", "auth.zip", "--handler", "handler"), 1, "is not of the form MODULE.FUNCTION"),
        (("--function-zip", "none.zip", "--handler", "app.handler"), 2, "none.zip: cannot be read"),
        (("--function-zip", "bad.zip", "--handler", "app.handler"), 1, "bad.zip: is not a zip"),
        (("--function-zip", "auth.zip"), 2, "go together"),
        (("--function-zip", "auth.zip", "--handler", "app.handler"), 2, "needs --distribution-config"),
        (("--policy", "x.json"), 2, "--policy is for what --distribution-config names"),
        (("--ca-file", "none.pem"), 2, "none.pem: there is no such file"),
        (("--resolve", "a.test"), 2, "is not of the form HOST[:PORT]=ADDRESS[:PORT]"),
        (("--resolve", "a.test=b.test"), 2, "is not an IP address"),
        (("--distribution-config", "bad.json", "--function-zip", "auth.zip", "--handler", "app.handler"), 1, "missing"),
    ],
)  # fmt: skip
async def test_mistakes(lab: Lab, arguments: tuple[str, ...], code: int, message: str) -> None:
    """One line each, no traceback."""
    with zipfile.ZipFile(lab.directory / "auth.zip", "w") as archive:
        archive.writestr("app.py", FUNCTION)
    (lab.directory / "bad.zip").write_text("no zip")
    written(lab.directory, "bad.json", answer(DefaultCacheBehavior=behavior("missing", CachePolicyId="what")))
    process = await start_dev(lab.directory, *arguments)
    out, error = await process.communicate()

    assert (process.returncode, out) == (code, b"")
    assert message in error.decode().replace("\n", " ")
    assert "Traceback" not in error.decode()

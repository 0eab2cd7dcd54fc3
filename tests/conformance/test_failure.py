"""What happens when the function fails."""

from __future__ import annotations

import asyncio
from pathlib import Path

from origin_router.emulator.distribution.model import Behavior, Distribution, ErrorResponse
from tests.conformance.program import PROGRAM, code
from tests.conformance.statements import states
from tests.support.edge_lab import HOST, PLACEHOLDER, UNCHANGED, Answer, Lab, hello

INVALID_JSON = "The Lambda function returned invalid JSON: "


async def page(lab: Lab, source: str, *, response: str = "") -> Answer:
    """The answer to a request whose function does this."""
    await lab.origin(hello)
    edge = await lab.edge(PROGRAM, on_origin_response=bool(response))
    return await edge.get(headers=code(source, response=response))


@states("failure", "CFDG http-502-bad-gateway")
async def test_validation(lab: Lab) -> None:
    """A result that breaks a rule is 502 with X-Cache: LambdaValidationError from CloudFront."""
    answer = await page(lab, "result = {'status': 1}")

    assert (answer.status, answer.headers["X-Cache"]) == (502, "LambdaValidationError from CloudFront")


@states("failure", "CFDG http-503-service-unavailable")
async def test_exception(lab: Lab) -> None:
    """An exception is 503 with X-Cache: LambdaExecutionError from CloudFront, and a page that names function and
    permissions.
    """
    answer = await page(lab, "raise ValueError")

    assert (answer.status, answer.headers["X-Cache"]) == (503, "LambdaExecutionError from CloudFront")
    assert "The Lambda function associated with the CloudFront distribution is invalid or doesn't have" in answer.text


@states("failure", "CFDG http-503-service-unavailable")
async def test_timeout(lab: Lab) -> None:
    """A timeout of the function is 503."""
    edge = await lab.edge("import time\ndef handler(event, context): time.sleep(5)", timeout_s=0.2)

    assert (await edge.get()).status == 503


@states("failure", "CFDG http-503-service-unavailable")
async def test_failed_init(lab: Lab) -> None:
    """A function that cannot be imported is 503, and is tried again for the next request."""
    source = """
from pathlib import Path
if not Path("mended").exists():
    raise ImportError
def handler(event, context):
    return {"status": "200"}
"""
    edge = await lab.edge(source)
    answer = await edge.get()
    assert (answer.status, answer.headers["X-Cache"]) == (503, "LambdaExecutionError from CloudFront")
    (lab.directory / "edge-1" / "task" / "mended").touch()

    assert (await edge.get("/?2")).status == 200


@states("failure", "CFDG http-503-service-unavailable")
async def test_throttled(lab: Lab) -> None:
    """A throttled function is 503 with X-Cache: LambdaLimitExceeded from CloudFront."""
    edge = await lab.edge("import time\ndef handler(event, context): time.sleep(0.5)", limit=1)
    answers = await asyncio.gather(edge.get("/?1"), edge.get("/?2"))

    throttled = [each for each in answers if each.headers["X-Cache"] == "LambdaLimitExceeded from CloudFront"]
    assert [each.status for each in throttled] == [503]


@states("failure", "CFDG lambda-at-edge-function-restrictions")
async def test_placeholder_dns(lab: Lab) -> None:
    """When the configured origin's name does not resolve, it is 502 and the function is not invoked."""
    edge = await lab.edge(UNCHANGED)
    del lab.resolve[f"{HOST}:80"]

    assert (await edge.get()).status == 502
    assert (edge.log()[0]["x-edge-detailed-result-type"], edge.log()[0]["lambda-ms"]) == ("OriginDnsError", [])
    assert edge.log()[0]["r-host"] == HOST


@states("failure", "CFDG lambda-at-edge-function-restrictions")
async def test_chosen_dns(lab: Lab) -> None:
    """A rewritten name is resolved again, after the function."""
    await lab.origin(hello)
    edge = await lab.edge(PROGRAM)

    assert (await edge.get(headers=code("request['origin']['custom']['domainName'] = 'nowhere.test'"))).status == 502
    assert len(edge.log()[0]["lambda-ms"]) == 1


@states("failure", "practice")
async def test_text_not_an_object(lab: Lab) -> None:
    """The page says: invalid JSON, the output must be an object type."""
    assert INVALID_JSON + "The JSON output must be an object type." in (await page(lab, "result = []")).text


@states("failure", "practice")
async def test_text_body(lab: Lab) -> None:
    """The page says: the body is not a string, is not an object, or exceeds the maximum size."""
    answer = await page(lab, "result = {'status': '200', 'body': 1}")

    assert (
        "The Lambda function result failed validation: The body is not a string, is not an object, or exceeds"
        in answer.text
    )


@states("failure", "practice")
async def test_text_header_array(lab: Lab) -> None:
    """The page says: each header entry in the headers object must be an array."""
    answer = await page(lab, "request['headers']['x-a'] = {'value': '1'}")

    assert (
        "invalid entry in the headers object: Each header entry in the headers object must be an array." in answer.text
    )


@states("failure", "practice")
async def test_text_read_only(lab: Lab) -> None:
    """The page says: the function tried to add, delete, or change a read-only header."""
    answer = await page(lab, "del request['headers']['via']")

    assert "The function tried to add, delete, or change a read-only header." in answer.text


@states("failure", "practice")
async def test_text_domain(lab: Lab) -> None:
    """The page says: invalid origin configuration, the value of DomainName is invalid."""
    answer = await page(lab, "request['origin']['custom']['domainName'] = '192.0.2.1'")

    assert "returned an invalid origin configuration: The value of DomainName is invalid." in answer.text


@states("failure", "CFDG lambda-edge-testing-debugging")
async def test_validation_log(lab: Lab, tmp_path: Path) -> None:
    """What was wrong with a result is written to the log group /aws/cloudfront/LambdaEdge/DISTRIBUTION of the
    executing Region, with both ids of the request.
    """
    edge = await lab.edge(PROGRAM, log_directory=tmp_path / "logs")
    source = "open('id', 'w').write(context.aws_request_id); del request['headers']['via']"
    answer = await edge.get(headers=code(source))
    group = tmp_path / "logs" / "eu-central-1" / "aws" / "cloudfront" / "LambdaEdge" / "EDFDVBD6EXAMPLE.log"

    text = group.read_text()
    assert "the function tried to delete read-only header, headerName : via" in text
    assert f"x-amz-cf-id: {answer.headers['X-Amz-Cf-Id']}" in text
    assert f"Lambda request id: {(lab.directory / 'edge-1' / 'task' / 'id').read_text()}" in text


@states("failure", "CFDG lambda-cloudfront-trigger-events")
async def test_duration(lab: Lab) -> None:
    """CloudFront waits for the function: its whole duration is added to the request."""
    await lab.origin(hello)
    edge = await lab.edge(PROGRAM)
    await edge.get(headers=code("import time; time.sleep(0.2)"))

    assert edge.log()[0]["time-to-first-byte"] >= 0.2


@states("failure", "practice")
async def test_error_page(lab: Lab) -> None:
    """Fetching a custom error page invokes the function again."""
    await lab.origin(hello)
    edge = await lab.edge(
        PROGRAM,
        distribution=Distribution(
            behaviors=(Behavior(target=PLACEHOLDER),),
            error_responses=(ErrorResponse(status=404, page="/sorry", answered_status=200),),
        ),
    )
    source = "result = {'status': '404'} if request['uri'] == '/a' else request"
    answer = await edge.get("/a", headers=code(source))

    assert (answer.status, answer.text, len(edge.log()[0]["lambda-ms"])) == (200, "hello GET /sorry", 2)

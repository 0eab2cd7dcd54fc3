"""A function that fails: CloudFront's answer, and the next viewer is served by a fresh environment."""

from __future__ import annotations

import time

import pytest

from tests.support.edge_lab import GENERATED, HOST, Answer, Lab, RunningEdge, hello

FAILING_ONCE = f"""{GENERATED}
import os, sys, time
from pathlib import Path
def handler(event, context):
    if not Path("FAILED").exists():
        Path("FAILED").touch()
        {{}}
    return event["Records"][0]["cf"]["request"]
"""


def failing_once(how: str) -> str:
    return FAILING_ONCE.replace("{}", how)


def assert_failed(answer: Answer, edge: RunningEdge, word: str = "LambdaExecutionError") -> None:
    """CloudFront's 503, in header, page and log."""
    assert answer.status == 503
    assert answer.headers["X-Cache"] == f"{word} from CloudFront"
    assert edge.log()[0]["x-edge-result-type"] == edge.log()[0]["x-edge-detailed-result-type"] == word
    assert edge.log()[0]["r-host"] is None


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("os._exit(3)", "exit status 3"),
        ("os.kill(os.getpid(), 11)", "signal 11"),
        ("raise ValueError('no such thing')", "ValueError: no such thing"),
        ("time.sleep(60)", "Task timed out after 0.30 seconds"),
        ("sys.exit(0)", "exit status 0"),
        ("return object()", "Runtime.MarshalError"),
    ],
)
async def test_a_failing_handler_is_503_and_the_edge_goes_on(lab: Lab, how: str, told: str) -> None:
    """Crash, signal, exception, hang, exit, a result that is not JSON: all the same to the viewer."""
    await lab.origin(hello)
    edge = await lab.edge(failing_once(how), timeout_s=0.3)

    answer = await edge.get()

    assert_failed(answer, edge)
    assert told in answer.text
    assert (await edge.get()).text == "hello GET /"


async def test_an_exception_does_not_cost_the_environment(lab: Lab) -> None:
    """Lambda goes on with the same process after an exception, and so do we."""
    edge = await lab.edge(
        f"{GENERATED}\nimport os\ncalls = []\ndef handler(event, context):\n    calls.append(1)\n"
        "    assert len(calls) > 1\n    return answer(os.getpid())\n"
    )

    assert (await edge.get()).status == 503
    pid = edge.only.pid
    assert await edge.value() == pid


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("import there_is_no_such_module", "Unable to import module"),
        ("raise RuntimeError('broken at import')", "broken at import"),
        ("def other(): pass", "Handler 'handler' missing"),
        ("import os; os._exit(7)", "exit status 7"),
        ("def handler(:", "Syntax error"),
    ],
)
async def test_a_function_that_cannot_start_is_503(lab: Lab, source: str, told: str) -> None:
    """INIT is tried twice, as Lambda does, and then the viewer is answered."""
    edge = await lab.edge(source)

    answer = await edge.get()

    assert_failed(answer, edge)
    assert told in answer.text
    assert not edge.environments


async def test_an_init_that_hangs_is_repeated_within_the_invocation(lab: Lab) -> None:
    """The second INIT has the function's timeout; here it succeeds."""
    edge = await lab.edge(
        f"""{GENERATED}
import time
from pathlib import Path
if not Path("HUNG").exists():
    Path("HUNG").touch()
    time.sleep(60)
def handler(event, context):
    return answer("started")
""",
        init_timeout_s=0.3,
        timeout_s=2.0,
    )

    assert await edge.value() == "started"
    assert (await edge.event("log"))["text"] == "INIT timed out after 0.30 seconds"


async def test_an_init_that_always_hangs_is_503(lab: Lab) -> None:
    """Both limits pass, then the viewer is answered."""
    edge = await lab.edge("import time; time.sleep(60)", init_timeout_s=0.2, timeout_s=0.2)
    began = time.monotonic()

    assert_failed(await edge.get(), edge)
    assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    ("result", "message"),
    [
        ("None", "The JSON output must be an object type."),
        ("event", "returned an invalid request or response to CloudFront"),
        ("dict(request, headers={'x-a': 'text'})", "Each header entry in the headers object must be an array."),
        ("dict(request, headers={**request['headers'], 'via': []})", "change a read-only header"),
        (
            "request | {'origin': {'custom': origin | {'domainName': '192.0.2.1'}}}",
            "The value of DomainName is invalid.",
        ),
        ("{'status': '200', 'body': 1}", "The body is not a string, is not an object, or exceeds the maximum size."),
    ],
)
async def test_an_invalid_result_is_502_with_cloudfronts_text(lab: Lab, result: str, message: str) -> None:
    """The result is refused, the origin is not asked, and header and log say why."""
    edge = await lab.edge(f"""
def handler(event, context):
    request = event["Records"][0]["cf"]["request"]
    origin = request["origin"]["custom"]
    return {result}
""")

    answer = await edge.get()

    assert answer.status == 502
    assert answer.headers["X-Cache"] == "LambdaValidationError from CloudFront"
    assert message in answer.text
    (entry,) = edge.log()
    assert entry["x-edge-result-type"] == "LambdaValidationError"
    assert len(entry["lambda-ms"]) == 1
    assert "Validation error" in (await edge.event("log"))["text"]


async def test_a_placeholder_that_does_not_resolve_is_502_without_an_invocation(lab: Lab) -> None:
    """CloudFront resolves the configured origin first."""
    edge = await lab.edge()
    del lab.resolve[f"{HOST}:80"]

    answer = await edge.get()

    assert answer.status == 502
    assert not edge.environments
    assert edge.log()[0]["x-edge-detailed-result-type"] == "OriginDnsError"
    assert edge.log()[0]["lambda-ms"] == []

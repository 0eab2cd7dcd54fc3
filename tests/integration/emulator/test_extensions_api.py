"""Internal extensions, as threads of the genuine runtime client's process."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from tests.support.edge_lab import GENERATED, REGION, Lab

EXTENSION = f"""{GENERATED}
import http.client, json, os, threading, time
from pathlib import Path

API = "/2020-01-01/extension/"

def call(method, path, headers, body=None):
    connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    connection.request(method, API + path, body, headers)
    response = connection.getresponse()
    told = [response.status, dict(response.getheaders()), json.loads(response.read())]
    connection.close()
    return told

def register(events, name="probe"):
    return call("POST", "register", {{"Lambda-Extension-Name": name}}, json.dumps({{"events": events}}))
"""

HOLDING = f"""{EXTENSION}
status, headers, about = register(["INVOKE"])
me = {{"Lambda-Extension-Identifier": headers["Lambda-Extension-Identifier"]}}
events = []

def work():
    while True:
        events.append(call("GET", "event/next", me)[2])
        while Path("HOLD").exists():
            time.sleep(0.002)

threading.Thread(target=work, daemon=True).start()

def handler(event, context):
    return answer([os.getpid(), about, events, context.aws_request_id])
"""


def hold_file(lab: Lab) -> Path:
    """While it is there, the extension does not ask for its next event."""
    return lab.directory / "edge-1" / "task" / "HOLD"


async def test_an_extension_is_told_of_each_invocation(lab: Lab) -> None:
    """Registration tells about the function; the INVOKE event has the fields of the Extensions API."""
    edge = await lab.edge(HOLDING)

    _, about, _, request_id = await edge.value()
    events: list[dict[str, Any]] = []
    while not events:
        _, _, events, _ = await edge.value()

    assert about == {"functionName": "us-east-1.probe", "functionVersion": "1", "handler": "app.handler"}
    assert events[0].keys() == {"eventType", "deadlineMs", "requestId", "invokedFunctionArn", "tracing"}
    assert events[0]["eventType"] == "INVOKE"
    assert events[0]["requestId"] == request_id
    assert events[0]["invokedFunctionArn"].startswith(f"arn:aws:lambda:{REGION}:")


async def test_a_working_extension_holds_the_environment_and_not_the_viewer(lab: Lab) -> None:
    """The viewer is answered at once; the environment is busy until the extension asks."""
    edge = await lab.edge(HOLDING)
    hold_file(lab).touch()

    first, *_ = await edge.value()
    await edge.event("environment", state="extending")
    second, *_ = await edge.value()
    await edge.event("environment", state="extending", environment="env-2")
    states = {environment.state for environment in edge.environments}
    hold_file(lab).unlink()
    await edge.frozen()

    assert first != second
    assert states == {"extending"}
    assert len(edge.environments) == 2


async def test_an_extension_that_never_asks_ends_with_the_functions_timeout(lab: Lab) -> None:
    """The timeout covers extensions too; the next viewer gets a fresh environment."""
    edge = await lab.edge(HOLDING, timeout_s=0.3)
    hold_file(lab).touch()

    first, *_ = await edge.value()
    await edge.event("environment", state="dead")
    hold_file(lab).unlink()
    second, *_ = await edge.value()

    assert first != second


async def test_registration_is_refused_where_extensions_are_off(lab: Lab) -> None:
    """The function learns it by a 403 with an error type, and runs all the same."""
    edge = await lab.edge(
        f"{EXTENSION}\ntold = register(['INVOKE'])\ndef handler(event, context):\n    return answer(told)\n",
        allow_extensions=False,
    )

    status, _, body = await edge.value()

    assert status == 403
    assert body.keys() == {"errorType", "errorMessage"}
    assert body["errorType"].startswith("Extension.")


async def test_what_an_internal_extension_may_not_do(lab: Lab) -> None:
    """SHUTDOWN is refused, a second extension of the same name too, and everybody after the first `next`."""
    edge = await lab.edge(f"""{EXTENSION}
shutdown = register(["INVOKE", "SHUTDOWN"])
unknown = call("GET", "event/next", {{"Lambda-Extension-Identifier": "nobody"}})
missing = call("GET", "event/next", {{}})
status, headers, _ = register([], "quiet")
again = register([], "quiet")
me = {{"Lambda-Extension-Identifier": headers["Lambda-Extension-Identifier"]}}
threading.Thread(target=call, args=("GET", "event/next", me), daemon=True).start()

def handler(event, context):
    return answer([each[::2] for each in (shutdown, unknown, missing, again, register(["INVOKE"], "late"))])
""")

    refusals = await edge.value()

    assert [status for status, _ in refusals] == [403] * 5
    assert "ShutdownEventNotSupportedForInternalExtension" in refusals[0][1]["errorMessage"]
    assert [body["errorType"] for _, body in refusals] == [
        "Extension.InvalidEventType",
        "Extension.UnknownExtensionIdentifier",
        "Extension.MissingExtensionIdentifier",
        "Extension.InvalidExtensionState",
        "Extension.RegistrationClosed",
    ]
    await edge.frozen()


async def test_an_extension_that_reports_a_failed_start_fails_the_invocation(lab: Lab) -> None:
    """INIT is over for the environment, as with a runtime that cannot start."""
    edge = await lab.edge(f"""{EXTENSION}
status, headers, _ = register(["INVOKE"])
me = {{"Lambda-Extension-Identifier": headers["Lambda-Extension-Identifier"]}}
call("POST", "init/error", me, json.dumps({{"errorType": "Extension.Broken", "errorMessage": "no disk"}}))
def handler(event, context):
    return answer(None)
""")

    answer = await edge.get()

    assert answer.status == 503
    assert "Extension.Broken: no disk" in answer.text


async def call(edge: Any, method: str, path: str, body: bytes = b"") -> tuple[int, dict[str, Any]]:
    """Speak to an environment's Runtime API as a wrong client might."""
    host, port = edge.only._api.address.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(
        f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
        + body
    )
    told, _, rest = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    await writer.wait_closed()
    return int(told.split()[1]), json.loads(rest)


async def test_what_does_not_belong_to_the_protocol_is_refused(lab: Lab) -> None:
    """An answer to another invocation, and addresses that do not exist."""
    edge = await lab.edge(f"{GENERATED}\ndef handler(event, context):\n    return answer(1)\n")
    await edge.value()

    status, body = await call(edge, "POST", "/2018-06-01/runtime/invocation/other/response", b"{}")
    assert (status, body["errorType"]) == (400, "InvalidRequestID")
    for path in ("/2018-06-01/runtime/else", "/2020-01-01/extension/else", "/else"):
        status, body = await call(edge, "POST", path)
        assert status in (403, 404)
    assert await edge.value() == 1

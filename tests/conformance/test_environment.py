"""What the function's environment is."""

from __future__ import annotations

import asyncio
import json

import pytest

from origin_router.emulator.resources import PERIOD_US, cpu_quota_us
from tests.conformance.program import PROGRAM, code, tell
from tests.conformance.statements import states
from tests.support.edge_lab import GENERATED, Lab, hello

WHO = f"{GENERATED}\nimport os\ndef handler(event, context):\n    return answer(os.getpid())\n"


@states("environment", "LDG configuration-envvars")
async def test_reserved_variables(lab: Lab) -> None:
    """Lambda's reserved variables are there."""
    edge = await lab.edge(PROGRAM)
    names = [
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "_HANDLER",
        "LAMBDA_TASK_ROOT",
        "LAMBDA_RUNTIME_DIR",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "_X_AMZN_TRACE_ID",
    ]
    answer = await edge.get(headers=tell(f"[n for n in {names} if n not in __import__('os').environ]"))

    assert json.loads(answer.body) == []


@states("environment", "CFDG lambda-at-edge-function-restrictions")
async def test_no_variables_of_the_users(lab: Lab) -> None:
    """User environment variables are not."""
    edge = await lab.edge(PROGRAM)

    assert (await edge.get(headers=tell("'HOME' in __import__('os').environ"))).text == "false"


@states("environment", "LDG configuration-envvars")
async def test_region(lab: Lab) -> None:
    """AWS_REGION is the Region where the function executes."""
    edge = await lab.edge(PROGRAM)

    assert (await edge.get(headers=tell("__import__('os').environ['AWS_REGION']"))).text == '"eu-central-1"'


@states("environment", "practice")
async def test_name(lab: Lab) -> None:
    """A replica's function name has the prefix us-east-1."""
    edge = await lab.edge(PROGRAM)

    assert (await edge.get(headers=tell("context.function_name"))).text == '"us-east-1.probe"'


@states("environment", "CFDG edge-function-restrictions-all")
async def test_version(lab: Lab) -> None:
    """A numbered version runs, never $LATEST."""
    edge = await lab.edge(PROGRAM)
    name, version = json.loads(
        (await edge.get(headers=tell("[context.invoked_function_arn, context.function_version]"))).body
    )

    assert version == "1"
    assert name.endswith(":1")


@states("environment", "CFDG cloudfront-limits")
async def test_deadline(lab: Lab) -> None:
    """The function has 30 s at most."""
    edge = await lab.edge(PROGRAM)
    left = json.loads((await edge.get(headers=tell("context.get_remaining_time_in_millis()"))).body)

    assert 29_000 < left <= 30_000


@states("environment", "LDG lambda-concurrency")
async def test_one_at_a_time(lab: Lab) -> None:
    """An environment serves one invocation at a time; when all are busy, a new one is made."""
    edge = await lab.edge(WHO.replace("return", "__import__('time').sleep(0.2)\n    return"))
    answers = await asyncio.gather(edge.get("/?1"), edge.get("/?2"))

    assert len({answer.body for answer in answers}) == 2


@states("environment", "LDG lambda-runtime-environment")
async def test_state_lives(lab: Lab) -> None:
    """Module state lives on between invocations of an environment."""
    edge = await lab.edge(WHO)

    assert await edge.value("/?1") == await edge.value("/?2")


@states("environment", "LDG lambda-runtime-environment")
async def test_frozen(lab: Lab) -> None:
    """Between invocations an environment is frozen: its threads do not run."""
    edge = await lab.edge("""
import threading, time
ticks = 0
def tick():
    global ticks
    while True:
        time.sleep(0.002)
        ticks += 1
threading.Thread(target=tick, daemon=True).start()
def handler(event, context):
    before = ticks
    time.sleep(0.02)
    return {"status": "200", "body": f"[{before}, {ticks}]"}
""")
    _, last = await edge.value("/?1")
    await edge.frozen()
    await asyncio.sleep(0.2)
    first, _ = await edge.value("/?2")

    assert first - last < 20


@states("environment", "LDG lambda-runtime-environment")
async def test_init_is_repeated(lab: Lab) -> None:
    """INIT has 10 s; when it takes longer, it is repeated in the first invocation under the function's timeout."""
    source = """
import time
from pathlib import Path
if not Path("slow").exists():
    Path("slow").touch()
    time.sleep(9)
def handler(event, context):
    return {"status": "200", "body": "1"}
"""
    edge = await lab.edge(source, init_timeout_s=0.3, timeout_s=3.0)

    assert await edge.value() == 1


@states("environment", "LDG lambda-runtime-environment")
async def test_crash(lab: Lab) -> None:
    """A crash costs the environment; the next invocation gets a new one."""
    await lab.origin(hello)
    edge = await lab.edge(PROGRAM)

    assert (await edge.get(headers=code("import os; os._exit(1)"))).status == 503
    assert (await edge.get()).status == 200


@states("environment", "LDG lambda-runtime-environment")
async def test_idle_end(lab: Lab) -> None:
    """Environments end after some time without work."""
    edge = await lab.edge(WHO, idle_s=0.1)
    await edge.value()

    await edge.event("environment", state="dead")


@states("environment", "LDG lambda-runtime-environment")
async def test_recycled(lab: Lab) -> None:
    """Environments are replaced every few hours, however busy."""
    edge = await lab.edge(WHO, recycle_s=0)
    first = await edge.value("/?1")
    await edge.event("environment", state="dead")

    assert await edge.value("/?2") != first


@states("environment", "CFDG cloudfront-limits")
async def test_rate(lab: Lab) -> None:
    """An environment serves at most 10 requests per second."""
    edge = await lab.edge(WHO, rate_per_s=10, limit=5)
    async with asyncio.timeout(0.9):
        pids = [await edge.value(f"/?{number}") for number in range(15)]

    assert sorted(pids.count(pid) for pid in set(pids)) == [5, 10]


EXTENDING = """
import http.client, json, os, threading, time
api = os.environ["AWS_LAMBDA_RUNTIME_API"]
def call(method, path, headers, body=None):
    connection = http.client.HTTPConnection(api)
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read()
def register(name, events):
    body = json.dumps({"events": events})
    return call("POST", "/2020-01-01/extension/register", {"Lambda-Extension-Name": name}, body)
status, headers, _ = register("mine", ["INVOKE"])
me = {"Lambda-Extension-Identifier": headers["Lambda-Extension-Identifier"]}
refused = register("other", ["SHUTDOWN"])
worked = []
def loop():
    while True:
        call("GET", "/2020-01-01/extension/event/next", me)
        time.sleep(0.1)
        worked.append(1)
threading.Thread(target=loop, daemon=True).start()
def handler(event, context):
    late = register("late", ["INVOKE"])
    told = [status, refused[0], refused[2].decode(), late[0], late[2].decode(), len(worked)]
    return {"status": "200", "body": json.dumps(told)}
"""


@states("environment", "LDG runtimes-extensions-api")
async def test_internal_extension(lab: Lab) -> None:
    """A thread of the runtime may register as an internal extension during INIT, for INVOKE only."""
    status, refused, why, *_ = await (await lab.edge(EXTENDING)).value()

    assert (status, refused) == (200, 403)
    assert "ShutdownEventNotSupportedForInternalExtension" in why


@states("environment", "LDG runtimes-extensions-api")
async def test_late_extension(lab: Lab) -> None:
    """Registering after INIT is refused."""
    _, _, _, late, why, _ = await (await lab.edge(EXTENDING)).value()

    assert late == 403
    assert "RegistrationClosed" in why


@states("environment", "LDG runtimes-extensions-api")
async def test_extension_keeps_the_environment(lab: Lab) -> None:
    """While an extension works, its environment takes no other invocation; the function's timeout covers it too."""
    edge = await lab.edge(EXTENDING.replace("time.sleep(0.1)", "time.sleep(30)"), timeout_s=1.5)
    await edge.value("/?1")
    first = edge.only
    *_, worked = await edge.value("/?2")

    assert (worked, len(edge.environments)) == (0, 2)
    await edge.event("environment", environment=first.name, state="dead")


@states("environment", "LDG configuration-memory")
def test_cpu_share() -> None:
    """With --enforce-memory the share of the CPU is in proportion to the memory size: one vCPU at 1,769 MB."""
    shares = [cpu_quota_us(memory_mb) / PERIOD_US for memory_mb in (128, 1_024, 1_769, 3_538)]

    assert shares == pytest.approx([0.072, 0.579, 1, 2], abs=0.001)


@states("environment", "LDG runtimes-extensions-api")
async def test_extension_works_after_the_answer(lab: Lab) -> None:
    """The caller has its answer at once; the environment is frozen when every extension has asked for its next
    event.
    """
    edge = await lab.edge(EXTENDING)
    began = asyncio.get_running_loop().time()
    await edge.value("/?warm")
    await edge.frozen()
    took = asyncio.get_running_loop().time() - began
    again = asyncio.get_running_loop().time()
    *_, worked = await edge.value("/?1")

    assert asyncio.get_running_loop().time() - again < 0.09
    assert worked == 1
    assert took > 0.1

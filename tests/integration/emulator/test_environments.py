"""Execution environments around the genuine runtime client: what a function sees, and who takes which invocation."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from origin_router.emulator.surroundings import Freeze
from tests.support.edge_lab import GENERATED, REGION, Lab, hello

SLEEPY = f"""{GENERATED}
import os, time
def handler(event, context):
    request = event["Records"][0]["cf"]["request"]
    time.sleep(float(request["querystring"] or 0))
    return answer(os.getpid())
"""


async def stopped(*pids: int) -> None:
    """Wait until the kernel has stopped these processes, which takes it a moment."""
    async with asyncio.timeout(2):
        while {process_state(pid) for pid in pids} != {"T"}:
            await asyncio.sleep(0.002)


def process_state(pid: int) -> str:
    """The letter of a process in /proc: T is stopped."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


async def test_a_request_goes_through_the_function_to_the_origin(lab: Lab) -> None:
    """The whole way: viewer, event, runtime client, origin, viewer."""
    await lab.origin(hello)
    edge = await lab.edge()

    answer = await edge.get("/a?b=c")

    assert answer.status == 200
    assert answer.text == "hello GET /a?b=c"
    assert answer.headers["X-Cache"] == "Miss from cloudfront"


async def test_the_function_sees_lambda_and_nothing_of_the_user(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reserved variables as at the edge; the user's variables and packages stay outside."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "the user's secret")
    monkeypatch.setenv("MY_TOKEN", "another secret")
    edge = await lab.edge(
        f"""{GENERATED}
        import importlib.util, os, sys
        def handler(event, context):
            return answer({{
                "variables": dict(os.environ), "path": sys.path, "cwd": os.getcwd(), "name": context.function_name,
                "arn": context.invoked_function_arn, "left": context.get_remaining_time_in_millis(),
                "aiohttp": bool(importlib.util.find_spec("aiohttp")), "log": context.log_group_name,
            }})
        """.replace("\n        ", "\n")
    )

    told = await edge.value()

    variables = told["variables"]
    assert "secret" not in str(variables)
    assert {
        "AWS_REGION": REGION,
        "_HANDLER": "app.handler",
        "AWS_LAMBDA_LOG_LEVEL": "DEBUG",
    }.items() <= variables.items()
    assert told["cwd"] == variables["LAMBDA_TASK_ROOT"] == told["path"][0]
    assert told["name"] == "us-east-1.probe"
    assert told["log"] == "/aws/lambda/us-east-1.probe"
    assert told["arn"] == f"arn:aws:lambda:{REGION}:000000000000:function:us-east-1.probe:1"
    assert 28_000 < told["left"] <= 30_000
    assert told["aiohttp"] is False


async def test_one_environment_serves_one_after_the_other(lab: Lab) -> None:
    """A quick viewer does not cause a second cold start, though it may be back before the runtime is."""
    edge = await lab.edge(SLEEPY)

    assert len({await edge.value() for _ in range(30)}) == 1
    assert edge.only.invocations == 30


async def test_a_busy_environment_makes_a_second_one(lab: Lab) -> None:
    """Two requests at once are two environments; afterwards the one used last is used first."""
    edge = await lab.edge(SLEEPY)

    slow = asyncio.create_task(edge.value("/?0.3"))
    await edge.event("environment", state="busy")
    quick = await edge.value("/")
    assert len(edge.environments) == 2
    used_last = await slow
    await edge.frozen()

    assert used_last != quick
    assert await edge.value() == used_last


async def test_the_limit_of_environments_is_cloudfronts_503(lab: Lab) -> None:
    """What is beyond the limit is throttled at once and served again later."""
    edge = await lab.edge(SLEEPY, limit=1)

    slow = asyncio.create_task(edge.value("/?0.2"))
    await edge.event("environment", state="busy")
    answer = await edge.get()
    await slow

    assert answer.status == 503
    assert answer.headers["X-Cache"] == "LambdaLimitExceeded from CloudFront"
    assert edge.log()[0]["x-edge-result-type"] == "LambdaLimitExceeded"
    assert (await edge.get()).status == 200


async def test_idle_environments_end(lab: Lab) -> None:
    """Without work for the idle time an environment ends, and its process with it."""
    edge = await lab.edge(SLEEPY, idle_s=0.1)
    pid = await edge.value()

    await edge.event("environment", state="dead")

    assert not edge.environments
    await edge.edge.stop()
    assert not Path(f"/proc/{pid}").exists()


async def test_frozen_between_invocations(lab: Lab) -> None:
    """Stopped once the runtime has asked for its next event, also its threads and children; awake for the next."""
    edge = await lab.edge(f"""{GENERATED}
import os, subprocess, threading, time
ticks = 0
def tick():
    global ticks
    while True:
        time.sleep(0.005)
        ticks += 1
threading.Thread(target=tick, daemon=True).start()
child = subprocess.Popen(["sleep", "60"])
def handler(event, context):
    before = ticks
    time.sleep(0.05)
    return answer([os.getpid(), child.pid, before, ticks])
""")
    pid, child, _, ticks = await edge.value()
    await edge.frozen()

    await stopped(pid, child)
    time.sleep(0.15)
    _, _, ticks_at_thaw, ticks_later = await edge.value()
    assert ticks_at_thaw <= ticks + 4
    assert ticks_later > ticks_at_thaw


TCP_INFO_HANDLER = f"""{GENERATED}
import socket, struct
def since_last_data_ms(connection):
    return struct.unpack_from("I", connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104), 52)[0]
connection = socket.create_connection(socket.getaddrinfo("probed.test", 7)[0][4])
connection.setblocking(False)
asked = False
def handler(event, context):
    global asked
    if not asked:
        asked = True
        connection.send(b"x")
        return answer("asked")
    return answer([connection.recv(10).decode(), since_last_data_ms(connection)])
"""


@pytest.mark.parametrize(("freeze", "is_stamped_while_frozen"), [(Freeze.PROCESS, True), (Freeze.VM, False)])
async def test_what_arrives_while_frozen(lab: Lab, freeze: Freeze, is_stamped_while_frozen: bool) -> None:
    """With a frozen process the kernel stamps the arrival; with a frozen machine data arrive at the thaw."""
    answered = asyncio.Event()

    async def answer_late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        await asyncio.sleep(0.02)  # the environment is frozen by now
        writer.write(b"y")
        answered.set()
        await reader.read()
        writer.close()

    probed = await asyncio.start_server(answer_late, "127.0.0.1", 0)
    lab.resolve["probed.test:7"] = probed.sockets[0].getsockname()
    edge = await lab.edge(TCP_INFO_HANDLER, freeze=freeze, origins=("probed.test:7",))

    assert await edge.value() == "asked"
    await answered.wait()
    time.sleep(0.2)
    received, since_ms = await edge.value()

    assert received == "y"
    assert (since_ms >= 150) == is_stamped_while_frozen
    await edge.edge.stop()
    probed.close()
    await probed.wait_closed()


async def test_names_are_mapped_for_the_function(lab: Lab) -> None:
    """`resolve` reaches any Python function through getaddrinfo; other names are asked from the system."""
    lab.resolve["mapped.test:443"] = ("127.0.0.9", 8443)
    edge = await lab.edge(f"""{GENERATED}
import os, socket
def handler(event, context):
    mapped = socket.getaddrinfo("mapped.test", 443, type=socket.SOCK_STREAM)[0][4]
    plain = socket.getaddrinfo("127.0.0.1", 80, type=socket.SOCK_STREAM)[0][4]
    return answer([mapped, plain, [name for name in os.environ if "ORIGIN_ROUTER" in name]])
""")

    assert await edge.value() == [["127.0.0.9", 8443], ["127.0.0.1", 80], []]


async def test_output_is_told_as_journal_or_text(lab: Lab) -> None:
    """Lines that are journal objects and lines that are not; both streams; JSON from `logging` too."""
    edge = await lab.edge(f"""{GENERATED}
import json, logging, sys
def handler(event, context):
    print(json.dumps({{"event": "race", "ms": 1}}))
    print("plain text", file=sys.stderr)
    logging.info("told by logging")
    return answer(None)
""")
    await edge.value()

    assert (await edge.event("journal"))["line"] == {"event": "race", "ms": 1}
    assert (await edge.event("log"))["text"] == "plain text"
    assert '"message": "told by logging"' in (await edge.event("log"))["text"]


async def test_nothing_is_left_after_stop(lab: Lab) -> None:
    """Processes, sockets and files of an edge end with it, in whatever state its environments are."""
    await lab.origin(hello)
    before = set(Path("/proc/self/fd").iterdir())
    edge = await lab.edge(SLEEPY, freeze=Freeze.VM, origins=("origin.test:80",))
    pids = [await edge.value()]
    busy = asyncio.create_task(edge.get("/?5"))
    await edge.event("environment", state="busy", invocations=2)
    starting = asyncio.create_task(edge.get("/"))
    await edge.event("environment", state="starting", environment="env-2")

    await edge.edge.stop()
    await asyncio.gather(busy, starting, return_exceptions=True)
    await lab.stack.aclose()

    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]
    assert not [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    assert set(Path("/proc/self/fd").iterdir()) <= before

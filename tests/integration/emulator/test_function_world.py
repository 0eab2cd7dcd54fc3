"""What an environment gets: its share of invocations, its age, its memory and CPU, its log."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from origin_router.emulator.resources import PERIOD_US, Resources, cpu_quota_us, find_resources
from tests.support.edge_lab import GENERATED, Lab

WHO = f"{GENERATED}\nimport os\ndef handler(event, context):\n    return answer(os.getpid())\n"
HUNGRY = f"""{GENERATED}
import time
def handler(event, context):
    if "eat" in event["Records"][0]["cf"]["request"]["querystring"]:
        return answer(len(b"x" * 400_000_000))
    began, burned = time.monotonic(), time.process_time()
    while time.process_time() - burned < 0.1:
        pass
    return answer(time.monotonic() - began)
"""


def enforceable() -> Resources:
    """Skip where this machine lets us enforce nothing, and say why."""
    resources = find_resources()
    if resources.missing:
        pytest.skip("; ".join(resources.missing))
    return resources


async def test_an_environment_takes_ten_requests_a_second(lab: Lab) -> None:
    """The eleventh goes to another environment, and beyond the concurrency limit it is throttled."""
    edge = await lab.edge(WHO, rate_per_s=10, limit=2)

    async with asyncio.timeout(0.9):  # within one second, or the test proves nothing
        pids = [await edge.value(f"/?{number}") for number in range(20)]
        refused = await edge.get("/?20")

    assert sorted(pids.count(pid) for pid in set(pids)) == [10, 10]
    assert refused.headers["X-Cache"] == "LambdaLimitExceeded from CloudFront"
    await asyncio.sleep(1)
    assert await edge.value("/?21") in pids


async def test_memory_is_limited(lab: Lab) -> None:
    """What takes too much is killed; the viewer gets 503, the next one a new environment."""
    edge = await lab.edge(HUNGRY, memory_mb=128, resources=enforceable())

    answer = await edge.get("/?eat")

    assert (answer.status, answer.headers["X-Cache"]) == (503, "LambdaExecutionError from CloudFront")
    assert "signal 9" in answer.text
    assert await edge.value("/?again") > 0


async def test_the_cpu_share_goes_with_the_memory_size(lab: Lab) -> None:
    """0.1 s of work takes about 1.4 s with 128 MB, and no trace of the groups is left."""
    resources = enforceable()
    edge = await lab.edge(HUNGRY, memory_mb=128, resources=resources)

    assert await edge.value() > 0.5
    await edge.edge.stop()
    assert resources.cpu is not None
    assert not list(resources.cpu.glob(f"origin-router-{os.getpid()}-*"))  # others may run, too


def test_the_share_of_each_size() -> None:
    """One vCPU at 1,769 MB."""
    assert cpu_quota_us(1_769) == PERIOD_US
    assert cpu_quota_us(128) == pytest.approx(PERIOD_US * 0.0724, rel=0.01)
    assert cpu_quota_us(3_538) == 2 * PERIOD_US


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({}, "CPU share: there is no"),
        ({"cgroup.controllers": "cpu memory", "cgroup.subtree_control": ""}, "no controller cpu, memory"),
        ({"cgroup.controllers": "cpu memory"}, "CPU share and memory limit: no controller"),
    ],
)
def test_what_cannot_be_enforced_is_said(tmp_path: Path, files: dict[str, str], told: str) -> None:
    """With the reason."""
    for name, text in files.items():
        (tmp_path / name).write_text(text)

    assert told in find_resources(tmp_path).missing[0]


async def test_log_groups(lab: Lab, tmp_path: Path) -> None:
    """What the function writes, and what CloudFront says about its results, as files of this Region."""
    edge = await lab.edge(
        "def handler(event, context):\n    print('hello log')\n    return 1\n", log_directory=tmp_path / "logs"
    )

    answer = await edge.get()
    await edge.frozen()

    region = tmp_path / "logs" / "eu-central-1" / "aws"
    (written,) = (region / "lambda" / "us-east-1.probe").glob("env-*.log")
    assert "hello log" in written.read_text()
    told = (region / "cloudfront" / "LambdaEdge" / "EDFDVBD6EXAMPLE.log").read_text()
    assert "Validation error: The Lambda function returned invalid JSON" in told
    assert answer.headers["X-Amz-Cf-Id"] in told

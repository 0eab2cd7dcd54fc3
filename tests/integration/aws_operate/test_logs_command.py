"""`origin-router logs` as it is typed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from origin_router.aws.naming import Names
from origin_router.aws.session import Aws
from tests.support.aws_commands import printed_lines, run_on
from tests.support.deployed import write_log
from tests.support.ministack import ACCOUNT, Ministack
from tests.support.routers import line

NAMES = Names("shop", ACCOUNT)
COMMAND = Path(sys.executable).with_name("origin-router")
CLOUDFRONT = "/aws/cloudfront/LambdaEdge/E123"


def race(at_ms: int, winner: str) -> tuple[int, str]:
    """Return an event of the journal."""
    return at_ms, line(at_ms, "race", pool="web", winner=winner, reason="first_answer", ms=84.0)


def test_the_stream_is_read_as_sentences(ministack: Ministack, aws: Aws, config: Path) -> None:
    """Time, Region, event, text; in order whatever the Region."""
    now_ms = int(time.time() * 1000) - 5_000
    write_log(aws, "us-east-1", NAMES.log_group, race(now_ms + 1, "us"))
    write_log(aws, "ap-northeast-1", NAMES.default_log_group, race(now_ms, "eu"), (now_ms + 2, "Task timed out"))
    result = run_on(ministack, "logs", "--config", config)
    lines = [row.split(maxsplit=1)[1] for row in result.stdout.splitlines()]

    assert [
        "ap-northeast-1 race      web: eu after 84.0 ms, first_answer",
        "us-east-1      race      web: us after 84.0 ms, first_answer",
        "ap-northeast-1 text      Task timed out",
    ] == lines
    assert ("", 0) == (result.stderr, result.exit_code)


def test_errors_alone_and_as_objects(ministack: Ministack, aws: Aws, config: Path) -> None:
    """What CloudFront says about the function belongs to it, where a distribution is named."""
    now_ms = int(time.time() * 1000) - 5_000
    error = line(now_ms, "error", level="ERROR", where="handler", error="KeyError: 'cf'")
    write_log(aws, "eu-west-1", NAMES.log_group, race(now_ms, "eu"), (now_ms + 1, error))
    write_log(aws, "eu-west-1", CLOUDFRONT, (now_ms + 2, "Validation error: Lambda function result failed validation"))
    result = run_on(ministack, "logs", "--config", config, "--errors", "--json", "--distribution", "E123")
    first, second = printed_lines(result)

    assert ("eu-west-1", NAMES.log_group, "handler") == (first["region"], first["group"], first["document"]["where"])
    assert (CLOUDFRONT, "Validation error: Lambda function result failed validation") == (
        second["group"],
        second["message"],
    )


def test_since_and_region_narrow_it_down(ministack: Ministack, aws: Aws, config: Path) -> None:
    """Nothing older, nothing from elsewhere."""
    now_ms = int(time.time() * 1000)
    write_log(aws, "eu-west-1", NAMES.log_group, race(now_ms - 3_600_000, "old"), race(now_ms - 1_000, "new"))
    write_log(aws, "us-east-1", NAMES.log_group, race(now_ms - 1_000, "elsewhere"))
    result = run_on(ministack, "logs", "--config", config, "--since", "30m", "--region", "eu-west-1", "--json")

    assert ["new"] == [each["document"]["winner"] for each in printed_lines(result)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "nothing was logged in the last 10m"),
        (("--errors", "--since", "1h"), "no warnings or errors in the last 1h"),
    ],
)
def test_silence_is_said(
    ministack: Ministack, aws: Aws, config: Path, arguments: tuple[str, ...], message: str
) -> None:
    """An empty answer could also be a mistake; exit code 0, for it is none."""
    write_log(aws, "eu-west-1", NAMES.log_group)
    result = run_on(ministack, "logs", "--config", config, *arguments)

    assert (0, "") == (result.exit_code, result.stdout)
    assert message in result.stderr


def test_no_log_group_anywhere_is_a_problem(ministack: Ministack, config: Path) -> None:
    """Then there is something to do first."""
    result = run_on(ministack, "logs", "--config", config)

    assert 1 == result.exit_code
    assert "no log group /origin-router/shop in 14 Regions: not deployed" in result.stderr


@pytest.mark.parametrize("arguments", [("--since", "soon"), ("--region", "mars-1")])
def test_wrong_usage(ministack: Ministack, config: Path, arguments: tuple[str, str]) -> None:
    """Exit code 2."""
    assert 2 == run_on(ministack, "logs", "--config", config, *arguments).exit_code


def test_following_shows_what_is_written_and_ends_cleanly_when_interrupted(
    ministack: Ministack, aws: Aws, config: Path
) -> None:
    """Ctrl-C is how it ends: exit code 0, no traceback."""
    now_ms = int(time.time() * 1000)
    write_log(aws, "eu-west-1", NAMES.log_group, race(now_ms - 5_000, "first"))
    environment = {**ministack.environment, "PYTHONUNBUFFERED": "1", "PATH": os.environ["PATH"]}
    arguments = [str(COMMAND), "logs", "--config", str(config), "--follow", "--region", "eu-west-1"]
    with subprocess.Popen(
        arguments,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # as at a terminal: a job that a shell runs in the background would ignore Ctrl-C
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert "web: first after 84.0 ms" in process.stdout.readline()
        write_log(aws, "eu-west-1", NAMES.log_group, race(int(time.time() * 1000), "second"))
        assert "web: second after 84.0 ms" in process.stdout.readline()
        process.send_signal(signal.SIGINT)

        assert ("", "") == (process.stdout.read(), process.stderr.read())
    assert 0 == process.returncode

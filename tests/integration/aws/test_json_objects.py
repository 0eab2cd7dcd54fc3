"""What `--json` prints is what the reference page says, field by field, in both directions."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from origin_router.aws.naming import Names
from tests.support import distributions
from tests.support.deployed import write_log
from tests.support.ministack import ACCOUNT, Ministack, ministack_server
from tests.support.routers import EU, US, line, summary
from tests.support.shell import Shell

__all__ = ["ministack_server"]

PAGE = Path(__file__).parents[3] / "docs/reference/json.md"

NAMES = Names("shop", ACCOUNT)

_BLOCK = re.compile(r"^```text (?P<name>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)

DOCUMENTED = {
    block["name"]: [row.split()[0] for row in block["text"].splitlines()] for block in _BLOCK.finditer(PAGE.read_text())
}

RARE = {"replicas.REGION[]", "dropped[]", "regions.REGION.control_problems[]"}
"""Fields that stay empty in a simulated account."""


def fields(value: Any, path: str = "") -> Iterator[str]:
    """Yield the path of everything in an object that is neither an object nor a list."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from fields(each, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for each in value:
            yield from fields(each, f"{path}[]")
    else:
        yield path


def matches(field: str, documented: str) -> bool:
    """Whether the page means this field; words in capitals stand for anything."""
    pattern = re.escape(documented)
    pattern = re.sub(
        r"(?<![a-z_])[A-Z]{3,}(?![a-z_])",
        r"[^.]+(?:\\.[^.]+)*" if "TEXT" in documented or "FIELD" in documented else r"[^.\\[]+",
        pattern,
    )
    return re.fullmatch(pattern, field) is not None


@pytest.fixture(scope="module")
def printed(ministack_server: Ministack, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    """Block of the page -> objects that were printed."""
    ministack_server.reset()
    shell = Shell(ministack_server, tmp_path_factory.mktemp("json"))
    shell.init()
    shell.add(f'[control]\nbucket = "{NAMES.bucket}"')
    with ministack_server.aws() as aws:
        distribution = distributions.create(aws)
        changes = [shell.json("plan", "--distribution", distribution)]
        errors = [shell.json("plan", "--distribution", "E2NOBODY", expect=3)]
        changes.append(shell.json("deploy", "--distribution", distribution, "--yes"))
        changes.append(shell.json("deploy", "--behavior", "/nowhere", "--yes", expect=1))
        shell.set("band_ms", 25)
        shell.json("deploy", "--yes")
        changes += [shell.json(verb, "--yes") for verb in ("rollback", "promote", "abort")]
        now_ms = int(time.time() * 1000) - 60_000
        lines = [summary(ref, 5, [10.0] * 25, "eu-west-1") for ref in (EU, US)]
        lines.append(line(now_ms, "error", level="ERROR", where="handler", error="KeyError: 'cf'"))
        lines.append(line(now_ms, "control", version=9_999_999_999))
        lines.append(
            line(now_ms, "health", pool="web", origin="eu", before="serving", after="ejected", cause="refused")
        )
        write_log(aws, "eu-west-1", NAMES.log_group, *((now_ms, each) for each in (*lines, "Task timed out")))
        aws.cloudwatch("us-east-1").put_metric_data(
            Namespace="AWS/CloudFront",
            MetricData=[
                {
                    "MetricName": "LambdaExecutionError",
                    "Dimensions": [{"Name": "DistributionId", "Value": distribution}],
                    "Value": 2,
                }
            ],
        )
        status = [shell.json("status", expect=1)]
        logs = [json.loads(each) for each in shell.run("logs", "--json").splitlines()]
        learn = [shell.json("learn")]
        orders = [
            shell.json(*order.split())
            for order in ("drain eu --wait", "pin us", "weights us=3", "undrain eu", "control show", "control init")
        ]
        changes.append(shell.json("destroy", "--yes"))
        shell.json("deploy", "--distribution", distribution, "--yes")
        shell.add('key = "other.json"')
        orders.append(shell.json("drain", "eu", expect=1))
    return {
        "errors": errors,
        "changes": changes,
        "status": status,
        "logs": logs,
        "learn": learn,
        "orders": orders,
    }


@pytest.mark.parametrize("block", DOCUMENTED)
def test_every_field_is_on_the_page_and_the_page_has_no_other(printed: dict[str, list[Any]], block: str) -> None:
    """A program may rely on it."""
    found = {field for each in printed[block] for field in fields(each)}
    page = DOCUMENTED[block]

    assert {field for field in found if not any(matches(field, each) for each in page)} == set()
    assert {each for each in page if not any(matches(field, each) for field in found)} - RARE == set()

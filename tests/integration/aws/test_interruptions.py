"""A command that is killed at any of its calls, and run again, ends where an undisturbed one ends.

Every call of every command, reads too: once it does not arrive, once its answer is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from origin_router.aws.attachment import attached
from origin_router.aws.session import Aws
from origin_router.config import load
from tests.support import distributions
from tests.support.calls import Calls, run_until_done
from tests.support.continuous_deployment import ContinuousDeployment
from tests.support.ministack import ACCOUNT, Ministack
from tests.support.operator import Operator
from tests.support.shell import Shell

HOW = {"the request never arrives": Calls.arriving_nowhere, "the answer is lost": Calls.losing_answers}

every_way = pytest.mark.parametrize("how", HOW.values(), ids=HOW)

CONTROL = f'[control]\nbucket = "origin-router-shop-{ACCOUNT}"'

Command = Callable[[], object]


class Killed:
    """A user whose every command is killed at every call, until it comes through."""

    def __init__(self, ministack: Ministack, folder: Path, calls: Calls) -> None:
        self.calls = calls
        self.shell = Shell(ministack, folder, ministack.session())
        assert self.shell.session is not None
        calls.watch(self.shell.session)

    def run(self, *arguments: str) -> None:
        """Run a command to its end; each of its operations fails on the way."""
        run_until_done(lambda: self.shell.run(*arguments), self.calls)
        assert self.calls.spared == set()


@pytest.fixture
def killed(ministack: Ministack, tmp_path: Path, how: Callable[[], Calls]) -> Iterator[Killed]:
    user = Killed(ministack, tmp_path, how())
    user.shell.init()
    user.shell.add(CONTROL)
    yield user
    user.shell.close()


def everything(shell: Shell, aws: Aws, distribution: str) -> dict[str, Any]:
    """Return all that there is."""
    return Operator(aws, load(shell.config, needs_dev_files=False).router).everything(distribution)


@every_way
def test_deployments(ministack: Ministack, plain: Aws, killed: Killed, tmp_path: Path) -> None:
    """The first one, and one that changes code, behaviors, failover and dashboard."""
    first = ("--dashboard", "--yes")
    second = ("--behavior", "/img/*", "--no-failover", "--feedback", "--dashboard", "--yes")
    (tmp_path / "quiet").mkdir()
    quiet = Shell(ministack, tmp_path / "quiet")
    quiet.init()
    quiet.add(CONTROL)
    distribution = distributions.create(plain)
    quiet.run("deploy", "--distribution", distribution, *first)
    quiet.set("band_ms", 25)
    quiet.run("deploy", *second)
    undisturbed = everything(quiet, plain, distribution)
    ministack.reset()

    distribution = distributions.create(plain)
    killed.run("deploy", "--distribution", distribution, *first)
    killed.shell.set("band_ms", 25)
    killed.run("deploy", *second)

    assert everything(killed.shell, plain, distribution) == undisturbed
    assert killed.shell.json("deploy", *second)["steps"] == []


@every_way
@pytest.mark.parametrize("is_versioned", [False, True])
def test_going_back(plain: Aws, killed: Killed, *, is_versioned: bool) -> None:
    """Rollback, then destroy: everything is restored, and nothing is left."""
    distribution = distributions.create(plain)
    before = distributions.read(plain, distribution)
    killed.shell.run("deploy", "--distribution", distribution, "--dashboard", "--yes")
    if is_versioned:
        bucket = Operator(plain).names.bucket
        plain.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    killed.shell.set("band_ms", 25)
    killed.shell.run("deploy", "--yes")

    killed.run("rollback", "--to", "1", "--yes")
    rolled_back = Operator(plain).observe(distribution)
    assert rolled_back.record is not None
    assert [each.version for each in rolled_back.record.history] == ["1", "2", "1"]

    killed.run("destroy", "--yes")
    assert distributions.read(plain, distribution) == before
    assert killed.shell.json("destroy", "--yes")["steps"] == []
    assert plain.s3.list_buckets()["Buckets"] == []


@pytest.mark.parametrize(("how", "end"), [(Calls.losing_answers, "promote"), (Calls.arriving_nowhere, "abort")])
def test_a_canary(plain: Aws, killed: Killed, end: str) -> None:
    """Begun, then promoted or aborted: one staging distribution in between, none in the end."""
    cloudfront = ContinuousDeployment(plain)
    assert killed.shell.session is not None
    cloudfront.hook(killed.shell.session)
    distribution = distributions.create(plain)
    killed.shell.run("deploy", "--distribution", distribution, "--yes")
    killed.shell.set("band_ms", 25)

    killed.run("deploy", "--canary", "5", "--yes")
    assert len(cloudfront.staging) == 1

    killed.run(end, "--yes")
    after = distributions.read(plain, distribution)
    assert set(attached(after, Operator(plain).names).values()) == {"2" if end == "promote" else "1"}
    assert cloudfront.policies == {}
    listed = plain.cloudfront.list_distributions()["DistributionList"]
    assert [each["Id"] for each in listed["Items"]] == [distribution]


@every_way
def test_orders(plain: Aws, killed: Killed) -> None:
    """Each is in the document once, and none is lost."""
    killed.shell.run("deploy", "--distribution", distributions.create(plain), "--yes")
    for order in ("drain eu", "weights us=10", "pin us", "undrain eu", "control init"):
        killed.run(*order.split())
    document = killed.shell.json("control", "show")["document"]

    assert {name: [each["origin"] for each in document[name]] for name in document if name != "version"} == {
        "pin": ["us"],
        "weights": ["us"],
    }

"""The CDK construct, synthesised with the real aws-cdk-lib.

That is half a gigabyte and needs Node.js, so it has a virtual environment of its own: make test-cdk
"""

from __future__ import annotations

import importlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from origin_router.aws.edge_rules import edge_problems
from tests.support.routers import TOML

ROOT = Path(__file__).parents[3]
VENV = ROOT / ".venv-cdk"
PYTHON = Path(os.environ.get("ORIGIN_ROUTER_CDK_PYTHON", VENV / "bin" / "python"))
CLI = Path(os.environ.get("ORIGIN_ROUTER_CDK_CLI", VENV / "node_modules" / ".bin" / "cdk"))

needs_cdk = pytest.mark.skipif(
    not PYTHON.exists() or shutil.which("node") is None,
    reason=f"needs Node.js, and aws-cdk-lib at {PYTHON} (make test-cdk, or ORIGIN_ROUTER_CDK_PYTHON)",
)
needs_cli = pytest.mark.skipif(
    not CLI.exists(), reason=f"needs aws-cdk@2 at {CLI} (make test-cdk, or ORIGIN_ROUTER_CDK_CLI)"
)


def environment(home: Path) -> dict[str, str]:
    """Variables for Node.js and for the app."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "1",
        "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1",
    }


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the synthesised app; made once, for it takes ten seconds."""
    path = tmp_path_factory.mktemp("cdk")
    (path / "origin-router.toml").write_text(TOML)
    done = subprocess.run(
        [PYTHON, "-m", "tests.support.cdk_app", path],
        env=environment(path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return path


def templates(directory: Path, output: str = "cdk.out") -> dict[str, dict[str, Any]]:
    """Return the templates by the names of their stacks."""
    found = (directory / output).glob("*.template.json")
    return {path.name.removesuffix(".template.json"): json.loads(path.read_text()) for path in found}


def resources(template: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """Return the properties of a template's resources of a type."""
    return [each["Properties"] for each in template["Resources"].values() if each["Type"] == kind]


@needs_cdk
def test_every_stack_is_one_that_cloudfront_takes(directory: Path) -> None:
    """By our own edge rules: cfn-lint does not know them."""
    found = templates(directory)

    assert 3 == len(found)
    assert {name: [] for name in found} == {name: edge_problems(template) for name, template in found.items()}


@needs_cdk
def test_in_the_region_of_edge_functions_all_is_one_stack(directory: Path) -> None:
    """Names as of deploy; both triggers; placeholders with their attempts, in a group."""
    template = templates(directory)["Site-us-east-1"]
    (function,) = resources(template, "AWS::Lambda::Function")
    (role,) = resources(template, "AWS::IAM::Role")
    (distribution,) = resources(template, "AWS::CloudFront::Distribution")
    config = distribution["DistributionConfig"]
    triggers = config["DefaultCacheBehavior"]["LambdaFunctionAssociations"]

    assert ("origin-router-shop", "origin-router-shop") == (function["FunctionName"], role["RoleName"])
    assert ["/origin-router/shop"] == [each["LogGroupName"] for each in resources(template, "AWS::Logs::LogGroup")]
    assert ["origin-request", "origin-response"] == [each["EventType"] for each in triggers]
    assert [("origin-router-shop-1", "1"), ("origin-router-shop-2", "2")] == [
        (each["Id"], each["OriginCustomHeaders"][0]["HeaderValue"]) for each in config["Origins"]
    ]
    assert config["DefaultCacheBehavior"]["TargetOriginId"] == config["OriginGroups"]["Items"][0]["Id"]


@needs_cdk
def test_elsewhere_the_function_has_a_stack_of_its_own(directory: Path) -> None:
    """In us-east-1; the log goes to the same group, and the role may write it in every Region."""
    found = templates(directory)
    (name,) = (name for name in found if name.startswith("edge-lambda-stack"))
    (function,) = (
        each for each in resources(found[name], "AWS::Lambda::Function") if each.get("FunctionName") is not None
    )
    (distribution,) = resources(found["Site-eu-west-1"], "AWS::CloudFront::Distribution")
    policies = json.dumps(resources(found[name], "AWS::IAM::Policy"))

    assert ("origin-router-shop", "/origin-router/shop") == (
        function["FunctionName"],
        function["LoggingConfig"]["LogGroup"],
    )
    assert "arn:aws:logs:*:123456789012:log-group:/origin-router/shop:*" in policies
    assert ["origin-router-shop-1"] == [each["Id"] for each in distribution["DistributionConfig"]["Origins"]]


@needs_cdk
def test_the_asset_is_the_built_zip(directory: Path) -> None:
    """With feedback switched on where the response trigger is attached."""
    enabled = set()
    for path in (directory / "build").glob("*.zip"):
        with zipfile.ZipFile(path) as archive:
            enabled.add(json.loads(archive.read("origin_router/edge/config.json"))["feedback"]["enabled"])

    assert {True, False} == enabled


@needs_cdk
@needs_cli
def test_the_command_line_of_the_cdk_takes_the_app(directory: Path) -> None:
    """As users do it: `cdk synth` runs the app, reads what it wrote, and finds the same stacks."""
    app = f"{PYTHON} -m tests.support.cdk_app {directory}"
    bare = ["--no-version-reporting", "--no-path-metadata", "--no-asset-metadata", "--no-notices", "--quiet"]
    done = subprocess.run(
        [CLI, "synth", "--app", app, "--output", directory / "cli.out", *bare],
        cwd=directory,
        env=environment(directory) | {"CI": "true"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert templates(directory) == templates(directory, "cli.out")


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """And not only that a module is missing."""
    monkeypatch.setitem(sys.modules, "aws_cdk", None)
    monkeypatch.delitem(sys.modules, "origin_router.cdk", raising=False)
    with pytest.raises(ImportError, match=r"needs the extra `cdk` .*cloudfront-origin-router\[cdk\]"):
        importlib.import_module("origin_router.cdk")

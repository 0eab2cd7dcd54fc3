"""The Terraform module: its form, and its expressions against what `synth` prints.

Terraform evaluates expressions without a provider, so nothing is downloaded. Resources are
not planned: that needs the AWS provider.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from origin_router.aws.log_reader import OPT_IN_REGIONS
from origin_router.aws.naming import REPLICA_REGIONS
from origin_router.cli.synth import synth
from tests.support.routers import TOML

MODULE = Path(__file__).parents[3] / "terraform"

pytestmark = pytest.mark.skipif(shutil.which("terraform") is None, reason="needs terraform")


def terraform(directory: Path, *arguments: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run Terraform, with nothing of the user's and nothing from the network."""
    (directory / "terraform.rc").touch()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(directory),
        "CHECKPOINT_DISABLE": "1",
        "TF_CLI_CONFIG_FILE": str(directory / "terraform.rc"),
    }
    return subprocess.run(
        ["terraform", *arguments],
        cwd=directory,
        env=environment,
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )


def evaluate(directory: Path, expression: str) -> Any:
    """Return the value of an expression in the module."""
    for name in ("locals.tf", "variables.tf"):
        shutil.copy(MODULE / name, directory)
    options = ["-var=zip=router.zip", "-var=template=router.json"]
    done = terraform(directory, "console", *options, text=f"jsonencode({expression})\n")
    assert done.returncode == 0, done.stderr
    return json.loads(json.loads(done.stdout))


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A directory with what `synth` made, of a configuration with both triggers."""
    (tmp_path / "origin-router.toml").write_text(TOML + "[feedback]\nenabled = true\n")
    arguments = ["--config", str(tmp_path / "origin-router.toml"), "--zip", str(tmp_path / "router.zip")]
    printed = CliRunner().invoke(synth, arguments, catch_exceptions=False).stdout
    (tmp_path / "router.json").write_text(printed)
    return tmp_path


def test_the_files_are_formatted(tmp_path: Path) -> None:
    """`terraform fmt` also finds what does not parse."""
    done = terraform(tmp_path, "fmt", "-check", "-diff", str(MODULE))

    assert (0, "") == (done.returncode, done.stdout + done.stderr)


def test_the_example_is_formatted_and_uses_only_outputs_that_exist(tmp_path: Path) -> None:
    """The readme's blocks are what people copy."""
    readme = (MODULE / "README.md").read_text()
    (example,) = re.findall(r"```hcl\n(.*?)```", readme, re.DOTALL)
    (tmp_path / "main.tf").write_text(example)
    done = terraform(tmp_path, "fmt", "-check", "-diff", str(tmp_path))
    outputs = set(re.findall(r'output "(\w+)"', (MODULE / "outputs.tf").read_text()))

    assert (0, "") == (done.returncode, done.stdout + done.stderr)
    assert outputs == set(re.findall(r"module\.router\.(\w+)", example))


def test_placeholders_and_triggers_come_from_the_template(directory: Path) -> None:
    """In the words of the provider's blocks."""
    value = evaluate(
        directory, "{o = local.origins, g = local.origin_groups, t = local.target_origin_id, e = local.event_types}"
    )

    assert [("origin-router-shop-1", "eu.example.com", {"x-origin-router-attempt": "1"})] == [
        (each["origin_id"], each["domain_name"], each["custom_headers"]) for each in value["o"][:1]
    ]
    assert {
        "http_port": 80,
        "https_port": 443,
        "origin_protocol_policy": "https-only",
        "origin_ssl_protocols": ["TLSv1.2"],
        "origin_read_timeout": 30,
        "origin_keepalive_timeout": 5,
    } == value["o"][0]["custom_origin_config"]
    assert (1, 1, "") == (
        value["o"][0]["connection_attempts"],
        value["o"][0]["connection_timeout"],
        value["o"][0]["origin_path"],
    )
    assert [
        {
            "origin_id": "origin-router-shop",
            "status_codes": [500, 502, 503, 504],
            "members": ["origin-router-shop-1", "origin-router-shop-2"],
        }
    ] == value["g"]
    assert ("origin-router-shop", ["origin-request", "origin-response"]) == (value["t"], value["e"])


def test_the_functions_settings_are_plain_values(directory: Path) -> None:
    """A CloudFormation function among them would reach the provider as an object."""
    properties = evaluate(directory, "local.function")
    used = re.findall(r"local\.function\.(\w+)(?:\.(\w+))?", (MODULE / "main.tf").read_text())
    values = [properties[name][inner] if inner else properties[name] for name, inner in used]

    assert len(values) > 10
    assert all(isinstance(value, str | int | list) for value in values)


def test_a_zip_of_another_build_is_noticed(directory: Path) -> None:
    """By the hash that the version was synthesised with."""
    assert evaluate(directory, "local.is_matching") is True
    (directory / "router.zip").write_bytes(b"another")

    assert evaluate(directory, "local.is_matching") is False


def test_log_groups_are_made_where_functions_run(directory: Path) -> None:
    """Except in Regions that an account may not have enabled."""
    assert sorted(set(REPLICA_REGIONS) - OPT_IN_REGIONS) == evaluate(directory, "var.log_regions")

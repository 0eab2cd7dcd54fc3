"""The whole story of a router, through the commands a user types."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from tests.support import distributions
from tests.support.ministack import Ministack

from origin_router.aws.session import Aws
from origin_router.cli.main import main


class Shell:
    """Types commands."""

    def __init__(self, folder: Path) -> None:
        self._config = str(folder / "origin-router.toml")

    def run(self, *arguments: str, expect: int = 0) -> Result:
        """Run a command that is to end with an exit code."""
        verb, *rest = arguments
        result = CliRunner().invoke(main, [verb, "--config", self._config, *rest])
        assert expect == result.exit_code, (result.output, result.exception)
        return result

    def json(self, *arguments: str, expect: int = 0) -> dict[str, Any]:
        """Run a command with --json and return its object."""
        result = self.run(*arguments, "--json", expect=expect)
        document: dict[str, Any] = json.loads(result.stdout)
        return document


@pytest.fixture
def shell(ministack: Ministack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    for name, value in ministack.environment.items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    return Shell(tmp_path)


def test_from_init_to_destroy_the_distribution_ends_as_it_began(ministack: Ministack, shell: Shell) -> None:
    """Everything that the how-to tells, with somebody else changing the distribution in between."""
    with ministack.aws() as aws:
        distribution = distributions.create(aws)
        before = distributions.read(aws, distribution)

        # 1. A configuration and a look at what would be done
        shell.run(
            "init", "--name", "shop", "--origin", "eu=http://localhost:8081", "--origin", "us=http://localhost:8082"
        )
        planned = shell.json("plan", "--distribution", distribution)
        assert "create_function" in [each["step"] for each in planned["steps"]]
        assert before == distributions.read(aws, distribution)

        # 2. Deploy; the second time there is nothing to do
        deployed = shell.json("deploy", "--distribution", distribution, "--yes")
        assert (deployed["version"], deployed["changed"]) == ("1", True)
        again = shell.json("deploy", "--yes")
        assert (again["steps"], again["changed"]) == ([], False)

        # 3. Somebody else changes things that are theirs
        distributions.change(aws, distribution, Comment="the new shop", PriceClass="PriceClass_200")

        # 4. Another configuration, and back
        _set(shell, "band_ms", 25)
        assert shell.json("deploy", "--yes")["version"] == "2"
        back = shell.json("rollback", "--yes")
        assert back["version"] == "1"
        assert back["differences"] == [{"path": "pools.web.band_ms", "before": "25", "after": "10"}]

        # 5. Destroy: what was ours is gone, what was theirs has stayed
        shell.json("destroy", "--yes")
        after = distributions.read(aws, distribution)
        assert {**before, "Comment": "the new shop", "PriceClass": "PriceClass_200"} == after
        assert leftovers(aws) == []
        assert shell.json("destroy", "--yes")["steps"] == []


def leftovers(aws: Aws) -> list[str]:
    """Name what is left in the account."""
    return [
        *(each["FunctionName"] for each in aws.lambda_.list_functions()["Functions"]),
        *(each["RoleName"] for each in aws.iam.list_roles()["Roles"]),
        *(each["Name"] for each in aws.s3.list_buckets()["Buckets"]),
        *(
            f"{region} {each['logGroupName']}"
            for region in ("us-east-1", "ap-south-1")
            for each in aws.logs(region).describe_log_groups()["logGroups"]
        ),
    ]


def _set(shell: Shell, key: str, value: int) -> None:
    path = Path(shell._config)
    text = path.read_text()
    assert f"#{key} = " in text
    path.write_text(
        "\n".join(f"{key} = {value}" if line.startswith(f"#{key} = ") else line for line in text.splitlines())
    )

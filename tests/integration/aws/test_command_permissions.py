"""Every command works with the permissions that the page lists for it alone, and makes the calls that it lists.

One story in an account that enforces policies: each command is typed by a user who may do that
and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import click
import pytest

from origin_router.aws.calls import CALLS
from origin_router.aws.naming import Names
from origin_router.aws.permissions import COMMANDS
from origin_router.aws.session import Aws
from origin_router.cli.main import VERBS, main
from tests.support import distributions
from tests.support.calls import Calls
from tests.support.confined import enforcing, user_for
from tests.support.continuous_deployment import ContinuousDeployment
from tests.support.deployed import write_log
from tests.support.faults import answer
from tests.support.ministack import ACCOUNT, Ministack
from tests.support.shell import Shell

NAMES = Names("shop", ACCOUNT)
FUNCTION = ROLE = "origin-router-shop"

EVERYWHERE = {"help", "config_path", "profile", "as_json"}
"""Options that change no calls."""


@dataclass
class Story:
    """What happens in the account."""

    root: Ministack
    plain: Aws
    folder: Path
    cloudfront: ContinuousDeployment
    made: dict[str, set[tuple[str, str]]] = field(default_factory=dict)
    """Command -> its calls."""
    typed: list[tuple[str, ...]] = field(default_factory=list)
    _users: dict[str, Ministack] = field(default_factory=dict)

    def type(self, command: str, *options: str, expect: int = 0, typed: str = "") -> str:
        """Type a command, as a user who may do that alone; return what it printed. `typed`: if that is another word."""
        needed = [command, "--wait"] if "--wait" in options and command != "destroy" else [command]
        user = self._users.setdefault(" ".join(needed), user_for(self.root, *needed))
        calls, session = Calls(), user.session()
        calls.watch(self.cloudfront.hook(session))
        if "Manual" in options:
            answer(session, "lambda.GetRuntimeManagementConfig", {"UpdateRuntimeOn": "Manual"})
            answer(session, "lambda.PutRuntimeManagementConfig", {})
        words = [*(typed or command).split(), *(each for each in options if each != "Manual")]
        shell = Shell(user, self.folder, session)
        try:
            said = shell.run(*words, expect=expect)
        finally:
            shell.close()
        self.made.setdefault(command, set()).update(calls.made)
        if needed[1:]:
            self.made.setdefault("--wait", set()).update(calls.made)
        self.typed.append(tuple(words))
        return said

    def spoil(self, distribution: str, *, memory_mb: int) -> None:
        """Let somebody change our own things."""
        trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        self.plain.iam.update_assume_role_policy(
            RoleName=ROLE, PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        )
        self.plain.lambda_.update_function_configuration(FunctionName=FUNCTION, MemorySize=memory_mb)
        self.plain.logs("us-east-1").delete_log_group(logGroupName=NAMES.log_group)
        self.plain.s3.delete_public_access_block(Bucket=NAMES.bucket)
        self.plain.cloudwatch("us-east-1").delete_dashboards(DashboardNames=[FUNCTION])

    def lose_policy(self, distribution: str) -> None:
        """As if a command had been interrupted before the policy was attached."""
        distributions.change(self.plain, distribution, ContinuousDeploymentPolicyId="")


def play(story: Story) -> None:
    """Everything that a router may live through."""
    shell = Shell(story.root, story.folder)
    shell.init()
    shell.add(f'[control]\nbucket = "{NAMES.bucket}"')
    distribution = distributions.create(story.plain)
    on = ("--distribution", distribution)

    # 1. A canary in an account that never saw the router, given up and tried again; interrupted now and then
    story.type("plan", *on, "--canary-header", "aws-cf-cd-a=b")
    story.type("deploy --canary", "5", *on, "--dashboard", "--yes")
    story.type("rollback", "--yes", expect=1)
    story.type("deploy", "--yes", expect=1)
    story.lose_policy(distribution)
    story.type("plan", "--canary", "5", "--dashboard")
    story.type("deploy", "--yes", expect=1)
    story.type("rollback", *on, "--to", "1", "--yes", expect=1)
    story.type("deploy --canary", "6", "--yes")
    story.lose_policy(distribution)
    story.type("abort", *on, "--yes")
    story.spoil(distribution, memory_mb=128)
    story.type("deploy --canary", "7", "Manual", "--no-feedback", "--no-failover", "--dashboard", "--yes")
    story.type("destroy", *on, "--yes", "--wait", "1h")

    # 2. Deployed, changed and spoiled, rolled back
    story.type("deploy", *on, "--behavior", "/api/*", "--dashboard", "--failover", "--yes")
    story.spoil(distribution, memory_mb=192)
    shell.set("band_ms", 25)
    story.type("deploy", *on, "Manual", "--feedback", "--dashboard", "--yes")
    story.type("deploy", "--no-feedback", "--no-failover", "--yes")
    story.type("plan", "--behavior", "/api/*", "--feedback", "--failover", "--no-feedback", "--no-failover")
    story.type("rollback", "--yes")

    # 3. A canary that is promoted, one whose policy was lost, one that is aborted
    story.spoil(distribution, memory_mb=128)
    shell.set("refresh_s", 20)
    story.type("deploy --canary", "5", "Manual", "--behavior", "/api/*", "--feedback", "--failover", "--yes")
    story.type("promote", "--yes")
    story.type("deploy --canary", "--canary-header", "aws-cf-cd-a=b", "--yes", typed="deploy")
    story.type("abort", "--yes")
    for end in ("promote", "abort"):
        story.type("deploy --canary", "5", "--yes")
        story.lose_policy(distribution)
        story.type(end, *on, "--yes")
    story.type("deploy --canary", "5", "--yes")
    story.type("abort", "--yes")

    # 4. Looked at, and given orders
    story.plain.cloudwatch("us-east-1").put_metric_data(
        Namespace="AWS/CloudFront",
        MetricData=[
            {
                "MetricName": "LambdaExecutionError",
                "Dimensions": [{"Name": "DistributionId", "Value": distribution}],
                "Value": 1,
            }
        ],
    )
    write_log(story.plain, "eu-west-1", NAMES.log_group)
    story.type("status", "--since", "1h", expect=1)
    story.type("logs", "--since", "1h", "--region", "eu-west-1", "--errors", *on)
    story.type("learn", "--since", "1h", "--output", "other.json", "--min-samples", "5", expect=1)
    story.type("drain", "eu", "--pool", "web", "--for", "1h", "--wait")
    story.type("undrain", "eu", "--pool", "web", "--wait")
    story.type("pin", "eu", "--pool", "web", "--for", "1h", "--wait")
    story.type("unpin", "--pool", "web", "--wait")
    story.type("weights", "eu=5", "--pool", "web", "--for", "1h", "--wait")
    story.type("weights", "--clear", "--wait")
    for order in ("drain us", "undrain us", "pin us", "unpin", "weights us=5"):
        command, *about = order.split()
        story.type(command, *about)
    story.type("control show")
    story.type("control show", "--raw")
    story.type("control init")

    # 5. Removed, and a role that somebody gave more
    story.plain.iam.attach_role_policy(RoleName=ROLE, PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    story.type("deploy --canary", "5", "--yes")
    story.lose_policy(distribution)
    story.plain.s3.put_bucket_versioning(Bucket=NAMES.bucket, VersioningConfiguration={"Status": "Enabled"})
    story.type("destroy", "--keep-logs", "--yes")
    story.type("destroy", "--yes")


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Played once."""
    with enforcing() as root, root.aws() as plain:
        played = Story(root, plain, tmp_path_factory.mktemp("story"), ContinuousDeployment(plain))
        play(played)
        yield played


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_makes_the_calls_that_are_listed_for_it(story: Story, command: str) -> None:
    """Those that are missing on the page would fail for a confined user; those that are too many are too much power."""
    listed = {(call.service, call.operation) for call in CALLS if command in call.commands}
    made = story.made[command]
    if command == "--wait":
        made = {each for each in made if each[0] in ("logs", "sts")}
    else:
        made = made - {each for each in made if each[0] == "logs" and command in ORDERS}

    assert made == listed


ORDERS = {each for each in COMMANDS if each in ("drain", "undrain", "pin", "unpin", "weights")}


def test_every_option_was_used(story: Story) -> None:
    """An option may make further calls."""
    verbs = {command.split()[0] for command in COMMANDS} - {"--wait"}
    unused = {
        (verb, option.name)
        for verb in verbs
        for command in commands_of(verb)
        for option in command.params
        if isinstance(option, click.Option) and option.name not in EVERYWHERE
        for spelling in ([*option.opts] if not option.secondary_opts else [*option.opts, *option.secondary_opts])
        if spelling.startswith("--")
        if not any(words[0] == verb and spelling in words for words in story.typed)
    }
    assert unused == {("logs", "follow")}  # without end; what it calls is what one look calls


def commands_of(verb: str) -> list[click.Command]:
    """Return the command of a verb, or those of its group."""
    command = main.get_command(click.Context(main), verb)
    assert command is not None
    return list(command.commands.values()) if isinstance(command, click.Group) else [command]


def test_no_verb_is_forgotten() -> None:
    """The page says which make no calls."""
    silent = {"init", "check", "build", "dev", "fault", "explain", "replay", "view", "simulate", "cost", "synth"}
    known = {command.split()[0] for command in COMMANDS} - {"--wait"}

    assert {verb for verb in VERBS if verb not in silent} == known


@pytest.mark.parametrize(
    ("may", "arguments", "words"),
    [
        (
            "status",
            ("deploy", "--distribution", "{id}", "--yes"),
            "lack cloudfront:GetDistribution",
        ),
        ("plan", ("deploy", "--distribution", "{id}", "--yes"), "lack s3:CreateBucket"),
        ("logs", ("status",), "lack lambda:GetFunction"),
        ("control init", ("drain", "eu"), "lack s3:GetObject"),
    ],
)
def test_what_is_missing_is_named(
    story: Story, tmp_path: Path, may: str, arguments: tuple[str, ...], words: str
) -> None:
    """With where it was, what AWS said, and where to read on; exit code 3."""
    distribution = distributions.create(story.plain, CallerReference=may)
    bucket = f"origin-router-there-{ACCOUNT}"
    story.plain.s3.create_bucket(Bucket=bucket)
    shell = Shell(user_for(story.root, may), tmp_path)
    shell.init()
    shell.add(f'[control]\nbucket = "{bucket}"')
    said = shell.run(*(each.format(id=distribution) for each in arguments), expect=3)

    assert words in said
    assert said.rstrip().endswith("see docs/reference/permissions.md") or "s3:ListBucket" in said
    assert said.splitlines()[-1].startswith("Error: ")

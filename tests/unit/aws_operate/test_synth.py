"""The CloudFormation template, held against cfn-lint and against what CloudFront takes."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped, unused-ignore]
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from origin_router.aws.cloudformation import template
from origin_router.aws.desired import settings_for
from origin_router.aws.distribution_template import as_template
from origin_router.aws.edge_rules import edge_problems
from origin_router.aws.record import Settings
from origin_router.aws.yaml_text import as_yaml
from origin_router.bundle import build
from origin_router.cli.synth import synth
from origin_router.routing.config import ControlConfig, RouterConfig
from tests.support.full_distribution import CERTIFICATE, distribution_config
from tests.support.routers import CONFIG, TOML

SETTINGS = Settings(behaviors=("default", "/img/*"), is_failover=True, has_feedback=True)


def made(config: RouterConfig = CONFIG, settings: Settings = SETTINGS, *, is_whole: bool = True) -> dict[str, Any]:
    """Return the template; `is_whole`: with a distribution."""
    return template(config, build(config), settings, distribution_config() if is_whole else None)


def attached() -> dict[str, Any]:
    """Return the distribution in the template."""
    config: dict[str, Any] = made()["Resources"]["Distribution"]["Properties"]["DistributionConfig"]
    return config


def version_of(document: dict[str, Any]) -> str:
    """Return the logical id of the version."""
    (name,) = (str(name) for name, each in document["Resources"].items() if each["Type"] == "AWS::Lambda::Version")
    return name


def test_cfn_lint_has_nothing_to_say(tmp_path: Path) -> None:
    """With and without a distribution, control bucket, failover and feedback."""
    plain = replace(CONFIG, control=ControlConfig())
    templates = {
        "whole.json": json.dumps(made()),
        "alone.yaml": as_yaml(made(is_whole=False)),
        "small.json": json.dumps(made(plain, settings_for(plain, None, is_failover=False), is_whole=False)),
    }
    for name, text in templates.items():
        (tmp_path / name).write_text(text)
    command = [
        str(Path(sys.executable).with_name("cfn-lint")),
        "--regions",
        "us-east-1",
        "--non-zero-exit-code",
        "warning",
    ]
    done = subprocess.run(
        [*command, "--template", *templates], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert (0, "") == (done.returncode, done.stdout)


def test_neither_template_nor_construct_needs_boto3() -> None:
    """The extra `cdk` does without it."""
    program = "import sys; sys.modules.update(boto3=None, botocore=None); import origin_router.aws.cloudformation"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


@pytest.mark.parametrize("is_whole", [True, False])
def test_our_own_edge_rules_are_kept(is_whole: bool) -> None:
    """What cfn-lint does not know."""
    assert [] == edge_problems(made(is_whole=is_whole))


def test_the_function_is_the_one_that_deploy_makes() -> None:
    """By its names other commands find it."""
    resources = made()["Resources"]
    function, role = resources["Function"]["Properties"], resources["Role"]["Properties"]

    assert ("origin-router-shop", "origin-router-shop") == (function["FunctionName"], role["RoleName"])
    assert "/origin-router/shop" == function["LoggingConfig"]["LogGroup"]
    assert {"Fn::Sub": "arn:aws:logs:*:${AWS::AccountId}:log-group:/origin-router/shop"} in (
        role["Policies"][0]["PolicyDocument"]["Statement"][0]["Resource"]
    )


def test_another_build_is_another_version_and_the_same_build_is_not() -> None:
    """CloudFormation publishes a version when there is a new resource, and never otherwise."""
    other = replace(CONFIG, pools={"web": CONFIG.pools["web"]})

    assert version_of(made()) == version_of(made())
    assert version_of(made()) != version_of(made(other))


def test_versions_are_never_deleted_by_the_stack() -> None:
    """CloudFront would not let it: the update would fail."""
    version = made()["Resources"][version_of(made())]

    assert ("Retain", "Retain") == (version["DeletionPolicy"], version["UpdateReplacePolicy"])


@pytest.mark.parametrize(
    ("bucket", "is_made"),
    [
        ("origin-router-shop-123456789012", True),
        ("somebody-elses", False),
        ("origin-router-shop-1", False),
        ("", False),
    ],
)
def test_only_our_own_bucket_is_made(bucket: str, is_made: bool) -> None:
    """Another one exists already."""
    resources = made(replace(CONFIG, control=ControlConfig(bucket=bucket)))["Resources"]

    assert is_made is ("ControlBucket" in resources)


def test_the_distribution_keeps_all_that_it_had() -> None:
    """Only the attached behaviors, the placeholders and their group are new."""
    before, after = as_template(distribution_config()), attached()
    for name in before.keys() - {"Origins", "OriginGroups", "DefaultCacheBehavior", "CacheBehaviors"}:
        assert before[name] == after[name]
    assert before["Origins"] == after["Origins"][:2]
    assert ["origin-router-shop-1", "origin-router-shop-2"] == [each["Id"] for each in after["Origins"][2:]]
    assert before["OriginGroups"]["Items"] == after["OriginGroups"]["Items"][:1]
    assert before["CacheBehaviors"][1] == after["CacheBehaviors"][1]


def test_the_version_is_attached_beside_what_is_there() -> None:
    """A viewer-request function of somebody else stays."""
    default, images = attached()["DefaultCacheBehavior"], attached()["CacheBehaviors"][0]
    reference = {"Ref": version_of(made())}

    assert "origin-router-shop" == default["TargetOriginId"] == images["TargetOriginId"]
    assert [("origin-request", reference), ("origin-response", reference)] == [
        (each["EventType"], each["LambdaFunctionARN"]) for each in default["LambdaFunctionAssociations"]
    ]
    assert ["viewer-request", "origin-request", "origin-response"] == [
        each["EventType"] for each in images["LambdaFunctionAssociations"]
    ]


def test_cloudformations_words_for_a_distribution() -> None:
    """The places where they differ from the API's."""
    config = as_template(distribution_config())
    site, files = config["Origins"]

    assert "CallerReference" not in config
    assert ["shop.example.com"] == config["Aliases"]
    assert config["IPV6Enabled"]
    assert {
        "AcmCertificateArn": CERTIFICATE,
        "SslSupportMethod": "sni-only",
        "MinimumProtocolVersion": "TLSv1.2_2021",
    } == config["ViewerCertificate"]
    assert [{"HeaderName": "x-key", "HeaderValue": "1"}] == site["OriginCustomHeaders"]
    assert ["TLSv1.2"] == site["CustomOriginConfig"]["OriginSSLProtocols"]
    assert {"Enabled": True, "OriginShieldRegion": "eu-central-1"} == site["OriginShield"]
    assert not {"OriginShield", "OriginCustomHeaders", "OriginAccessControlId"} & set(files)
    assert {"Quantity": 2, "Items": [500, 502]} == config["OriginGroups"]["Items"][0]["FailoverCriteria"]["StatusCodes"]
    default, (images, old) = config["DefaultCacheBehavior"], config["CacheBehaviors"]
    assert (["HEAD", "GET"], ["HEAD", "GET"]) == (default["AllowedMethods"], default["CachedMethods"])
    assert not {"TrustedSigners", "TrustedKeyGroups", "WebACLId", "FieldLevelEncryptionId"} & set(default)
    assert ["11111111-2222-3333-4444-555555555555"] == images["TrustedKeyGroups"]
    assert {
        "QueryString": True,
        "Cookies": {"Forward": "whitelist", "WhitelistedNames": ["session"]},
        "Headers": ["Origin"],
        "QueryStringCacheKeys": ["page"],
    } == old["ForwardedValues"]
    assert (0, 200, 0) == (
        old["MinTTL"],
        config["CustomErrorResponses"][0]["ResponseCode"],
        config["CustomErrorResponses"][1]["ErrorCachingMinTTL"],
    )
    assert {"RestrictionType": "whitelist", "Locations": ["DE", "US"]} == config["Restrictions"]["GeoRestriction"]
    assert {"IncludeCookies": False, "Bucket": "logs.s3.amazonaws.com", "Prefix": "cf/"} == config["Logging"]


def broken(path: list[str | int], value: Any) -> dict[str, Any]:
    """Return the template with one thing changed."""
    document = copy.deepcopy(made())
    place: Any = document["Resources"]
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return document


FUNCTION: list[str | int] = ["Function", "Properties"]
BEHAVIOR: list[str | int] = [
    "Distribution",
    "Properties",
    "DistributionConfig",
    "DefaultCacheBehavior",
    "LambdaFunctionAssociations",
    0,
]


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        ([*FUNCTION, "Environment"], {"Variables": {"A": "1"}}, "Function.Environment: CloudFront takes no functions"),
        ([*FUNCTION, "Layers"], ["arn"], "Function.Layers"),
        ([*FUNCTION, "VpcConfig"], {"SubnetIds": ["s"]}, "Function.VpcConfig"),
        ([*FUNCTION, "Tags"], [{"Key": "a", "Value": "b"}], "Function.Tags"),
        ([*FUNCTION, "Architectures"], ["arm64"], "Function.Architectures"),
        ([*FUNCTION, "PackageType"], "Image", "Function.PackageType"),
        ([*FUNCTION, "Runtime"], "java21", "Function.Runtime"),
        ([*FUNCTION, "Timeout"], 31, "Function.Timeout"),
        ([*FUNCTION, "EphemeralStorage"], {"Size": 1024}, "Function.EphemeralStorage"),
        ([*FUNCTION, "TracingConfig"], {"Mode": "Active"}, "Function.TracingConfig"),
        ([*BEHAVIOR, "EventType"], "bogus", "LambdaFunctionAssociations[0]: EventType 'bogus'"),
        ([*BEHAVIOR, "LambdaFunctionARN"], {"Fn::GetAtt": ["Function", "Arn"]}, "is not a numbered version"),
        ([*BEHAVIOR, "LambdaFunctionARN"], {"Fn::GetAtt": "Function.Arn"}, "is not a numbered version"),
        (
            [*BEHAVIOR, "LambdaFunctionARN"],
            "arn:aws:lambda:us-east-1:1:function:f:$LATEST",
            "is not a numbered version",
        ),
        ([*BEHAVIOR, "LambdaFunctionARN"], "arn:aws:lambda:eu-west-1:1:function:f:1", "is not a numbered version"),
        (
            ["Role", "Properties", "AssumeRolePolicyDocument", "Statement", 0, "Principal"],
            {"Service": "lambda.amazonaws.com"},
            "edgelambda.amazonaws.com must be allowed",
        ),
    ],
)
def test_what_cloudfront_refuses_is_found(path: list[str | int], value: Any, problem: str) -> None:
    """Each rule has a template that breaks it."""
    found = edge_problems(broken(path, value))

    assert 1 == len(found)
    assert problem in found[0]


def test_a_body_belongs_to_requests() -> None:
    """The second association is the one on origin-response."""
    found = edge_problems(broken([*BEHAVIOR[:-1], 1, "IncludeBody"], True))

    assert ["IncludeBody is for requests, origin-response has none"] == [each.partition(": ")[2] for each in found]


@pytest.mark.parametrize(
    "arn", [{"Ref": "Parameter"}, {"Fn::ImportValue": "x"}, "arn:aws:lambda:us-east-1:1:function:f:7"]
)
def test_versions_from_elsewhere_are_left_alone(arn: Any) -> None:
    """They cannot be looked at here."""
    assert [] == edge_problems(broken([*BEHAVIOR, "LambdaFunctionARN"], arn))


def test_functions_that_are_not_at_the_edge_may_have_anything() -> None:
    """Somebody's template has others beside."""
    document = broken(["Other"], {"Type": "AWS::Lambda::Function", "Properties": {"Environment": {"Variables": {}}}})

    assert [] == edge_problems(document)


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=20), inner, max_size=3),
    max_leaves=12,
)


@given(_values)
def test_yaml_reads_back_as_what_was_written(value: Any) -> None:
    """Whatever the texts look like to YAML. (It limits the length of keys; those of templates are short.)"""
    assert value == yaml.safe_load(as_yaml(value))


@pytest.mark.parametrize(
    "text", ["no", "Yes", "NULL", "on", "1e3", "2010-09-09", "a: b", "a #b", "- a", "", " a", "~", "0x1", "é"]
)
def test_texts_stay_texts(text: str) -> None:
    """YAML has its own ideas about some words."""
    assert {text: [text]} == yaml.safe_load(as_yaml({text: [text]}))


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A configuration, and a distribution's as the AWS command line prints it."""
    (tmp_path / "origin-router.toml").write_text(TOML)
    (tmp_path / "e1.json").write_text(json.dumps({"ETag": "E2", "DistributionConfig": distribution_config()}))
    return tmp_path


def run(files: Path, *arguments: str) -> Any:
    """Run the verb."""
    config = ["--config", str(files / "origin-router.toml")]
    return CliRunner().invoke(synth, [*config, *arguments], catch_exceptions=False)


def test_the_verb_prints_json_or_yaml(files: Path) -> None:
    """The same template."""
    arguments = ("--distribution-config", str(files / "e1.json"), "--behavior", "default", "--feedback")
    as_json = run(files, *arguments)
    text = run(files, *arguments, "--yaml")

    assert (0, 0) == (as_json.exit_code, text.exit_code)
    assert json.loads(as_json.stdout) == yaml.safe_load(text.stdout)
    assert "Distribution" in json.loads(as_json.stdout)["Resources"]


@pytest.mark.parametrize(
    ("change", "arguments", "message"),
    [
        ({}, ("--behavior", "/nowhere/*"), "has no behavior '/nowhere/*'; there are: /img/*, /old/*, default"),
        ({"DefaultCacheBehavior": None}, (), "is not what `aws cloudfront get-distribution-config` prints"),
    ],
)
def test_a_distribution_that_does_not_fit(
    files: Path, change: dict[str, Any], arguments: tuple[str, ...], message: str
) -> None:
    """Exit code 2."""
    (files / "e1.json").write_text(json.dumps(distribution_config() | change))
    result = run(files, "--distribution-config", str(files / "e1.json"), *arguments)

    assert 2 == result.exit_code
    assert message in result.stderr


def test_a_trigger_that_is_taken_is_not_taken_over(files: Path) -> None:
    """A behavior has one function per trigger."""
    config = distribution_config()
    association = config["CacheBehaviors"]["Items"][0]["LambdaFunctionAssociations"]["Items"][0]
    association["EventType"] = "origin-request"
    (files / "e1.json").write_text(json.dumps(config))
    result = run(files, "--distribution-config", str(files / "e1.json"), "--behavior", "/img/*")

    assert 2 == result.exit_code
    assert "function:auth:3 on origin-request already" in result.stderr


@pytest.mark.parametrize("header", ["X-Origin-Router", "x-origin-router-attempt"])
def test_a_custom_header_of_our_own_name_is_refused(files: Path, header: str) -> None:
    """As deploy does: with where, what, and what to do."""
    config = distribution_config()
    config["Origins"]["Items"][0]["CustomHeaders"]["Items"][0]["HeaderName"] = header
    (files / "e1.json").write_text(json.dumps(config))
    result = run(files, "--distribution-config", str(files / "e1.json"))

    assert (2, "") == (result.exit_code, result.stdout)
    assert (
        f"e1.json: origin site is sent the custom header {header}, a name that the router uses itself" in result.stderr
    )
    assert f"Give {header} another name" in result.stderr


@pytest.mark.parametrize("text", ["", "[]", "7", '{"DistributionConfig": 7}', None])
def test_a_file_that_is_no_distribution(files: Path, text: str | None) -> None:
    """Or is not there."""
    path = files / "e1.json"
    path.unlink() if text is None else path.write_text(text)

    assert 2 == run(files, "--distribution-config", str(path)).exit_code


def test_a_behavior_without_a_distribution_is_wrong_usage(files: Path) -> None:
    """It would do nothing."""
    assert 2 == run(files, "--behavior", "default").exit_code

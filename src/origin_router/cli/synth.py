"""`origin-router synth`: the router as a CloudFormation template."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from origin_router import bundle
from origin_router.aws.attachment import TRIGGERS, association_arn, patterns
from origin_router.aws.cloudformation import template
from origin_router.aws.desired import settings_for, with_settings
from origin_router.aws.edge_rules import edge_problems
from origin_router.aws.naming import Names
from origin_router.aws.record import Settings
from origin_router.aws.reserved_headers import clashes
from origin_router.aws.yaml_text import as_yaml
from origin_router.cli.failures import ExitCode, show_warnings
from origin_router.cli.options import config_option
from origin_router.config import load
from origin_router.routing.config import RouterConfig


@click.command()
@config_option
@click.option("--json/--yaml", "as_json", default=True, help="Form of the template.  [default: json]")
@click.option(
    "--distribution-config",
    "distribution_path",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Make this distribution part of the stack: what `aws cloudfront get-distribution-config --id ID` prints.",
)
@click.option(
    "--behavior",
    "behaviors",
    multiple=True,
    metavar="PATTERN",
    help="Behavior of that distribution to attach to: a path pattern, or default. Repeatable.  [default: default]",
)
@click.option(
    "--failover/--no-failover",
    "is_failover",
    default=None,
    help="With an origin group.  [default: yes, where the pool has two origins]",
)
@click.option(
    "--feedback/--no-feedback",
    "has_feedback",
    default=None,
    help="Also on origin-response.  [default: as feedback.enabled says]",
)
@click.option(
    "--zip",
    "zip_path",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Also write the zip that belongs to the template.",
)
@click.pass_context
def synth(
    ctx: click.Context,
    config_path: Path,
    as_json: bool,
    distribution_path: Path | None,
    behaviors: tuple[str, ...],
    is_failover: bool | None,
    has_feedback: bool | None,
    zip_path: Path | None,
) -> None:
    """Print a CloudFormation template: role, function, version, log group, control bucket.

    The stack must be in us-east-1, and the zip in a bucket there (parameters CodeBucket and
    CodeKey). What a distribution needs is in the template's Metadata, ready to be
    copied; or give the distribution's own configuration, and it becomes part of the stack. Nothing is
    asked of AWS.

    \b
    Examples:
      origin-router synth --yaml --zip router.zip > router.yaml
      aws cloudfront get-distribution-config --id E123 > e123.json
      origin-router synth --distribution-config e123.json --behavior '/img/*'
    """
    if behaviors and distribution_path is None:
        raise click.UsageError("--behavior belongs to a distribution: give --distribution-config too.")
    loaded = load(config_path, needs_dev_files=False)
    show_warnings(loaded)
    config = loaded.router
    settings = settings_for(config, None, behaviors=behaviors, is_failover=is_failover, has_feedback=has_feedback)
    distribution = None if distribution_path is None else _read(distribution_path, settings)
    if distribution is not None:
        _check_headers(f"{distribution_path}", distribution, config, settings)
    built = with_settings(config, settings)
    zipped = bundle.build(built)
    if zip_path is not None:
        bundle.write_bundle(zipped, zip_path)
    document = template(built, zipped, settings, distribution)
    click.echo(json.dumps(document, indent=2) if as_json else as_yaml(document), nl=as_json)
    problems = edge_problems(document)
    for problem in problems:
        click.echo(f"Error: {problem}", err=True)
    if problems:
        ctx.exit(ExitCode.PROBLEM)


def _read(path: Path, settings: Settings) -> dict[str, Any]:
    """Read a distribution's configuration, bare or as the AWS command line prints it."""
    try:
        document = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        what = error.strerror if isinstance(error, OSError) else f"is not JSON: {error}"
        raise click.UsageError(f"{path} {what}") from error
    config: Any = document
    for envelope in ("Distribution", "DistributionConfig"):
        config = config.get(envelope, config) if isinstance(config, dict) else None
    tables = ("Origins", "DefaultCacheBehavior")
    if not isinstance(config, dict) or not all(isinstance(config.get(table), dict) for table in tables):
        raise click.UsageError(f"{path} is not what `aws cloudfront get-distribution-config` prints")
    for behavior in settings.behaviors:
        if behavior not in patterns(config):
            raise click.UsageError(f"{path} has no behavior {behavior!r}; there are: {', '.join(patterns(config))}")
        for trigger in TRIGGERS:
            if association_arn(config, behavior, trigger):
                arn = association_arn(config, behavior, trigger)
                raise click.UsageError(
                    f"behavior {behavior} has {arn} on {trigger} already: a trigger takes one function"
                )
    return dict(config)


def _check_headers(source: str, distribution: dict[str, Any], config: RouterConfig, settings: Settings) -> None:
    """Refuse custom headers that have the router's own names."""
    hosts = {each.host for pool in config.pools.values() for each in pool.origins}
    for clash in clashes(distribution, Names(config.name, ""), settings.behaviors, hosts):
        raise click.UsageError(f"{source}: origin {clash.origin} {clash.what}. {clash.what_to_do}")

"""From our errors to what a user reads: one line per mistake, an exit code, no traceback."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from enum import IntEnum

import click

from origin_router.bundle import BundleError
from origin_router.cli.options import is_json, print_json
from origin_router.config import ConfigError, LoadedConfig


class ExitCode(IntEnum):
    """What the exit code of a verb says."""

    OK = 0
    PROBLEM = 1
    USAGE = 2
    REMOTE = 3


def report_error(ctx: click.Context, error: Exception) -> ExitCode | None:
    """Report an error of ours and return its exit code; None: it is none of ours, hence a defect to be seen in full."""
    if isinstance(error, ConfigError):
        report_config_error(ctx, error)
        return ExitCode.PROBLEM if error.is_read else ExitCode.USAGE
    if isinstance(error, BundleError):
        report(ctx, str(error))
        return ExitCode.PROBLEM
    if is_aws_error(error):
        report(ctx, str(error))
        return ExitCode.REMOTE
    return None


def is_aws_error(error: Exception) -> bool:
    """Whether AWS failed or refused; without importing what speaks to AWS where nothing has."""
    aws = sys.modules.get("origin_router.aws.errors")
    return aws is not None and isinstance(error, aws.AwsError)


def report(ctx: click.Context, message: str) -> None:
    """Report one problem: on standard error, or as an object where a program reads."""
    report_all(ctx, [message])


def report_all(ctx: click.Context, messages: Sequence[str]) -> None:
    """Report several problems, a line each; a program gets one object all the same."""
    if is_json(ctx):
        print_json({"errors": [{"path": "", "message": message} for message in messages]})
        return
    for message in messages:
        click.echo(f"Error: {message}", err=True)


def show_warnings(loaded: LoadedConfig) -> None:
    """Say on standard error what is odd about a configuration that is used all the same."""
    for warning in loaded.warnings:
        click.echo(f"{loaded.path}: warning: {warning}", err=True)


def report_config_error(ctx: click.Context, error: ConfigError) -> None:
    """Report every mistake of a configuration, then the warnings."""
    if is_json(ctx):
        print_json(
            {
                "config": error.source,
                "errors": [each._asdict() for each in error.problems],
                "warnings": [each._asdict() for each in error.warnings],
            }
        )
        return
    for problem in error.problems:
        click.echo(f"{error.source}: {problem}", err=True)
    for warning in error.warnings:
        click.echo(f"{error.source}: warning: {warning}", err=True)
    if len(error.problems) > 1:
        click.echo(f"{len(error.problems)} problems in {error.source}", err=True)

"""The group of verbs. A verb's module is imported when the verb is used, so that starting stays fast."""

from __future__ import annotations

import importlib
from typing import Any

import click

VERBS = {
    "init": "origin_router.cli.init:init",
    "check": "origin_router.cli.check:check",
    "build": "origin_router.cli.build:build",
    "dev": "origin_router.cli.dev:dev",
    "fault": "origin_router.cli.fault:fault",
    "explain": "origin_router.cli.explain:explain",
    "replay": "origin_router.cli.replay:replay",
    "view": "origin_router.cli.view:view",
    "plan": "origin_router.cli.plan:plan",
    "deploy": "origin_router.cli.deploy:deploy",
    "promote": "origin_router.cli.promote:promote",
    "abort": "origin_router.cli.promote:abort",
    "status": "origin_router.cli.status:status",
    "logs": "origin_router.cli.logs:logs",
    "rollback": "origin_router.cli.rollback:rollback",
    "destroy": "origin_router.cli.destroy:destroy",
    "drain": "origin_router.cli.drain:drain",
    "undrain": "origin_router.cli.drain:undrain",
    "pin": "origin_router.cli.pin:pin",
    "unpin": "origin_router.cli.pin:unpin",
    "weights": "origin_router.cli.weights:weights",
    "control": "origin_router.cli.control:control",
    "learn": "origin_router.cli.learn:learn",
    "cost": "origin_router.cli.cost:cost",
    "synth": "origin_router.cli.synth:synth",
    "simulate": "origin_router.cli.simulate:simulate",
}
"""Verb -> `module:attribute` of its command, in the order in which they are met."""


class Verbs(click.Group):
    """Loads verbs lazily, and turns the errors that users can mend into one line and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in VERBS:
            return None
        module, _, attribute = VERBS[cmd_name].partition(":")
        try:
            command: click.Command = getattr(importlib.import_module(module), attribute)
        except ModuleNotFoundError as error:
            if error.name not in ("boto3", "botocore"):
                raise
            raise click.UsageError(f"{cmd_name} needs boto3: pip install 'cloudfront-origin-router[aws]'") from error
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise  # click's own way of ending
        except Exception as error:
            from origin_router.cli.failures import report_error  # brings the types of the errors, hence pydantic

            exit_code = report_error(ctx, error)
            if exit_code is None:
                raise
            ctx.exit(exit_code)


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="cloudfront-origin-router", prog_name="origin-router")
def main() -> None:
    """Send every CloudFront cache miss to the fastest healthy origin.

    \b
    origin-router init     write origin-router.toml
    origin-router check    look it over, and the origins with --probe
    origin-router dev      try it in a local edge

    Exit codes: 0 ok, 1 a problem was found, 2 wrong usage, 3 the remote side failed.
    """

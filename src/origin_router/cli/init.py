"""`origin-router init`: the first configuration, from options or questions."""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Sequence
from functools import partial
from pathlib import Path
from typing import NoReturn

import click

from origin_router.cli.failures import ExitCode, report, report_config_error
from origin_router.cli.options import DEFAULT_CONFIG, json_option, print_json
from origin_router.config import ConfigError, parse, values
from origin_router.config.schema import schema_at
from origin_router.config.template import Answers, OriginAnswer, parse_origin, render


@click.command()
@click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path),
    default=DEFAULT_CONFIG,
    show_default=True,
    metavar="FILE",
    help="The file to write. It must not exist.",
)
@click.option("--name", help="Name of the function.")
@click.option(
    "--origin",
    "origin_texts",
    multiple=True,
    metavar="[ID=]HOST",
    help="An origin: a DNS name, with a port or as a URL where it is not https on 443. Repeat for more.",
)
@click.option(
    "--policy",
    type=click.Choice(schema_at(("pools", "web", "policy"))["enum"]),
    default="fastest",
    show_default=True,
    help="How one of the healthy origins is chosen.",
)
@click.option("--probe-path", default="/", show_default=True, help="What probes ask for.")
@json_option
@click.pass_context
def init(
    ctx: click.Context,
    config_path: Path,
    name: str | None,
    origin_texts: tuple[str, ...],
    policy: str,
    probe_path: str,
    as_json: bool,
) -> None:
    """Write a commented origin-router.toml.

    Without --origin it asks for what it needs; with it, it asks nothing.

    \b
    Examples:
      origin-router init
      origin-router init --name shop --origin eu=eu.example.com --origin us=https://us.example.com:8443
    """
    if config_path.exists():
        _refuse(ctx, f"{config_path} exists and is left as it is; remove it, or choose another file with --config")
    try:
        name = name or (_default_name() if origin_texts else _ask_name())
        origins = _read_origins(origin_texts) if origin_texts else _ask_origins()
    except ValueError as error:
        _refuse(ctx, f"--origin {error}")
    except click.Abort:
        if sys.stdin.isatty():
            raise
        _refuse(ctx, "standard input gave no answer; say it with --name and --origin")
    text = render(Answers(name=name, origins=origins, policy=policy, probe_path=probe_path))
    try:
        parse(text.encode(), config_path)
    except ConfigError as error:
        report_config_error(ctx, error)
        ctx.exit(ExitCode.USAGE)
    try:
        with config_path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        _refuse(ctx, f"cannot write {config_path}: {error.strerror}")
    if as_json:
        print_json({"config": str(config_path)})
    else:
        click.echo(f"Wrote {config_path}. Next: origin-router check --probe")


def _refuse(ctx: click.Context, message: str) -> NoReturn:
    report(ctx, message)
    ctx.exit(ExitCode.USAGE)


def _read_origins(texts: Sequence[str]) -> list[OriginAnswer]:
    origins: list[OriginAnswer] = []
    for text in texts:
        origins.append(parse_origin(text, {each.id for each in origins}))
    return origins


def _ask_name() -> str:
    return str(click.prompt("Name of the function", default=_default_name(), value_proc=_name, err=True))


def _default_name() -> str:
    """Return the name of the directory, as far as it makes a name."""
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", Path.cwd().name).strip("-")
    return name[: values.LAMBDA_NAME_CHARS] or "origin-router"


def _name(text: str) -> str:
    problem = values.name_problem(text)
    if problem:
        raise click.UsageError(problem)
    return text


def _ask_origins() -> list[OriginAnswer]:
    origins: list[OriginAnswer] = []
    while True:
        taken = {each.id for each in origins}
        if origins:
            question, default = "Another origin (empty: no more)", ""
        else:
            question, default = "First origin (DNS name, or URL where it is not https on 443)", None
        answer: OriginAnswer | None = click.prompt(
            question, default=default, show_default=False, value_proc=partial(_origin, taken), err=True
        )
        if answer is None:
            return origins
        origins.append(answer)


def _origin(taken: Collection[str], text: str) -> OriginAnswer | None:
    """Read one answer; the prompt asks again where it is not right."""
    if not text:
        return None
    try:
        origin = parse_origin(text, taken)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    problem = (
        values.host_problem(origin.host)
        or values.port_problem(origin.port)
        or values.origin_path_problem(origin.path)
        or values.name_problem(origin.id)
        or (
            f"the id {origin.id} is taken; write another before the name, as in eu2={text}"
            if origin.id in taken
            else None
        )
    )
    if problem:
        raise click.UsageError(problem)
    return origin

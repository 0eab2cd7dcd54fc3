"""Write the generated pages of docs/reference from the code; with --check only say whether they are fresh."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from origin_router.cli.main import main as origin_router
from origin_router.config.problems import Location
from origin_router.config.schema import follow, header, number_range, tables
from origin_router.config.template import toml
from origin_router.emulator.distribution.limits import (
    BEHAVIOR_LIMITS,
    DISTRIBUTION_LIMITS,
    GENERAL_LIMITS,
    GROUP_LIMITS,
    ORIGIN_LIMITS,
)

sys.path.insert(0, str(Path(__file__).parents[1]))  # the conformance suite is not installed
from tests.conformance.collect import cases
from tests.conformance.statements import SECTIONS

REFERENCE = Path(__file__).parents[1] / "docs" / "reference"

HELP_CHARS = 100
"""Width of the help texts, so that they do not depend on a terminal."""

GENERATED = "<!-- Written by scripts/generate_reference.py. Change the code, not this file. -->"

CONFIG_INTRO = """\
# Configuration

The router reads `origin-router.toml`. `origin-router init` writes a first one,
`origin-router check` reports every mistake in it with its path, and
`origin-router check --schema` prints a JSON Schema for editors.
An unknown key is an error. `NAME` stands for a name of your choice.
"""

CLI_INTRO = """\
# Command line

Exit codes: 0 ok, 1 a problem was found, 2 wrong usage, 3 the remote side failed.
With `--json` a command prints one object. What is wrong goes to standard error, one line
for each problem; with `--json` it is the array `errors` of the object, each with `path` and
`message`.
"""


def config_page() -> str:
    """Return the page of the configuration's keys."""
    return "\n".join([CONFIG_INTRO, GENERATED, *(_table(place, schema) for place, schema in tables())])


def _table(place: Location, schema: dict[str, Any]) -> str:
    title = f"`{header(place)}`" if place else "Top of the file"
    rows = [
        f"| `{key}` | {_kind(child)} | {_default(key, child, schema)} | {_cell(child['description'])} |"
        for key, child in schema["properties"].items()
        if "description" in child
    ]
    head = ["| Key | Type | Default | Meaning |", "|---|---|---|---|"]
    return "\n".join([f"\n## {title}\n", schema["description"], "", *head, *rows])


def _kind(child: dict[str, Any]) -> str:
    if "enum" in child:
        return " or ".join(f"`{toml(each)}`" for each in child["enum"])
    kind = follow(child)
    if kind["type"] in ("integer", "number"):
        limits = f", {number_range(kind)}" if "minimum" in kind else ""
        return f"{kind['type']}{limits}"
    if kind["type"] == "array":
        return f"array of {kind['items']['type']}s"
    if kind["type"] == "object":
        return f"table of {_plural(kind['additionalProperties'])}"
    return str(kind["type"])


def _plural(kind: dict[str, Any]) -> str:
    """Write what a table holds; one of tables, as `prior` is, is said in full."""
    if kind["type"] == "object":
        return f"tables of {_plural(kind['additionalProperties'])}"
    return f"{kind['type']}s"


def _default(key: str, child: dict[str, Any], schema: dict[str, Any]) -> str:
    if key in schema.get("required", ()):
        return "required"
    default = child.get("default")
    return "none" if default is None else f"`{toml(default)}`"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def cli_page() -> str:
    """Return the page of the commands, as their --help has it."""
    parent = click.Context(
        origin_router,
        info_name="origin-router",
        terminal_width=HELP_CHARS,
        **origin_router.context_settings,
    )
    sections = [_help("origin-router", origin_router.get_help(parent))]
    for verb in origin_router.list_commands(parent):
        command = origin_router.get_command(parent, verb)
        if command is None:
            raise SystemExit(f"{verb} is listed but cannot be loaded")
        context = click.Context(command, parent, verb)
        sections.append(_help(f"origin-router {verb}", command.get_help(context)))
        for name, part in command.commands.items() if isinstance(command, click.Group) else ():
            sections.append(_help(f"origin-router {verb} {name}", part.get_help(click.Context(part, context, name))))
    return "\n".join([CLI_INTRO, GENERATED, *sections])


def _help(title: str, text: str) -> str:
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    return f"\n## {title}\n\n```text\n{lines}\n```"


LIMITS_INTRO = """\
# What the local edge does not emulate

Everything else that a distribution configures is emulated, or this page is incomplete: please
say so. What of the first four tables a given distribution uses is told at start, with its path.
"""


def limits_page() -> str:
    """Return the page of what is different at the local edge."""
    tables = (
        ("Settings of a distribution", DISTRIBUTION_LIMITS),
        ("Settings of a behavior", BEHAVIOR_LIMITS),
        ("Settings of an origin", ORIGIN_LIMITS),
        ("Settings of an origin group", GROUP_LIMITS),
    )
    sections = [
        "\n".join(
            [f"\n## {title}\n", "| Setting | Here |", "|---|---|"]
            + [f"| `{limit.key}` | {_cell(limit.what_happens)} |" for limit in limits]
        )
        for title, limits in tables
    ]
    general = ["\n## In general\n", "| What | Here |", "|---|---|"]
    general += [f"| {what} | {_cell(here)} |" for what, here in GENERAL_LIMITS]
    return "\n".join([LIMITS_INTRO, GENERATED, *sections, *general])


EDGE_INTRO = """\
# What the local edge does as CloudFront does

Every sentence on this page is the docstring of a case in `tests/conformance/` that passes, so the
page claims what is proven, and nothing else. CFDG is the CloudFront developer guide, LDG the Lambda
developer guide, each with the name of the page; "practice" is what AWS does not document but
public code and error pages show. What is not emulated is in [its own list](local-edge-limits.md).
"""


def edge_page() -> str:
    """Return the page of what the conformance suite proves."""
    sections = []
    for section, title in SECTIONS.items():
        found = [statement for _, _, statement in cases() if statement is not None and statement.section == section]
        rows = [f"| {_cell(statement.text)} | {statement.source} |" for statement in found]
        sections.append("\n".join([f"\n## {title}\n", "| Statement | Source |", "|---|---|", *rows]))
    return "\n".join([EDGE_INTRO, GENERATED, *sections])


PAGES: dict[str, Callable[[], str]] = {
    "config.md": config_page,
    "cli.md": cli_page,
    "local-edge.md": edge_page,
    "local-edge-limits.md": limits_page,
}


def stale() -> list[Path]:
    """Return the pages that are not what the code says now."""
    found = []
    for name, page in PAGES.items():
        path = REFERENCE / name
        if not path.exists() or path.read_text(encoding="utf-8") != page() + "\n":
            found.append(path)
    return found


@click.command()
@click.option("--check", "only_check", is_flag=True, help="Write nothing; exit with 1 if a page is out of date.")
def generate(only_check: bool) -> None:
    """Write the reference pages from the code."""
    paths = stale()
    for path in paths:
        if not only_check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(PAGES[path.name]() + "\n", encoding="utf-8")
        click.echo(f"{'out of date' if only_check else 'written'}: {path.name}")
    if only_check and paths:
        click.echo("Run: python scripts/generate_reference.py", err=True)
        sys.exit(1)


if __name__ == "__main__":
    generate()

"""What several verbs share: `--config`, `--json`, and how results are printed."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

DEFAULT_CONFIG = "origin-router.toml"

PIPED_WIDTH = 200
"""Columns of a table that goes into a file or pipe, where nothing is gained by breaking lines."""

COLUMN_GAP = 3
"""Columns between two of a table."""

_JSON_KEY = "origin_router.json"
"""Place in click's context, shared by the group and the verb: a failure must know how to report itself."""


def config_option(function: F) -> F:
    """Add `--config`, passed as `config_path`."""
    return click.option(
        "--config",
        "config_path",
        type=click.Path(path_type=Path),
        default=DEFAULT_CONFIG,
        show_default=True,
        metavar="FILE",
        help="The configuration.",
    )(function)


def json_option(function: F) -> F:
    """Add `--json`, passed as `as_json`."""
    return click.option(
        "--json",
        "as_json",
        is_flag=True,
        callback=_remember_json,
        is_eager=True,
        help="Print one JSON object instead of text.",
    )(function)


def is_json(ctx: click.Context) -> bool:
    """Whether the verb was asked for JSON."""
    return bool(ctx.meta.get(_JSON_KEY))


def print_json(document: dict[str, Any]) -> None:
    """Print the one object of `--json`."""
    click.echo(json.dumps(document))


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[str] = ()) -> None:
    """Print a table; the columns named in `right` hold numbers."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for column in columns:
        table.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console = Console()
    if not console.is_terminal:
        console.width = PIPED_WIDTH
    console.print(table)


def print_wide_table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[str] = ()) -> None:
    """Print a table; where a terminal is too narrow for it, parts of it that repeat the first column."""
    from rich.console import Console

    console = Console()
    width = console.width if console.is_terminal else PIPED_WIDTH
    widths = [max(map(len, cells)) for cells in zip(columns, *rows, strict=True)]
    for number, part in enumerate(parts_that_fit(widths, width)):
        if number:
            click.echo()
        print_table([columns[each] for each in part], [[row[each] for each in part] for row in rows], right=right)


def parts_that_fit(widths: Sequence[int], width: int) -> list[list[int]]:
    """Spread columns over parts of a width, the first of them in each; return their indices."""
    parts: list[list[int]] = []
    used = width + 1
    for index, each in enumerate(widths[1:], 1):
        if used + each + COLUMN_GAP > width:
            parts.append([0])
            used = widths[0]
        parts[-1].append(index)
        used += each + COLUMN_GAP
    return parts or [[0]]


def milliseconds(value: float | None) -> str:
    """Write a measured time; `-` where there is none."""
    return "-" if value is None else f"{value:.1f}"


def _remember_json(ctx: click.Context, parameter: click.Parameter, value: bool) -> bool:
    del parameter
    ctx.meta[_JSON_KEY] = value
    return value

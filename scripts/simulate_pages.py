"""What the scripts share that play scenarios and write the tables of a page."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path

from origin_router.cli import simulate_play
from origin_router.simulator.jobs import Play
from origin_router.simulator.run import Played, check, local_executor


def play(plays: Sequence[Play]) -> list[Played]:
    """Play all, in their order; of a run that was stopped nothing is of use."""
    check(plays)
    end = simulate_play.play(plays, local_executor())
    if end.why:
        sys.exit(f"{end.why}: nothing was written")
    return end.played


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, first: str = "---") -> str:
    """A table of Markdown; all columns but perhaps the first hold numbers."""
    lines = [f"| {' | '.join(cells)} |\n" for cells in (head, *rows)]
    return "".join([lines[0], f"|{first}{'|---:' * (len(head) - 1)}|\n", *lines[1:]])


def number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:,.{digits}f}"


def write(page: Path, name: str, text: str) -> None:
    """Put a text between `<!-- NAME -->` and the `<!-- /WORD -->` that NAME's first word closes."""
    begin, end = f"<!-- {name} -->\n", f"<!-- /{name.split()[0]} -->"
    marked = re.compile(f"({re.escape(begin)}).*?({re.escape(end)})", re.DOTALL)
    written, count = marked.subn(lambda match: match[1] + text + match[2], page.read_text(encoding="utf-8"))
    if count != 1:
        sys.exit(f"{page}: {begin.strip()} with its {end} must be there once")
    page.write_text(written, encoding="utf-8")

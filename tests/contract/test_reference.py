"""The reference pages are what the code says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from origin_router.cli.main import VERBS
from origin_router.config.schema import header, tables

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"


def test_the_pages_are_fresh() -> None:
    """Generated again, they would be the same; the message says how to do that."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "generate_reference.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.stdout, done.stderr) == ("", "")
    assert done.returncode == 0


def test_every_key_and_every_verb_has_its_place() -> None:
    """Held against the types, not against the generator."""
    config, cli = ((REFERENCE / name).read_text(encoding="utf-8") for name in ("config.md", "cli.md"))

    for place, table in tables():
        section = config.partition(f"## `{header(place)}`" if place else "## Top of the file")[2].partition("\n## ")[0]
        for key, child in table["properties"].items():
            assert f"| `{key}` |" in section or "description" not in child, f"{header(place)} {key}"
    for verb in VERBS:
        assert f"## origin-router {verb}\n" in cli

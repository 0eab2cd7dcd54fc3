"""Building the zip and writing it."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from origin_router.bundle import Bundle, BundleError, write_bundle
from origin_router.bundle.bundler import sources


def names(directory: Path) -> list[str]:
    """What lies in a directory, hidden files too."""
    return sorted(path.name for path in directory.iterdir())


def test_size_and_digest_are_those_of_the_bytes() -> None:
    """What `--json` reports can be checked with other tools."""
    bundle = Bundle(b"abc")

    assert bundle.size == 3
    assert hashlib.sha256(b"abc").hexdigest() == bundle.sha256


def test_writing_makes_directories_and_replaces_what_was_there(tmp_path: Path) -> None:
    """The second build of a day."""
    path = tmp_path / "build" / "shop.zip"
    write_bundle(Bundle(b"old"), path)
    write_bundle(Bundle(b"new"), path)

    assert path.read_bytes() == b"new"
    assert names(path.parent) == ["shop.zip"]


def test_the_file_has_the_permissions_that_the_user_asked_for(tmp_path: Path) -> None:
    """The umask decides, as for any other file."""
    previous = os.umask(0o027)
    try:
        write_bundle(Bundle(b"x"), tmp_path / "shop.zip")
    finally:
        os.umask(previous)

    assert stat.S_IMODE((tmp_path / "shop.zip").stat().st_mode) == 0o640


def test_an_interruption_leaves_what_was_there(tmp_path: Path) -> None:
    """Neither half a zip nor a draft beside it."""
    path = tmp_path / "shop.zip"
    write_bundle(Bundle(b"old"), path)
    unwritable: Any = object()
    with pytest.raises(TypeError):
        write_bundle(Bundle(unwritable), path)

    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["shop.zip"]


def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    """A directory of that name; a file where a directory should be."""
    (tmp_path / "taken").mkdir()
    (tmp_path / "file").write_text("")

    with pytest.raises(BundleError, match=r"cannot write .*taken: Is a directory"):
        write_bundle(Bundle(b"x"), tmp_path / "taken")
    with pytest.raises(BundleError, match=r"cannot write .*x\.zip: "):
        write_bundle(Bundle(b"x"), tmp_path / "file" / "x.zip")
    assert names(tmp_path) == ["file", "taken"]


def test_only_python_files_of_the_shipped_packages_are_taken(tmp_path: Path) -> None:
    """Caches, notes and other packages stay at home."""
    for name in ("__init__.py", "routing/a.py", "edge/b.py", "edge/notes.txt", "edge/__pycache__/b.pyc", "cli/c.py"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)

    assert sources(tmp_path) == {
        "origin_router/__init__.py": b"__init__.py",
        "origin_router/routing/a.py": b"routing/a.py",
        "origin_router/edge/b.py": b"edge/b.py",
    }

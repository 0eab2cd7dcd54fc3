"""Zip archives whose bytes depend on nothing but their content."""

from __future__ import annotations

import io
import os
import zipfile

from hypothesis import given
from hypothesis import strategies as st

from origin_router.bundle.archive import archive

FILES = {"b/x.py": b"x = 1\n" * 50, "a.py": b"", "b/a.json": b"{}"}


def test_the_files_come_back() -> None:
    """Names sorted, content untouched, every checksum right."""
    with zipfile.ZipFile(io.BytesIO(archive(FILES))) as packed:
        assert packed.testzip() is None
        assert sorted(FILES) == packed.namelist()
        assert {name: packed.read(name) for name in packed.namelist()} == FILES


def test_an_entry_says_nothing_about_this_machine() -> None:
    """No time, no owner, no umask, no operating system."""
    previous = os.umask(0o077)
    try:
        data = archive(FILES)
    finally:
        os.umask(previous)
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        entries = packed.infolist()

    assert {(1980, 1, 1, 0, 0, 0)} == {entry.date_time for entry in entries}
    assert {0o100644} == {entry.external_attr >> 16 for entry in entries}
    assert {3} == {entry.create_system for entry in entries}
    assert {zipfile.ZIP_DEFLATED} == {entry.compress_type for entry in entries}
    assert {b""} == {entry.extra for entry in entries}


@given(st.permutations(sorted(FILES)))
def test_the_order_in_which_files_were_found_does_not_show(names: list[str]) -> None:
    """File systems list directories as they please."""
    assert archive(FILES) == archive({name: FILES[name] for name in names})

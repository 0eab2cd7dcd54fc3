"""Zip archives whose bytes depend on nothing but their content."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Mapping

TIMESTAMP = (1980, 1, 1, 0, 0, 0)
"""The earliest that the format can hold; a real one would change with every build."""

MODE = stat.S_IFREG | 0o644
"""Readable for the user that Lambda runs as, whatever the umask here was."""

UNIX = 3
"""`create_system`: the attributes are Unix permissions, on whatever system this runs."""

LEVEL = 9
"""Deflate level, fixed so that defaults of Python or zlib do not show in the bytes."""


def archive(files: Mapping[str, bytes]) -> bytes:
    """Return a zip of the files, by their names in the archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, TIMESTAMP)
            entry.create_system = UNIX
            entry.external_attr = MODE << 16
            target.writestr(entry, files[name], zipfile.ZIP_DEFLATED, LEVEL)
    return buffer.getvalue()

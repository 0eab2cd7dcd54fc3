"""CloudWatch's log groups as files: what the function writes, and what CloudFront says about its results.

`DIRECTORY/REGION/aws/lambda/us-east-1.NAME/ENVIRONMENT.log` and
`DIRECTORY/REGION/aws/cloudfront/LambdaEdge/DISTRIBUTION.log`: groups are per Region at the edge
(CloudFront guide), so they are here.
"""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import TextIO

OPEN_FILES = 64
"""Files that are kept open; environments come and go."""


class LogGroups:
    """The log groups of one Region."""

    def __init__(self, directory: Path, region: str, *, function: str, distribution: str) -> None:
        """Raise OSError where nothing can be written."""
        self._root = directory / region / "aws"
        self._function = f"lambda/{function}"
        self._validation = f"cloudfront/LambdaEdge/{distribution}.log"
        self._open: dict[str, TextIO] = {}
        self._root.mkdir(parents=True, exist_ok=True)

    def function(self, environment: str, line: str) -> None:
        """A line that the function has written, or that Lambda has written about it."""
        self._write(f"{self._function}/{environment}.log", line)

    def validation(self, line: str) -> None:
        """What was wrong with a result."""
        self._write(self._validation, line)

    def close(self) -> None:
        """Close every file."""
        for file in self._open.values():
            file.close()
        self._open.clear()

    def _write(self, name: str, line: str) -> None:
        file = self._open.get(name)
        if file is None:
            if len(self._open) >= OPEN_FILES:
                self._open.pop(next(iter(self._open))).close()
            path = self._root / name
            with contextlib.suppress(OSError):
                path.parent.mkdir(parents=True, exist_ok=True)
                file = self._open[name] = path.open("a", encoding="utf-8", buffering=1)
        if file is not None:
            now = time.time()
            stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now * 1000) % 1000:03d}Z"
            with contextlib.suppress(OSError):
                file.write(f"{stamp} {line}\n")

"""The directory that plays Lambda's /var/runtime: the runtime client and what it needs, nothing else.

The local edge's own Python has many more packages installed. A function that imports one of
them would work here and fail at the edge, so its process sees links to these few only.
"""

from __future__ import annotations

import re
import sys
from importlib.metadata import Distribution
from pathlib import Path

RUNTIME_CLIENT = "awslambdaric"

BUNDLED = ("boto3", "botocore")
"""Lambda's Python runtimes also bring the AWS SDK (Lambda guide); here it is there if it is installed."""

_REQUIREMENT_NAME = re.compile(r"[A-Za-z0-9._-]+")


class RuntimeMissing(Exception):  # noqa: N818 - says what is the matter
    """The runtime client is not installed."""


def link_runtime(into: Path, site_packages: Path | None = None) -> None:
    """Fill the directory with links to the installed runtime client, its dependencies, and the SDK.

    They are those of the Python that runs this, or, for environments of another Python, what is
    installed in its `site_packages`.
    """
    path = sys.path if site_packages is None else [str(site_packages)]
    wanted = [RUNTIME_CLIENT, *BUNDLED]
    seen: set[str] = set()
    while wanted:
        name = wanted.pop()
        if name.lower() in seen:
            continue
        seen.add(name.lower())
        found = next(iter(Distribution.discover(name=name, path=path)), None)
        if found is not None:
            _link(found, into)
            wanted += _requirements(found)
        elif name not in BUNDLED:
            raise RuntimeMissing(f"the Python package {name} is not installed; install cloudfront-origin-router anew")


def _link(found: Distribution, into: Path) -> None:
    tops = {file.parts[0] for file in found.files or () if file.parts[0] != ".."}
    for top in tops - {"__pycache__"}:
        (into / top).symlink_to(Path(str(found.locate_file(top))))


def _requirements(found: Distribution) -> list[str]:
    """Names of the packages it cannot do without; extras are left out."""
    needed = [each for each in found.requires or () if "extra ==" not in each]
    return [match[0] for each in needed if (match := _REQUIREMENT_NAME.match(each))]

"""The function that the local edge runs: the router's own zip, or any other Python zip."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from origin_router import bundle
from origin_router.config import ConfigError, ConfigProblem
from origin_router.routing.config import RouterConfig

UNZIPPED_LIMIT_BYTES = 262_144_000
"""Lambda's limit for an unzipped package (CloudFront quotas)."""

_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class FunctionCode:
    """What Lambda would be given."""

    name: str
    zip_data: bytes
    handler: str
    """`module.attribute` inside the zip."""


def of_router(router: RouterConfig) -> FunctionCode:
    """Build the router's zip."""
    built = bundle.build(router)
    return FunctionCode(router.name, built.zip_bytes, built.handler)


def of_zip(path: Path, handler: str) -> FunctionCode:
    """Read a zip and see that its handler's module is in it. Raises ConfigError saying what is wrong."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _refused(path, f"cannot be read: {error.strerror}", is_read=False) from None
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            size = sum(info.file_size for info in archive.infolist())
    except zipfile.BadZipFile:
        raise _refused(path, "is not a zip") from None
    if size > UNZIPPED_LIMIT_BYTES:
        raise _refused(path, f"has {size} bytes unzipped; Lambda takes {UNZIPPED_LIMIT_BYTES}")
    module, _, attribute = handler.rpartition(".")
    if not module or not attribute:
        raise _refused(path, f"the handler {handler!r} is not of the form MODULE.FUNCTION, such as app.handler")
    place = module.replace(".", "/")
    if not {f"{place}.py", f"{place}/__init__.py"} & set(names):
        raise _refused(path, f"has no module {module} (for the handler {handler}){_modules(names)}")
    return FunctionCode(_NOT_IN_A_NAME.sub("-", path.stem) or "function", data, handler)


def _modules(names: Iterable[str]) -> str:
    modules = sorted(name.removesuffix(".py").replace("/", ".") for name in names if name.endswith(".py"))[:8]
    return f"; there are {', '.join(modules)}" if modules else "; there is no Python file in it"


def _refused(path: Path, message: str, *, is_read: bool = True) -> ConfigError:
    return ConfigError(str(path), [ConfigProblem("", message)], is_read=is_read)

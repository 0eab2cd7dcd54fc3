"""The zip that goes to Lambda@Edge: what is in it, and that it is always the same."""

from __future__ import annotations

import ast
import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path, PurePosixPath

import pytest

from origin_router.bundle import HANDLER, build
from origin_router.routing.compiled import decode
from tests.support.configs import as_tables, document, parsed

CONFIG = parsed(document()).router

FIGURE_BYTES = 64 * 1024
"""Figure F5 of the design: the zip is at most 64 KB."""

BUILD_AND_PRINT = """
import sys
from pathlib import Path
from origin_router.bundle import build
from origin_router.config import load
print(build(load(Path(sys.argv[1])).router).sha256)
"""


@pytest.fixture(scope="module")
def shipped() -> dict[str, bytes]:
    """The content of a built zip."""
    with zipfile.ZipFile(io.BytesIO(build(CONFIG).zip_bytes)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def test_two_builds_are_equal() -> None:
    """To the byte."""
    assert build(CONFIG).zip_bytes == build(CONFIG).zip_bytes


def test_a_build_elsewhere_is_equal(tmp_path: Path) -> None:
    """Another process, hash seed, time zone, umask, directory and language."""
    path = tmp_path / "origin-router.toml"
    path.write_text(document())
    environment = os.environ | {"PYTHONHASHSEED": "7", "TZ": "Pacific/Auckland", "LC_ALL": "C"}
    done = subprocess.run(
        [sys.executable, "-c", BUILD_AND_PRINT, str(path)],
        env=environment,
        umask=0o077,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    assert build(CONFIG).sha256 == done.stdout.strip()


def test_the_order_of_keys_in_the_file_does_not_show() -> None:
    """Same meaning, same bytes."""
    other = parsed(document(origin='host = "eu.example.com"\nid = "eu"', top='pool = "web"\nname = "shop"')).router

    assert build(CONFIG).sha256 == build(other).sha256


def test_nothing_else_is_in_it(shipped: dict[str, bytes]) -> None:
    """Decisions, edge code, configuration."""
    for name in shipped:
        path = PurePosixPath(name)
        is_code = path.suffix == ".py" and path.parent.as_posix() in ("origin_router/routing", "origin_router/edge")
        assert is_code or name in ("origin_router/__init__.py", "origin_router/edge/config.json"), name


def test_the_handler_is_in_it(shipped: dict[str, bytes]) -> None:
    """The name that the build reports is a function of a module of the zip."""
    module, _, attribute = HANDLER.rpartition(".")
    tree = ast.parse(shipped[module.replace(".", "/") + ".py"])

    assert attribute in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_the_configuration_in_it_is_the_one_it_was_built_from(shipped: dict[str, bytes]) -> None:
    """Compact JSON that the edge's own decoder reads back."""
    data = shipped["origin_router/edge/config.json"]

    assert as_tables(decode(json.loads(data))) == asdict(CONFIG)
    assert b" " not in data.replace(b'"', b"")


def test_it_is_small() -> None:
    """What Lambda loads in every cold start."""
    assert build(CONFIG).size <= FIGURE_BYTES


def imported_modules(source: bytes, package: str) -> Iterator[str]:
    """Yield the absolute names that a module imports, at the top or anywhere inside."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            yield ".".join([*base, *([node.module] if node.module else [])])


def test_the_import_closure_is_the_standard_library_and_the_zip_itself(shipped: dict[str, bytes]) -> None:
    """Nothing that Lambda@Edge cannot provide may be imported by what we ship."""
    ours = {name.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for name in shipped}
    foreign = [
        (name, module)
        for name, source in shipped.items()
        if name.endswith(".py")
        for module in imported_modules(source, name.rpartition("/")[0].replace("/", "."))
        if module.partition(".")[0] not in sys.stdlib_module_names and module not in ours
    ]

    assert foreign == []


def test_the_closure_test_sees_nested_and_relative_imports() -> None:
    """The test above would be worth nothing if it missed a hidden import."""
    source = b"def f():\n    try:\n        import boto3.session\n    except ImportError:\n        from .. import x\n"

    assert list(imported_modules(source, "a.b")) == ["boto3.session", "a"]


NEEDED_BY_SOME = {
    "origin_router.edge.control_document",
    "origin_router.edge.signing",
    "origin_router.routing.conditions",
    "origin_router.routing.control_document",
}
"""Modules that a router without rules and without a control document has no use for."""

DEAR = {"typing", "dataclasses", "inspect", "pathlib", "random", "urllib.parse", "hashlib", "http.client", "zlib"}
"""Modules of the standard library that a cold start can do without: each would cost it 0.3 to 10 ms."""


def unpack(shipped: dict[str, bytes], directory: Path) -> None:
    """As Lambda does it."""
    for name, data in shipped.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def run_bare(directory: Path, code: str) -> list[str]:
    """Run code in a Python that sees nothing but the standard library and a directory; return the words it prints."""
    code = "import sys\nsys.path.insert(0, sys.argv[1])\n" + code
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code, str(directory)], capture_output=True, text=True, check=True
    )
    return done.stdout.split()


def test_a_cold_start_imports_what_it_needs(shipped: dict[str, bytes], tmp_path: Path) -> None:
    """All that ships has a use, and what only some routers use is left to them."""
    unpack(shipped, tmp_path)
    handler = next(data for name, data in shipped.items() if name.endswith("edge/function.py"))
    imported = "\n".join(f"import {each}" for each in imported_modules(handler, ""))
    loaded = set(run_bare(tmp_path, f"{imported}\nprint(*sys.modules)"))
    ours = {name.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for name in shipped if ".py" in name}

    assert ours - loaded == {*NEEDED_BY_SOME, "origin_router.edge.function"}
    assert loaded & DEAR == set()


def test_a_cold_start_leaves_python_as_requests_need_it(shipped: dict[str, bytes], tmp_path: Path) -> None:
    """Also one that fails, here for want of a configuration: collections go on, but not through what was imported."""
    unpack({name: data for name, data in shipped.items() if name.endswith(".py")}, tmp_path)
    code = "import gc\nfrom origin_router.edge.function import ENVIRONMENT\n"
    *line, environment, is_collecting, is_frozen = run_bare(
        tmp_path, f"{code}print()\nprint(ENVIRONMENT, gc.isenabled(), gc.get_freeze_count() > 5000)"
    )

    assert '"event":"error"' in "".join(line)
    assert (environment, is_collecting, is_frozen) == ("None", "True", "True")
    assert list((tmp_path / "origin_router/routing").rglob("*.pyc")) == []


def test_the_shipped_code_needs_nothing_of_this_installation(shipped: dict[str, bytes], tmp_path: Path) -> None:
    """Unpacked, in a Python without site-packages, every module but the handler's (which races) can be imported."""
    unpack(shipped, tmp_path)
    modules = sorted(
        name.removesuffix(".py").replace("/", ".")
        for name in shipped
        if name.endswith(".py") and not name.endswith(("__init__.py", "/function.py"))
    )
    code = "import sys\nsys.path.insert(0, sys.argv[1])\n" + "".join(f"import {module}\n" for module in modules)
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-W", "error", "-c", code, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stderr == ""
    assert done.returncode == 0

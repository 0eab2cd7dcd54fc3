"""Who may import whom, and what keeps the parts apart: the architecture as failing tests.

Imports are read from the source, not from a running interpreter, so those inside functions
and under TYPE_CHECKING count too: whoever needs a name from another part depends on it.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
SOURCE = REPOSITORY / "src"
US = "origin_router"

MAY_IMPORT = {
    "routing": {"routing"},
    "edge": {"edge", "routing"},
    "config": {"config", "routing.config"},
    "bundle": {"bundle", "routing.config"},
    "aws": {
        "aws",
        "bundle",
        "routing.config",
        "routing.control",
        "routing.control_document",
        "routing.model",
        "config.prior_file",
    },
    "cdk": {"aws", "bundle", "config", "routing.config"},
    "emulator": {"emulator", "bundle", "config"},
    "simulator": {"simulator", "routing"},
    "cli": {"cli", "aws", "bundle", "config", "edge", "emulator", "routing", "simulator"},
}
"""Part -> the parts (or modules of parts) that it may know."""

STANDARD_LIBRARY_ONLY = {"routing", "edge"}
"""What ships to Lambda@Edge, where nothing else is installed."""

IMPURE = {
    *("asyncio", "concurrent", "datetime", "http", "io", "logging", "multiprocessing", "os", "pathlib", "queue"),
    *("random", "secrets", "select", "selectors", "signal", "socket", "ssl", "subprocess", "sys", "tempfile"),
    *("threading", "time", "urllib", "uuid", "importlib", "contextvars", "locale", "platform", "warnings"),
}
"""Modules through which time, chance, the environment or the outside world would come into routing."""

IMPURE_CALLS = {"open", "print", "input", "__import__", "exec", "eval", "id", "hash"}
"""Builtins that do the same. `hash` of a string differs from process to process."""

AWS_CLIENTS = {"boto3", "botocore", "aiobotocore", "aioboto3", "s3transfer"}

READS_AWS_MODELS = {"origin_router.emulator.distribution.shape"}
"""Reads the file that describes CloudFront's API, and calls nothing."""

MAX_LINES = 300
MAX_TEST_LINES = 400

TOO_LONG: dict[str, str] = {
    "tests/integration/edge/test_kept_connections.py": "one family: what becomes of a connection between probes",
}
"""File -> why it may be longer."""


class Module:
    """One source file, parsed."""

    def __init__(self, path: Path, root: Path = SOURCE) -> None:
        self.path = path
        parts = path.relative_to(root).with_suffix("").parts
        self.is_package = parts[-1] == "__init__"
        self.name = ".".join(parts[:-1] if self.is_package else parts)
        self.text = path.read_text(encoding="utf-8")
        self.tree = ast.parse(self.text, str(path))

    def __repr__(self) -> str:
        return self.name

    @property
    def part(self) -> str:
        """The part of the house that it belongs to; empty for the package itself."""
        return self.name.partition(".")[2].partition(".")[0]

    def imports(self) -> Iterator[tuple[int, str]]:
        """Yield (line, module or module.name) for every import, wherever it stands."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, each.name) for each in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = self._absolute(node)
                yield from ((node.lineno, f"{base}.{each.name}") for each in node.names)

    def _absolute(self, node: ast.ImportFrom) -> str:
        if node.level == 0:
            return node.module or ""
        here = self.name.split(".")
        up = node.level - (1 if self.is_package else 0)
        return ".".join([*here[: len(here) - up], *([node.module] if node.module else [])])

    def where(self, line: int) -> str:
        """Return the place as editors read it."""
        return f"{self.path.relative_to(REPOSITORY)}:{line}"


@cache
def modules() -> dict[str, Module]:
    """Return all of our modules by name."""
    found = [Module(path) for path in sorted(SOURCE.rglob("*.py"))]
    return {each.name: each for each in found}


def ours(imported: str) -> str | None:
    """Return the module of ours that an import means (`a.b.Name` means `a.b`), or None if it is not ours."""
    if imported.split(".")[0] != US:
        return None
    while imported not in modules():
        imported = imported.rpartition(".")[0]
    return imported


def is_within(module: str, part: str) -> bool:
    """Whether a module is a part (or a module of it), or lies in it."""
    return module == f"{US}.{part}" or module.startswith(f"{US}.{part}.")


def of_parts(*parts: str) -> list[Module]:
    """Return the modules of some parts."""
    return [each for each in modules().values() if each.part in parts]


each_module = pytest.mark.parametrize("module", modules().values(), ids=str)


@each_module
def test_every_part_knows_only_whom_it_may(module: Module) -> None:
    """The cut of the house: an import across it is a decision that belongs into the design, not into a file."""
    allowed = MAY_IMPORT.get(module.part, set())
    wrong = [
        f"{module.where(line)} imports {imported}"
        for line, imported in module.imports()
        if (target := ours(imported)) not in (None, US) and not any(is_within(str(target), part) for part in allowed)
    ]

    assert not wrong, (
        f"{module.part or US} may import only {', '.join(sorted(allowed)) or 'nothing of ours'}: "
        "pass what is needed as an argument, or move the code to the part that may know it. " + "; ".join(wrong)
    )


def test_every_part_is_known() -> None:
    """A new package needs its line in MAY_IMPORT (and in the design) before its first import."""
    parts = {each.part for each in modules().values()} - {""}

    assert parts <= set(MAY_IMPORT), f"say in MAY_IMPORT whom these may import: {parts - set(MAY_IMPORT)}"


@pytest.mark.parametrize("module", of_parts(*STANDARD_LIBRARY_ONLY), ids=str)
def test_what_ships_needs_only_the_standard_library(module: Module) -> None:
    """Nothing that Lambda@Edge does not bring may be imported by what we ship."""
    foreign = [
        f"{module.where(line)} imports {imported}"
        for line, imported in module.imports()
        if imported.split(".")[0] not in {US, *sys.stdlib_module_names}
    ]

    assert not foreign, "only the standard library is there at the edge: " + "; ".join(foreign)


@pytest.mark.parametrize("module", of_parts("routing"), ids=str)
def test_routing_is_pure(module: Module) -> None:
    """Time, chance and the outside world are arguments: only then do tables, replay and simulation prove anything."""
    impure = [
        f"{module.where(line)} imports {imported}"
        for line, imported in module.imports()
        if imported.split(".")[0] in IMPURE
    ]
    impure += [
        f"{module.where(node.lineno)} calls {node.func.id}()"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in IMPURE_CALLS
    ]

    assert not impure, "take it as an argument and let edge/ (or the simulator) provide it: " + "; ".join(impure)


@each_module
def test_only_aws_speaks_to_aws(module: Module) -> None:
    """One part with typed calls that a stub can check."""
    wrong = [
        f"{module.where(line)} imports {imported}"
        for line, imported in module.imports()
        if imported.split(".")[0] in AWS_CLIENTS and module.part != "aws" and module.name not in READS_AWS_MODELS
    ]

    assert not wrong, "put the call into aws/ and use that: " + "; ".join(wrong)


def test_there_are_no_import_cycles() -> None:
    """Modules can be read, tested and moved one after the other; nested imports hide a cycle, they do not solve it."""
    graph = {
        name: sorted({str(ours(imported)) for _, imported in module.imports() if ours(imported)} - {name})
        for name, module in modules().items()
    }
    cycle = find_cycle(graph)

    assert cycle is None, "move what both need to a module below them: " + " -> ".join(cycle or [])


def find_cycle(graph: dict[str, list[str]]) -> list[str] | None:
    """Return the names along a cycle, or None."""
    done: set[str] = set()

    def visit(name: str, path: list[str]) -> list[str] | None:
        if name in path:
            return [*path[path.index(name) :], name]
        if name in done:
            return None
        done.add(name)
        found = (visit(each, [*path, name]) for each in graph[name])
        return next((each for each in found if each is not None), None)

    return next((found for name in graph if (found := visit(name, [])) is not None), None)


@each_module
def test_every_module_says_what_it_is_for(module: Module) -> None:
    """The first thing a reader sees in a file is a sentence about it; a package's is its `__init__`'s."""
    assert ast.get_docstring(module.tree), f"begin {module.where(1)} with a docstring that says what it is for"


def test_every_directory_of_modules_is_a_package() -> None:
    """Without `__init__.py` a part would have no sentence about itself."""
    missing = {path.parent for path in SOURCE.rglob("*.py")} - {
        each.path.parent for each in modules().values() if each.is_package
    }

    assert not missing, f"add an __init__.py with a docstring to {sorted(map(str, missing))}"


def test_no_file_grows_beyond_reading() -> None:
    """One concept per file: a long one has two."""
    limits = [(path, MAX_LINES) for path in SOURCE.rglob("*.py")]
    limits += [(path, MAX_TEST_LINES) for path in (REPOSITORY / "tests").rglob("*.py")]
    lengths = {str(path.relative_to(REPOSITORY)): (_lines(path), limit) for path, limit in limits}
    too_long = {name: lines for name, (lines, limit) in lengths.items() if lines > limit and name not in TOO_LONG}
    outdated = [name for name in TOO_LONG if name not in lengths or lengths[name][0] <= lengths[name][1]]

    assert not too_long, f"cut these along their concepts, or give a reason in TOO_LONG: {too_long}"
    assert not outdated, f"these are short (or gone) now: take them out of TOO_LONG: {outdated}"


def _lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


SEEN = [
    # (a line of source, what is read of it)
    ("import time", ["time"]),
    ("import a.b as c, d", ["a.b", "d"]),
    ("from origin_router.routing import health", ["origin_router.routing.health"]),
    ("from . import health", ["origin_router.part.health"]),
    ("from .health import Health as H", ["origin_router.part.health.Health"]),
    ("from ..routing.model import State", ["origin_router.routing.model.State"]),
    ("def f():\n    import socket", ["socket"]),
    ("if TYPE_CHECKING:\n    from boto3 import client", ["boto3.client"]),
    ("try:\n    import x\nexcept ImportError:\n    y = 1", ["x"]),
]


@pytest.mark.parametrize(("source", "expected"), SEEN)
@pytest.mark.parametrize("file", ["module.py", "__init__.py"])
def test_these_tests_see_every_form_of_import(tmp_path: Path, source: str, expected: list[str], file: str) -> None:
    """A rule that cannot see its breach would hold for ever."""
    path = tmp_path / US / "part" / file
    path.parent.mkdir(parents=True)
    path.write_text(source)

    assert [imported for _, imported in Module(path, tmp_path).imports()] == expected


def test_these_tests_find_cycles() -> None:
    """A short, a long and no cycle; a diamond is none."""
    assert find_cycle({"a": ["a"]}) == ["a", "a"]
    assert find_cycle({"a": ["b"], "b": ["c"], "c": ["b"]}) == ["b", "c", "b"]
    assert find_cycle({"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": []}) is None

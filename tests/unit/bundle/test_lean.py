"""Sources without their prose and annotations: the same code, on the same lines."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from origin_router.bundle.bundler import PACKAGE, SHIPPED, STAYS
from origin_router.bundle.lean import lean

MODULES = [path for pattern in SHIPPED for path in sorted(PACKAGE.glob(pattern)) if path.name not in STAYS]

CASES = [
    # (source, what ships)
    ('"""Doc."""\nx = 1\n', "\nx = 1\n"),
    ('x = 1\n"""About x,\nand more."""\ny = "kept"\n', 'x = 1\n\n\ny = "kept"\n'),
    ('def f():\n    """Doc."""\n    return 1\n', "def f():\n\n    return 1\n"),
    ('class E(Exception):\n    """Doc."""\n', "class E(Exception):\n    ...\n"),
    ('class E(Exception):\n    """One."""\n    """Two."""\n', "class E(Exception):\n    ...\n\n"),
    ("x = 1  # why\n# alone\ny = '# none'\n", "x = 1\n\ny = '# none'\n"),
    ("x = (\n    1,  # one\n)\n", "x = (\n    1,\n)\n"),
    ("x = f'{1}  # none'  # one\n", "x = f'{1}  # none'\n"),
    ("", ""),
    (
        "def f(a: int, *b: str, c: X | None = None) -> int:\n    pass\n",
        "def f(a, *b, c = None) :\n    pass\n",
    ),
    (
        "class P(NamedTuple):\n    x: list[str]\n    y: float = 1.0\n",
        "class P(NamedTuple):\n    x: int\n    y: int = 1.0\n",
    ),
    ("X: Final = 1\n", "X = 1\n"),
    ("self.ü: dict[str, int] = {}\n", "self.ü = {}\n"),
    (
        "def f(\n    a: list[\n        int\n    ],\n) -> dict[\n    str, int\n]:\n    pass\n",
        "def f(\n    a\\\n\\\n,\n) \\\n\\\n:\n    pass\n",
    ),
    ("from a import A, B\nx: A = 1\n", "\nx = 1\n"),
    ("from a import A, B\nx: A = B\n", "from a import B\nx = B\n"),
    ("from .a import (\n    A,\n    B as C,\n)\nx: A = C\n", "from .a import B as C\n\n\n\nx = C\n"),
    (
        "from a import A\nclass P(A, Protocol):\n    def f(self) -> int: ...\n",
        "from a import A\nclass P(A, Protocol):\n    def f(self) : ...\n",
    ),
    (
        "from t import Protocol\nclass P(Protocol):\n    @property\n    def f(self) -> int: ...\nx = 1\n",
        "\n\n\n\nx = 1\n",
    ),
    ("from a import (\n    A,\n    B,\n)\n", "\n\n\n\n"),
    ("from __future__ import annotations\nimport a\n", "\nimport a\n"),
]


@pytest.mark.parametrize(("source", "expected"), CASES)
def test_docstrings_and_comments_are_gone(source: str, expected: str) -> None:
    """Strings that are values stay."""
    assert lean(source.encode()).decode() == expected


class _Bare(ast.NodeTransformer):
    """Takes out what need not ship; of a field's annotation only that there is one stays."""

    def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:
        is_prose = isinstance(node.value, ast.Constant) and (
            node.value.value is ... or isinstance(node.value.value, str)
        )
        return None if is_prose else node

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        node.returns = None
        self.generic_visit(node)
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if node.value is None:
            return ast.Expr(node.target, lineno=node.lineno, col_offset=node.col_offset)
        return ast.Assign([node.target], node.value, lineno=node.lineno, col_offset=node.col_offset)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef | None:
        if [ast.dump(each) for each in node.bases] == [ast.dump(ast.Name("Protocol", ast.Load()))]:
            return None
        self.generic_visit(node)
        return node

    def visit_ImportFrom(self, _node: ast.ImportFrom) -> None:
        """Whether those that are needed are left is told by importing all of it (see the tests of the zip)."""


def lines(tree: ast.AST) -> list[int]:
    """Where everything begins."""
    return [node.lineno for node in ast.walk(tree) if isinstance(node, ast.stmt | ast.expr)]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_what_ships_is_the_same_code_on_the_same_lines(path: Path) -> None:
    """Held against Python's own reading of both, lines included."""
    source = path.read_bytes()
    before, after = (_Bare().visit(ast.parse(each)) for each in (source, lean(source)))

    assert ast.dump(before) == ast.dump(after)
    assert lines(before) == lines(after)
    assert source.count(b"\n") == lean(source).count(b"\n")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_no_name_that_ships_lost_its_import(path: Path) -> None:
    """Every name that the code of a module imported and uses is still imported."""
    before, after = ast.parse(path.read_bytes()), ast.parse(lean(path.read_bytes()))
    used = {node.id for node in ast.walk(after) if isinstance(node, ast.Name)}

    assert used & _imported(before) == used & _imported(after)


def _imported(tree: ast.Module) -> set[str]:
    froms = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    return {each.asname or each.name for node in froms for each in node.names}

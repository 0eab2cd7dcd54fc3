"""Sources without their prose: the same code, on the same lines."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from origin_router.bundle.bundler import PACKAGE, SHIPPED
from origin_router.bundle.lean import lean

MODULES = [path for pattern in SHIPPED for path in sorted(PACKAGE.glob(pattern))]

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
]


@pytest.mark.parametrize(("source", "expected"), CASES)
def test_docstrings_and_comments_are_gone(source: str, expected: str) -> None:
    """Strings that are values stay."""
    assert lean(source.encode()).decode() == expected


class _WithoutProse(ast.NodeTransformer):
    def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:
        is_prose = isinstance(node.value, ast.Constant) and (
            node.value.value is ... or isinstance(node.value.value, str)
        )
        return None if is_prose else node


def places(tree: ast.AST) -> list[tuple[int, int]]:
    """Where everything begins."""
    return [(node.lineno, node.col_offset) for node in ast.walk(tree) if isinstance(node, ast.stmt | ast.expr)]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_what_ships_is_the_same_code_on_the_same_lines(path: Path) -> None:
    """Held against Python's own reading of both, places included."""
    source = path.read_bytes()
    before, after = (_WithoutProse().visit(ast.parse(each)) for each in (source, lean(source)))

    assert ast.dump(before) == ast.dump(after)
    assert places(before) == places(after)
    assert source.count(b"\n") == lean(source).count(b"\n")

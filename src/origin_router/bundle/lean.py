"""Takes out of a source what only its readers need: docstrings and comments.

More than a third of what would ship is prose, and every cold start reads it: the zip has no
compiled files, because those depend on the exact version of Python. Each statement stays on
its line, so that a traceback in a log still leads to the place in the repository.
"""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator


def lean(source: bytes) -> bytes:
    """Return the code alone, in as many lines."""
    lines = source.decode("utf-8").splitlines(keepends=True)
    for node, is_needed in _strings(ast.parse(source)):
        first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
        indent = lines[first][: node.col_offset]
        lines[first : last + 1] = ["\n"] * (last + 1 - first)
        if is_needed:
            lines[first] = f"{indent}...\n"
    for line, column in list(_comments("".join(lines))):
        lines[line] = lines[line][:column].rstrip() + "\n"
    return "".join(lines).encode("utf-8")


def _strings(tree: ast.Module) -> Iterator[tuple[ast.stmt, bool]]:
    """Yield the strings that are statements, and whether one is needed for there to be a statement at all."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if not isinstance(body, list):
            continue
        prose = [each for each in body if _is_string(each)]
        has_code = isinstance(node, ast.Module) or len(prose) < len(body)
        for index, each in enumerate(prose):
            yield each, index == 0 and not has_code


def _is_string(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def _comments(text: str) -> Iterator[tuple[int, int]]:
    """Yield (line, column) where each comment begins, both from 0 on."""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0] - 1, token.start[1]

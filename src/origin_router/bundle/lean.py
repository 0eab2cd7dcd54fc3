"""Takes out of a source what only its readers need: docstrings, comments, annotations and protocols.

More than a third of what would ship is prose, and annotations are most of the rest of what a
compiler has to understand and nothing runs. Every cold start reads it all: the zip has no
compiled files, for then its bytes would depend on the builder's version of Python (see
docs/explanation/benchmark.md). Each statement stays on its line, so that a traceback in a log
still leads to the place in the repository.
"""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator
from typing import NamedTuple

FIELD = b": int"
"""What a class says of each of its fields: that it is one, which NamedTuple has to know."""


class _Place(NamedTuple):
    """A stretch of the source: lines from 0 on, columns in bytes."""

    first: int
    begin: int
    last: int
    end: int


def lean(source: bytes) -> bytes:
    """Return the code alone, in as many lines."""
    lines = _without_prose(source)
    for place, stays in sorted(_annotations(ast.parse(b"".join(lines))), reverse=True):  # the last first: lines shrink
        _overwrite(lines, place, stays, continued=b"\\")
    for place in _protocols(ast.parse(b"".join(lines))):
        _overwrite(lines, place)
    for place, stays in _unused_imports(ast.parse(b"".join(lines))):
        _overwrite(lines, place, stays)
    return b"".join(lines)


def _without_prose(source: bytes) -> list[bytes]:
    lines = source.decode("utf-8").splitlines(keepends=True)
    for node, is_needed in _strings(ast.parse(source)):
        first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
        indent = lines[first][: node.col_offset]
        lines[first : last + 1] = ["\n"] * (last + 1 - first)
        if is_needed:
            lines[first] = f"{indent}...\n"
    for line, column in list(_comments("".join(lines))):
        lines[line] = lines[line][:column].rstrip() + "\n"
    return [line.encode("utf-8") for line in lines]


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


def _annotations(tree: ast.Module) -> Iterator[tuple[_Place, bytes]]:
    """Yield where annotations are, each with the punctuation before it, and what has to stay in its place."""
    fields = {id(each) for node in ast.walk(tree) if isinstance(node, ast.ClassDef) for each in node.body}
    for node in ast.walk(tree):
        match node:
            case ast.arg(annotation=ast.expr() as annotation):
                yield _up_to(annotation, node.lineno, node.col_offset + len(node.arg.encode())), b""
            case ast.AnnAssign(
                target=ast.expr(end_lineno=int(line), end_col_offset=int(column)), annotation=annotation
            ):
                is_needed = id(node) in fields or node.value is None
                yield _up_to(annotation, line, column), FIELD if is_needed else b""
            case ast.FunctionDef(returns=ast.expr() as annotation):
                yield _up_to(annotation, annotation.lineno, annotation.col_offset - len("-> ")), b""


def _protocols(tree: ast.Module) -> Iterator[_Place]:
    """Yield the classes that only describe others to a type checker: nothing at run time is one of them."""
    for node in tree.body:
        match node:
            case ast.ClassDef(bases=[ast.Name(id="Protocol")]):
                yield _up_to(node, node.lineno, node.col_offset)


def _unused_imports(tree: ast.Module) -> Iterator[tuple[_Place, bytes]]:
    """Yield the imports of names that nothing but annotations used, and what has to stay of each.

    (No module of ours passes on what it imports.)
    """
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            names = [each for each in node.names if (each.asname or each.name) in used]
            if len(names) < len(node.names):
                stays = ast.unparse(ast.ImportFrom(node.module, names, node.level)) if names else ""
                yield _up_to(node, node.lineno, node.col_offset), stays.encode()


def _up_to(node: ast.expr | ast.stmt, line: int, column: int) -> _Place:
    """From a place (its line counted from 1 on) to a node's end."""
    return _Place(line - 1, column, (node.end_lineno or node.lineno) - 1, node.end_col_offset or 0)


def _overwrite(lines: list[bytes], place: _Place, stays: bytes = b"", continued: bytes = b"") -> None:
    """Put what stays in place of a stretch. Lines that break within it are `continued` by a backslash."""
    for number in range(place.first, place.last + 1):
        line = lines[number]
        begin = place.begin if number == place.first else 0
        end = place.end if number == place.last else len(line) - 1
        text = stays if number == place.first else b""
        rest = (continued if number != place.last else b"") + line[end:]
        lines[number] = (line[:begin] + text + rest).rstrip() + b"\n"

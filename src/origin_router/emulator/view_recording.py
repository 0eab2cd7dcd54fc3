"""A run as one file: what `GET /api/export` writes and `origin-router view` reads.

    format          FORMAT
    format_version  1; a reader refuses a newer one
    made_by         name and version of the program
    recorded_at     epoch seconds
    limits          how far lists reach: see `changes`
    document        the page's document at that time: see `view`
    history         start: the document at the beginning; frames [[at, changes]]: see `view_history`

It holds what the page shows and nothing else: no headers, cookies, query strings or bodies.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from origin_router.emulator.changes import LIMITS
from origin_router.emulator.view_history import History

FORMAT = "origin-router-run"
FORMAT_VERSION = 1
FILE_BYTES = 64_000_000
"""A larger file is not read. What is written stays far below: see `HISTORY_BYTES`."""


class RecordingError(ValueError):
    """The file is not a run, or not one that can be shown."""


def write_recording(document: Mapping[str, Any], history: History, now: float) -> Iterator[bytes]:
    """Return the file in pieces. All of it is of this moment, however long its reader takes."""
    head: dict[str, Any] = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "made_by": f"cloudfront-origin-router {version('cloudfront-origin-router')}",
        "recorded_at": now,
        "limits": LIMITS,
        "document": document,
    }
    start, frames = history.until(now)
    beginning = f'{_json(head)[:-1]},"history":{{"start":{_json(start)},"frames":['.encode()
    return _pieces(beginning, frames)


def _pieces(beginning: bytes, frames: Iterator[bytes]) -> Iterator[bytes]:
    yield beginning
    separator = b"\n"
    for frame in frames:
        yield separator + frame
        separator = b",\n"
    yield b"]}}\n"


def read_recording(path: Path) -> bytes:
    """Return a file's content once it is sure that a page can show it. Raises OSError and RecordingError."""
    size_bytes = path.stat().st_size
    if size_bytes > FILE_BYTES:
        raise RecordingError(f"{path}: is larger ({size_bytes:,} bytes) than any exported run ({FILE_BYTES:,})")
    content = path.read_bytes()
    try:
        recording = json.loads(content, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise RecordingError(f"{path}: is not JSON; export a run from the live page") from None
    _check(path, recording)
    return content


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")  # Python would take it, browsers do not


def _check(path: Path, recording: Any) -> None:
    if not isinstance(recording, dict) or recording.get("format") != FORMAT:
        raise RecordingError(
            f'{path}: is not an exported run (its "format" is not "{FORMAT}"); export one from the page'
        )
    made = recording.get("format_version")
    if not isinstance(made, int) or isinstance(made, bool) or made < 1:
        raise RecordingError(f"{path}: format_version: must be a whole number from 1, not {made!r:.40}")
    if made > FORMAT_VERSION:
        raise RecordingError(
            f"{path}: was written by a newer version ({recording.get('made_by')!s:.80}, format {made}; "
            f"this one reads up to {FORMAT_VERSION}); update cloudfront-origin-router"
        )
    problem = _problem(recording)
    if problem:
        raise RecordingError(f"{path}: {problem}; the file is damaged: export the run again")


def _problem(recording: Mapping[str, Any]) -> str | None:
    """The first part that is not what the page relies on."""
    history = recording.get("history")
    if not isinstance(recording.get("recorded_at"), int | float):
        return "recorded_at: must be a number"
    if not isinstance(history, dict) or not isinstance(history.get("frames"), list):
        return "history: must be an object with start and frames"
    for place, document in (("document", recording.get("document")), ("history.start", history.get("start"))):
        if not isinstance(document, dict):
            return f"{place}: must be an object"
        if not _is_tree(document.get("edges"), depth=2):
            return f"{place}.edges: must be an object of objects"
    limits = recording.get("limits")
    if not isinstance(limits, dict) or not all(isinstance(limits.get(key), int | float) for key in LIMITS):
        return f"limits: must have {' and '.join(LIMITS)}"
    return next(
        (f"history.frames[{i}]: must be [at, changes]" for i, f in enumerate(history["frames"]) if not _is_frame(f)),
        None,
    )


def _is_tree(value: Any, depth: int) -> bool:
    return isinstance(value, dict) and (depth == 1 or all(_is_tree(each, depth - 1) for each in value.values()))


def _is_frame(frame: Any) -> bool:
    return (
        isinstance(frame, list)
        and len(frame) == 2
        and isinstance(frame[0], int | float)
        and isinstance(frame[1], list)
        and all(
            isinstance(change, list) and len(change) in (2, 3) and isinstance(change[1], list) for change in frame[1]
        )
    )


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))

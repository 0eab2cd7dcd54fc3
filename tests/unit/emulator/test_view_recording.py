"""An exported run: complete, without secrets, and refused with a reason where it is none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from origin_router.emulator.view import View
from origin_router.emulator.view_history import History
from origin_router.emulator.view_recording import FILE_BYTES, RecordingError, read_recording, write_recording

SECRET = "c0ffee-secret"
ENTRY = {
    "x-edge-request-id": "r1", "cs-method": "GET", "cs-uri-stem": "/a", "cs-uri-query": f"token={SECRET}",
    "cs(User-Agent)": SECRET, "cs(Referer)": SECRET, "c-ip": "192.0.2.7", "x-host-header": SECRET, "sc-status": 200,
    "time-taken": 0.01, "x-edge-result-type": "Miss", "r-host": "eu.example.com",
}  # fmt: skip


def exported() -> bytes:
    view, history = View(), History()
    for at in range(1, 4):
        event = {"type": "request", "at": float(at), "edge": "eu-west-1", "entry": ENTRY}
        history.add(float(at), view.fold(event))
    return b"".join(write_recording(view.document, history, now=9.0))


def changed(**parts: Any) -> bytes:
    return json.dumps(json.loads(exported()) | parts).encode()


def test_an_export_can_be_read_again(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_bytes(exported())

    recording = json.loads(read_recording(path))

    assert (recording["format"], recording["format_version"], recording["recorded_at"]) == ("origin-router-run", 1, 9.0)
    assert recording["made_by"].startswith("cloudfront-origin-router ")
    assert recording["document"]["edges"]["eu-west-1"]["counts"]["requests"] == 3
    assert recording["history"]["start"]["edges"] == {}
    assert [at for at, _ in recording["history"]["frames"]] == [2.0, 3.0, 9.0]


def test_a_run_before_anything_happened_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_bytes(b"".join(write_recording(View().document, History(), now=9.0)))

    assert json.loads(read_recording(path))["history"]["frames"] == []


def test_nothing_of_a_viewer_but_method_and_path_is_exported() -> None:
    text = exported().decode()

    assert SECRET not in text
    assert "192.0.2.7" not in text


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "is not JSON"),
        (b"\xff\xfe\x00", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b"[1]", 'its "format" is not "origin-router-run"'),
        (b'{"log": {"version": "1.2"}}', 'its "format" is not "origin-router-run"'),
        (changed(format_version=2, made_by="cloudfront-origin-router 9.0"), "newer version .*9.0.*format 2.*update"),
        (changed(format_version="1"), "format_version: must be a whole number"),
        (changed(format_version=True), "format_version: must be a whole number"),
        (changed(recorded_at=None), "recorded_at: must be a number"),
        (changed(document=[]), "document: must be an object"),
        (changed(document={"edges": {"eu-west-1": 5}}), r"document\.edges: must be an object of objects"),
        (changed(history=None), "history: must be an object"),
        (changed(history={"start": {}, "frames": []}), r"history\.start\.edges: must be"),
        (changed(history={"start": {"edges": {}}, "frames": [[1.0, []], [2.0]]}), r"history\.frames\[1\]: must be"),
        (changed(history={"start": {"edges": {}}, "frames": [[1.0, [["put", "a", 1]]]]}), r"history\.frames\[0\]"),
        (changed(limits={"series_s": 1}), "limits: must have series_s and series_points"),
        (exported().replace(b"9.0", b"NaN", 1), "is not JSON"),
        (exported()[:-20], "is not JSON"),
    ],
)  # fmt: skip
def test_what_is_no_run_is_refused_with_a_reason(tmp_path: Path, content: bytes, complaint: str) -> None:
    path = tmp_path / "run.json"
    path.write_bytes(content)

    with pytest.raises(RecordingError, match=complaint) as refused:
        read_recording(path)

    assert str(refused.value).startswith(f"{path}: ")
    assert "\n" not in str(refused.value)


def test_a_huge_file_is_not_even_read(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    with path.open("wb") as file:
        file.truncate(FILE_BYTES + 1)

    with pytest.raises(RecordingError, match="is larger"):
        read_recording(path)

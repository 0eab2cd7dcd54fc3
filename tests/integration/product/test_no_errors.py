"""Nothing of ours fails in a run of the whole product: failing open keeps viewers well, and would hide it.

What the tests of the parts cannot see is the compiled configuration in the built zip, in the
genuine runtime client: a name that it lacks there is one line `error` in the journal, and
requests that leave as they came.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.configs import on_loopback
from tests.support.origins import Origin, Script
from tests.support.product import Viewer, journal_of, local_edge

POOL = """
refresh_s = 1
refresh_max_s = 1
health = { fall = 2, ejection_s = 1 }
"""

FEEDBACK = """
[feedback]
enabled = true
explore_pct = 10
"""


@pytest.mark.parametrize("extensions", ["on", "off"])
@pytest.mark.parametrize("freeze", ["process", "vm"])
def test_measurements_are_renewed_and_an_outage_survived_without_an_error_of_ours(
    tmp_path: Path, freeze: str, extensions: str
) -> None:
    """Every moment of measuring, both triggers and both attempts; cold start, renewals, an ejection and its end."""
    near, far = Origin(Script(body=b"near")), Origin(Script(delay_s=0.02, body=b"far"))
    configuration = on_loopback({"near": near.port, "far": far.port}, pool=POOL, end=FEEDBACK)
    (tmp_path / "origin-router.toml").write_text(configuration)
    logs = tmp_path / "logs"
    options = ["--freeze", freeze, "--extensions", extensions, "--failover", "--second-attempt", "rewritten"]
    options += ["--environment-rate", "0", "--log-level", "DEBUG", "--log-directory", str(logs)]

    def written(event: str) -> list[dict[str, Any]]:
        return [line for line in journal_of(logs) if line["event"] == event]

    def are_renewed() -> bool:
        """Whether each origin has answered a probe after the race of the cold start."""
        probes = [line for line in written("probe") if line["moment"] != "race"]
        return {"near", "far"} == {line["origin"] for line in probes if line["outcome"] == "ok"}

    def state_of_near() -> str:
        return str([line["after"] for line in written("health") if line["origin"] == "near"][-1])

    with near, far, local_edge(tmp_path, *options) as url:
        viewer = Viewer(url)

        def ask_until(is_reached: Callable[[], bool], what: str) -> None:
            viewer.ask_until(lambda: bool(written("error")) or is_reached(), what)

        ask_until(are_renewed, "measurements are renewed")
        near.script.status = 503
        ask_until(lambda: state_of_near() == "ejected", "the origin that fails is ejected")
        near.script.status = 200
        ask_until(lambda: state_of_near() == "serving", "it is back")

    assert [line["error"] for line in written("error")] == []
    assert {each.status for each in viewer.answers} == {200}

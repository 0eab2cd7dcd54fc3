"""Where nothing else can be measured, real traffic is: the machine is frozen, and no extension may register.

The whole product, with the genuine runtime client: probes yield no latencies then, no request may
wait for one (`wait_share_pct = 0`), and still a change of speed is followed.
"""

from __future__ import annotations

from pathlib import Path

from tests.support.configs import on_loopback
from tests.support.origins import Origin, Script
from tests.support.product import Viewer, journal_of, local_edge

POOL = """
refresh_s = 1
fallback = "one"
probe = { wait_share_pct = 0 }
"""

FEEDBACK = """
[feedback]
enabled = true
explore_pct = 10
"""

SETTLED = 10
"""Of the latest requests, this many by the expected origin..."""

LATEST = 12
"""...leave room for those that explore."""


def test_a_change_of_speed_is_followed_and_no_request_waits_for_a_measurement(tmp_path: Path) -> None:
    """The serving origin gets slow, the other one takes over; it gets fast again, and has its requests back."""
    one, other = Origin(Script(delay_s=0.005, body=b"one")), Origin(Script(delay_s=0.15, body=b"other"))
    options = ["--freeze", "vm", "--extensions", "off", "--feedback", "--environments", "1", "--environment-rate", "0"]
    options += ["--log-level", "DEBUG", "--log-directory", str(tmp_path / "logs")]
    ports = {"one": one.port, "other": other.port}
    (tmp_path / "origin-router.toml").write_text(on_loopback(ports, pool=POOL, end=FEEDBACK))
    with one, other, local_edge(tmp_path, *options) as url:
        viewer = Viewer(url)
        viewer.ask_until(lambda: any(line["moment"] == "before_answer" for line in moments(tmp_path)), "probes give up")
        viewer.ask_until(lambda: is_settled_on("one", viewer), "the fast one serves")
        one.script.delay_s = 0.4
        viewer.ask_until(lambda: is_settled_on("other", viewer), "the slow one is left")
        one.script.delay_s = 0.005
        viewer.ask_until(lambda: is_settled_on("one", viewer), "exploring finds it fast again")

    probes = [line for line in journal_of(tmp_path / "logs") if line["event"] == "probe"]
    assert {each.status for each in viewer.answers} == {200}
    assert "frozen" in {line["moment"] for line in probes}, "probes go on, to tell who can be reached"
    assert "before_answer" not in {line["moment"] for line in probes}, "a request has waited for a measurement"
    assert [line["moment"] for line in moments(tmp_path)][:2] == ["frozen", "before_answer"]


def moments(directory: Path) -> list[dict[str, str]]:
    """The journal's lines about where measurements are made."""
    return [line for line in journal_of(directory / "logs") if line["event"] == "moment"]


def is_settled_on(name: str, viewer: Viewer) -> bool:
    """Whether nearly all of the latest requests were answered by this origin."""
    return [each.body for each in viewer.answers[-LATEST:]].count(name) >= SETTLED

"""Where nothing else can be measured, real traffic is: the machine is frozen, and no extension may register.

The whole product, with the genuine runtime client: probes yield no latencies then, no request may
wait for one (`wait_share_pct = 0`), and still a change of speed is followed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from tests.support.origins import Origin, Script
from tests.support.product import get, journal_of, local_edge

CONFIGURATION = """
name = "traffic"
pool = "web"

[feedback]
enabled = true
explore_pct = 10

[pools.web]
refresh_s = 1
fallback = "one"

[pools.web.probe]
wait_share_pct = 0

[[pools.web.origins]]
id = "one"
host = "one.example.com"
port = {one}
protocol = "http"

[[pools.web.origins]]
id = "other"
host = "other.example.com"
port = {other}
protocol = "http"

[dev]
resolve = {{ "one.example.com" = "127.0.0.1", "other.example.com" = "127.0.0.1" }}
"""

PATIENCE_S = 60.0
"""Far more than it takes, on a machine that is busy with other things."""

SETTLED = 10
"""Of the latest requests, this many by the expected origin..."""

LATEST = 12
"""...leave room for those that explore."""


def test_a_change_of_speed_is_followed_and_no_request_waits_for_a_measurement(tmp_path: Path) -> None:
    """The serving origin gets slow, the other one takes over; it gets fast again, and has its requests back."""
    one, other = Origin(Script(delay_s=0.005, body=b"one")), Origin(Script(delay_s=0.15, body=b"other"))
    options = ["--freeze", "vm", "--extensions", "off", "--feedback", "--environments", "1", "--environment-rate", "0"]
    options += ["--log-level", "DEBUG", "--log-directory", str(tmp_path / "logs")]
    (tmp_path / "origin-router.toml").write_text(CONFIGURATION.format(one=one.port, other=other.port))
    with one, other, local_edge(tmp_path, *options) as url:
        asked = Asked(url)
        asked.until(lambda: any(line["moment"] == "before_answer" for line in moments(tmp_path)), "probes give up")
        asked.until(lambda: asked.is_settled_on("one"), "the fast one serves")
        one.script.delay_s = 0.4
        asked.until(lambda: asked.is_settled_on("other"), "the slow one is left")
        one.script.delay_s = 0.005
        asked.until(lambda: asked.is_settled_on("one"), "exploring finds it fast again")

    probes = [line for line in journal_of(tmp_path / "logs") if line["event"] == "probe"]
    assert {status for status, _ in asked.answers} == {200}
    assert "frozen" in {line["moment"] for line in probes}, "probes go on, to tell who can be reached"
    assert "before_answer" not in {line["moment"] for line in probes}, "a request has waited for a measurement"
    assert [line["moment"] for line in moments(tmp_path)][:2] == ["frozen", "before_answer"]


def moments(directory: Path) -> list[dict[str, str]]:
    """The journal's lines about where measurements are made."""
    return [line for line in journal_of(directory / "logs") if line["event"] == "moment"]


class Asked:
    """A viewer that asks and asks, and what it got."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.answers: list[tuple[int, str]] = []

    def until(self, is_reached: Callable[[], bool], what: str) -> None:
        """Ask until a state is reached."""
        give_up_at = time.monotonic() + PATIENCE_S
        while not is_reached():
            assert time.monotonic() < give_up_at, f"never: {what}; the latest answers: {self.answers[-LATEST:]}"
            self.answers.append(get(self._url)[:2])
            time.sleep(0.06)  # away for long enough to count as frozen

    def is_settled_on(self, name: str) -> bool:
        """Whether nearly all of the latest requests were answered by this origin."""
        return [body for _, body in self.answers[-LATEST:]].count(name) >= SETTLED

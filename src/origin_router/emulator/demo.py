"""The demo: three origins on this machine, and edges that are as far from them as in the world.

The configuration that is written for it says in which Region each origin is, so each link has
the round trip of its distance (see `distance`) and the edges disagree about which origin is the
fastest, as real ones do. The origins obey `apply`; a gentle stream of viewers shows what the
router makes of it.

What loopback cannot show: connecting costs no round trip, because this machine's kernel
accepts at once. TLS and the request do cost theirs.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from origin_router.emulator.bus import Bus
from origin_router.emulator.certificates import Authority
from origin_router.emulator.demo_origin import DemoOrigin, OriginState
from origin_router.emulator.demo_traffic import REQUESTS_PER_S, Traffic
from origin_router.emulator.links_network import LinkNetwork


class Site(NamedTuple):
    """A demo origin: where in the world it is, and how long it thinks about a request."""

    name: str
    region: str
    place: str
    server_time_s: float

    @property
    def host(self) -> str:
        return f"{self.name}.demo.test"


SITES = (
    Site("frankfurt", "eu-central-1", "Frankfurt, Germany", 0.006),
    Site("virginia", "us-east-1", "Virginia, USA", 0.004),
    Site("tokyo", "ap-northeast-1", "Tokyo, Japan", 0.008),
)
"""Three continents. The server times are those of a small page, and differ a little as real ones do."""

REGIONS = ("eu-central-1", "us-east-1")
"""Edges of the demo: each has one of the origins next door, and the third is far from both."""

ACTIONS = {
    "revive": OriginState.OK,
    "slow": OriginState.SLOW,
    "error": OriginState.ERROR,
    "stop": OriginState.STOPPED,
    "silent": OriginState.SILENT,
}
"""What the page's buttons do."""

CONFIG = """\
# Written for this run of the demo; `origin-router init` writes one for you.
name = "demo"
pool = "web"

[pools.web]
policy = "fastest"
refresh_s = 1      # so that a demo is quick to notice; the defaults are right for real traffic
refresh_max_s = 0
{origins}
[dev]
ca_file = "{ca_file.name}"

[dev.resolve]
{resolve}

[dev.regions]
{regions}
"""

ORIGIN = """
[[pools.web.origins]]
id = "{site.name}"
host = "{site.host}"
response_timeout_s = 3
"""


class Demo:
    """The running demo. `apply` changes how an origin behaves."""

    def __init__(self, bus: Bus, links: LinkNetwork) -> None:
        """Use `start_demo`."""
        self._bus = bus
        self._links = links
        self._directory = Path(tempfile.mkdtemp(prefix="origin-router-demo-"))  # made for its owner only: 0700
        self._origins = {
            site.name: DemoOrigin(site.name, site.host, site.place, server_time_s=site.server_time_s) for site in SITES
        }
        self._traffic = Traffic()
        self._visits: asyncio.Task[None] | None = None
        self.config_path = self._directory / "origin-router.toml"

    @property
    def origins(self) -> dict[str, OriginState]:
        """The state of each origin, by its name."""
        return {name: origin.state for name, origin in self._origins.items()}

    async def start(self) -> None:
        """Start origins and the stream of viewers."""
        authority = Authority(self._directory)
        for origin in self._origins.values():
            await origin.start(authority.issue(origin.host))
        self._write_config(authority.ca_file)
        self._visits = asyncio.create_task(self._visit_edges())
        for origin in self._origins.values():
            self._tell(origin)
        self.set_traffic(is_running=True)

    async def apply(self, origin: str, action: str) -> None:
        """Make an origin behave differently. Raises KeyError for an origin or action that does not exist."""
        state, it = ACTIONS[action], self._origins[origin]
        if state is OriginState.STOPPED:
            self._links.set_stopped(origin, is_stopped=True)
        await it.set_state(state)
        if state is not OriginState.STOPPED:
            self._links.set_stopped(origin, is_stopped=False)
        self._tell(it)

    def set_traffic(self, *, is_running: bool) -> None:
        """Let the stream of viewers run or pause."""
        self._traffic.set_running(is_running=is_running)
        self._bus.publish(
            {"type": "traffic", "at": time.time(), "is_running": is_running, "requests_per_s": REQUESTS_PER_S}
        )

    async def stop(self) -> None:
        """End everything that was started and remove what was written."""
        if self._visits is not None:
            self._visits.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._visits
        await self._traffic.close()
        for origin in self._origins.values():
            await origin.close()
        shutil.rmtree(self._directory)

    def _write_config(self, ca_file: Path) -> None:
        ports = ((site.host, self._origins[site.name].port) for site in SITES)
        config = CONFIG.format(
            origins="".join(ORIGIN.format(site=site) for site in SITES),
            ca_file=ca_file,
            resolve="\n".join(f'"{host}" = "127.0.0.1:{port}"' for host, port in ports),
            regions="\n".join(f'"{site.host}" = "{site.region}"' for site in SITES),
        )
        self.config_path.write_text(config, encoding="utf-8")

    async def _visit_edges(self) -> None:
        """Begin to send viewers to an edge as soon as it says where it listens."""
        with self._bus.subscribe() as events:
            async for event in events:
                if event.get("type") == "edge":
                    self._traffic.add_edge(event["edge"], event["url"])

    def _tell(self, origin: DemoOrigin) -> None:
        self._bus.publish(
            {
                "type": "origin",
                "at": time.time(),
                "origin": origin.name,
                "state": origin.state.value,
                "place": origin.place,
            }
        )


async def start_demo(bus: Bus, links: LinkNetwork) -> Demo:
    """Start the demo. An origin that is stopped is refused by its links too."""
    demo = Demo(bus, links)
    try:
        await demo.start()
    except BaseException:
        await demo.stop()
        raise
    return demo

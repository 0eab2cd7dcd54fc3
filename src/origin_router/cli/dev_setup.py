"""From what `dev` is asked for to what the local edge needs: demo or configuration, zip, addresses."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from origin_router import bundle
from origin_router.cli.dev_distribution import behavior_for
from origin_router.config import DevConfig, load
from origin_router.emulator.dev_server import DevOptions, DevServer, EdgeAddress
from origin_router.emulator.distribution import SecondAttempt
from origin_router.emulator.environment import Freeze
from origin_router.routing.config import OriginConfig, RouterConfig

DEFAULT_REGION = "us-east-1"
"""One edge is enough where all of them would find the same origins equally far away."""

Resolve = Callable[[str], Mapping[str, tuple[str, int]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the command line asks for."""

    config_path: Path | None
    """None: the demo."""
    edges: tuple[EdgeAddress, ...]
    admin_port: int | None
    access_log: Path | None
    freeze: Freeze
    allow_extensions: bool
    log_level: str
    feedback: bool | None
    """Whether the function is asked at origin-response too; None: as the configuration says."""
    failover: bool
    second_attempt: SecondAttempt


@asynccontextmanager
async def prepared(wishes: Wishes, server: DevServer) -> AsyncIterator[DevOptions]:
    """Load the configuration and build the zip; where there is no configuration, start the demo around them."""
    if wishes.config_path is not None:
        loaded = load(wishes.config_path)
        edges = wishes.edges or (EdgeAddress(DEFAULT_REGION),)
        overlay = _overlay(loaded.router, loaded.dev)
        yield _options(wishes, edges, loaded.router, loaded.dev, lambda _: overlay)
        return
    from origin_router.emulator.demo import REGIONS, start_demo

    edges = wishes.edges or tuple(EdgeAddress(region) for region in REGIONS)
    demo = await start_demo(server.bus, [edge.region for edge in edges])
    try:
        server.demo = demo
        loaded = load(demo.config_path)
        yield _options(wishes, edges, loaded.router, loaded.dev, demo.resolve)
    finally:
        await demo.stop()


def _options(
    wishes: Wishes, edges: tuple[EdgeAddress, ...], router: RouterConfig, dev: DevConfig, resolve: Resolve
) -> DevOptions:
    built = bundle.build(router)
    return DevOptions(
        edges=edges,
        name=router.name,
        zip_data=built.zip_bytes,
        handler=built.handler,
        behavior=behavior_for(
            router,
            feedback=_wants_feedback(router) if wishes.feedback is None else wishes.feedback,
            failover=wishes.failover,
        ),
        resolve=resolve,
        origins=tuple(dict.fromkeys(_address(origin) for origin in _origins(router))),
        second_attempt=wishes.second_attempt,
        admin_port=wishes.admin_port,
        access_log=wishes.access_log,
        freeze=wishes.freeze,
        allow_extensions=wishes.allow_extensions,
        log_level=wishes.log_level,
        ca_file=dev.ca_file,
    )


def _wants_feedback(router: RouterConfig) -> bool:
    feedback = getattr(router, "feedback", None)  # a configuration without the table does not want it
    return bool(feedback and feedback.enabled)


def _overlay(router: RouterConfig, dev: DevConfig) -> dict[str, tuple[str, int]]:
    targets = {_address(origin): dev.target(origin.host, origin.port) for origin in _origins(router)}
    return {address: target for address, target in targets.items() if target is not None}


def _origins(router: RouterConfig) -> list[OriginConfig]:
    return [origin for pool in router.pools.values() for origin in pool.origins]


def _address(origin: OriginConfig) -> str:
    return f"{origin.host}:{origin.port}"

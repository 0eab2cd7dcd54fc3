"""From what `dev` is asked for to what the local edge needs: demo or configuration, zip, distribution, addresses."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import click

from origin_router.cli.dev_distribution import (
    ATTEMPT_HEADER,
    STAMP_HEADER,
    attach_router,
    calls_function,
    distribution_for,
    origins_of,
    stamped_origins,
    untagged_origins,
)
from origin_router.cli.dev_function import FunctionCode, of_router, of_zip
from origin_router.cli.dev_links import carrier_for, places_of, round_trips
from origin_router.config import ConfigError, ConfigProblem, DevConfig, load
from origin_router.emulator.dev_server import DevOptions, DevServer, EdgeAddress
from origin_router.emulator.distribution.model import Distribution, SecondAttempt
from origin_router.emulator.distribution.read import load_distribution
from origin_router.emulator.faults_schedule import Scheduled, read_schedule
from origin_router.emulator.links import Mode, Place
from origin_router.emulator.links_network import LinkPlan
from origin_router.emulator.pool import PoolLimits
from origin_router.emulator.resources import Resources, find_resources
from origin_router.emulator.surroundings import Freeze
from origin_router.routing.config import OriginConfig, RouterConfig

DEFAULT_REGION = "us-east-1"
"""One edge is enough where all of them would find the same origins equally far away."""

Address = tuple[str, int]
Resolve = Callable[[str], Mapping[str, Address]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the command line asks for."""

    config_path: Path | None = None
    """None: the demo, or a function and a distribution that are not ours."""
    distribution_path: Path | None = None
    policy_paths: tuple[Path, ...] = ()
    function_zip: Path | None = None
    handler: str = ""
    resolve: Mapping[str, Address] = field(default_factory=dict)
    ca_file: Path | None = None
    edges: tuple[EdgeAddress, ...] = ()
    admin_port: int | None = None
    access_log: Path | None = None
    freeze: Freeze = Freeze.PROCESS
    allow_extensions: bool = True
    log_level: str = "DEBUG"
    log_directory: Path | None = None
    memory_mb: int = 128
    timeout_s: float = 30
    environment_limit: int = 50
    environment_rate: int = 10
    wants_resources: bool = False
    feedback: bool | None = None
    """Whether the function is asked at origin-response too; None: as the configuration says."""
    failover: bool = True
    second_attempt: SecondAttempt = SecondAttempt.ORIGINAL
    links: Mode = Mode.RELAY
    round_trips: Path | None = None
    faults: Path | None = None


@asynccontextmanager
async def prepared(wishes: Wishes, server: DevServer) -> AsyncIterator[DevOptions]:
    """Load the configuration and build the zip; where there is nothing to serve, start the demo around them."""
    if wishes.config_path is not None:
        loaded = load(wishes.config_path)
        overlay = {**_overlay(loaded.router, loaded.dev), **wishes.resolve}
        yield _options(wishes, loaded.router, loaded.dev, lambda _: overlay)
        return
    if wishes.function_zip is not None:
        yield _options(wishes, None, DevConfig(), lambda _: wishes.resolve)
        return
    from origin_router.emulator.demo import REGIONS, start_demo

    edges = wishes.edges or tuple(EdgeAddress(region) for region in REGIONS)
    demo = await start_demo(server.bus, server.links)
    try:
        server.demo = demo
        loaded = load(demo.config_path)
        overlay = _overlay(loaded.router, loaded.dev)
        yield _options(wishes, loaded.router, loaded.dev, lambda _: overlay, edges)
    finally:
        await demo.stop()


def _options(
    wishes: Wishes,
    router: RouterConfig | None,
    dev: DevConfig,
    resolve: Resolve,
    edges: tuple[EdgeAddress, ...] = (),
) -> DevOptions:
    code = _code(wishes, router)
    distribution = _distribution(wishes, router)
    probed = [] if router is None else [_address(origin) for origin in origins_of(router)]
    configured = [f"{origin.domain}:{origin.port}" for origin in distribution.origins]
    places = places_of(router, distribution, dev.regions)
    edges = edges or wishes.edges or (EdgeAddress(DEFAULT_REGION),)
    return DevOptions(
        edges=edges,
        name=code.name,
        zip_data=code.zip_data,
        handler=code.handler,
        distribution=distribution,
        links=LinkPlan(
            places=places,
            mode=wishes.links,
            round_trip_ms=round_trips(wishes.round_trips, places),
            make_carrier=carrier_for(wishes.links),
        ),
        schedule=_schedule(wishes.faults, edges, places),
        resolve=resolve,
        origins=tuple(dict.fromkeys([*probed, *configured])),
        second_attempt=wishes.second_attempt,
        admin_port=wishes.admin_port,
        access_log=wishes.access_log,
        freeze=wishes.freeze,
        allow_extensions=wishes.allow_extensions,
        log_level=wishes.log_level,
        log_directory=wishes.log_directory,
        memory_mb=wishes.memory_mb,
        timeout_s=wishes.timeout_s,
        limits=PoolLimits(environments=wishes.environment_limit, rate_per_s=wishes.environment_rate),
        resources=_resources() if wishes.wants_resources else None,
        ca_file=wishes.ca_file or dev.ca_file,
    )


def _schedule(file: Path | None, edges: tuple[EdgeAddress, ...], places: tuple[Place, ...]) -> tuple[Scheduled, ...]:
    if file is None:
        return ()
    return read_schedule(file, [edge.region for edge in edges], [place.id for place in places])


def _code(wishes: Wishes, router: RouterConfig | None) -> FunctionCode:
    if wishes.function_zip is not None:
        return of_zip(wishes.function_zip, wishes.handler)
    if router is None:
        raise click.UsageError("there is neither a configuration nor --function-zip")
    return of_router(router)


def _distribution(wishes: Wishes, router: RouterConfig | None) -> Distribution:
    """The given one, with the router put on it where it calls no function yet; else one made for the router."""
    wants_feedback = wishes.feedback
    if wants_feedback is None:
        wants_feedback = router is not None and router.feedback.enabled
    if wishes.distribution_path is None:
        if router is None:
            raise click.UsageError("--function-zip needs --distribution-config (or --config) to say what it serves")
        return distribution_for(router, feedback=wants_feedback, failover=wishes.failover)
    read = load_distribution(wishes.distribution_path, wishes.policy_paths)
    for warning in read.warnings:
        _warn(wishes.distribution_path, warning)
    if calls_function(read.distribution):
        if wishes.function_zip is None:
            _look_at_headers(wishes.distribution_path, read.distribution)
        return read.distribution
    where = "DefaultCacheBehavior.LambdaFunctionAssociations"
    if router is None or wishes.function_zip is not None:
        _warn(wishes.distribution_path, ConfigProblem(where, "no behavior calls a function at origin-request"))
        return read.distribution
    _warn(
        wishes.distribution_path,
        ConfigProblem(where, "no behavior calls a function: the router is put on the default one, as deployment would"),
    )
    return attach_router(read.distribution, router, feedback=wants_feedback, failover=wishes.failover)


def _look_at_headers(path: Path, distribution: Distribution) -> None:
    """Refuse custom headers that clash with the router's, and warn of those that it misses."""
    stamped = stamped_origins(distribution)
    if stamped:
        what = (
            f"{', '.join(stamped)}: the custom header {STAMP_HEADER} is a name that the router uses itself: remove it"
        )
        raise ConfigError(str(path), [ConfigProblem("Origins", f"{what}, or give it another name")], is_read=True)
    untagged = untagged_origins(distribution)
    if untagged:
        _warn(path, _untagged(untagged))


def _untagged(origins: tuple[str, ...]) -> ConfigProblem:
    return ConfigProblem(
        "Origins",
        f"{', '.join(origins)}: without the custom header {ATTEMPT_HEADER} (1 at the first origin of a group, 2 at the"
        " second) the router does not know a second attempt, and may choose the origin that has just failed: add it,"
        " or take the functions off all behaviors, and the router is put on the default one with placeholders",
    )


def _resources() -> Resources:
    """What can be enforced of memory and CPU; what cannot is told."""
    resources = find_resources()
    for missing in resources.missing:
        click.echo(f"warning: not enforced: {missing}", err=True)
    return resources


def _warn(source: Path, warning: ConfigProblem) -> None:
    click.echo(f"{source}: warning: {warning}", err=True)


def _overlay(router: RouterConfig, dev: DevConfig) -> dict[str, Address]:
    targets = {_address(origin): dev.target(origin.host, origin.port) for origin in origins_of(router)}
    return {address: target for address, target in targets.items() if target is not None}


def _address(origin: OriginConfig) -> str:
    return f"{origin.host}:{origin.port}"

"""`origin-router dev`: the local edge, until it is interrupted."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import signal
from collections.abc import Callable
from pathlib import Path

import click

from origin_router.cli.dev_setup import DEFAULT_REGION, Wishes, prepared
from origin_router.cli.failures import ExitCode, report
from origin_router.cli.options import DEFAULT_CONFIG, json_option, print_json
from origin_router.emulator.bus import Bus, Event, Subscription
from origin_router.emulator.dev_server import DevServer, EdgeAddress
from origin_router.emulator.distribution import SecondAttempt
from origin_router.emulator.environment import Freeze
from origin_router.emulator.locations import edge_location
from origin_router.emulator.ports import PortUnavailable
from origin_router.emulator.runtime_dir import RuntimeMissing

_EDGE = re.compile(r"(?P<region>[a-z0-9-]+)(?::(?P<port>\d{1,5}))?")


class EdgeParameter(click.ParamType[EdgeAddress]):
    """`REGION` or `REGION:PORT`."""

    name = "REGION[:PORT]"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> EdgeAddress:
        if isinstance(value, EdgeAddress):
            return value
        match = _EDGE.fullmatch(str(value))
        if match is None:
            self.fail(f"{value!r} is not a Region, optionally followed by a colon and a port", param, ctx)
        port = int(match["port"]) if match["port"] else None
        if port is not None and not 1 <= port <= 65_535:
            self.fail(f"port {port} is not one of 1 to 65535", param, ctx)
        try:
            edge_location(match["region"])
        except ValueError as error:
            self.fail(str(error), param, ctx)
        return EdgeAddress(match["region"], port)


@click.command()
@click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help=f"The configuration.  [default: {DEFAULT_CONFIG} if it is there, else a demo]",
)
@click.option("--demo", is_flag=True, help="Start origins of its own, whatever configuration there is.")
@click.option(
    "--edge",
    "edges",
    type=EdgeParameter(),
    multiple=True,
    help=f"An edge: one of CloudFront's Regions, and the port for viewers. Repeatable.  [default: {DEFAULT_REGION}]",
)
@click.option("--admin-port", type=click.IntRange(1, 65_535), metavar="N", help="Port of the live page.")
@click.option(
    "--access-log", type=click.Path(path_type=Path), metavar="FILE", help="Append a JSON line per viewer request."
)
@click.option(
    "--freeze",
    type=click.Choice([each.value for each in Freeze]),
    default=Freeze.PROCESS.value,
    show_default=True,
    help="What stops between invocations: the function's process, or its whole machine.",
)
@click.option(
    "--extensions",
    type=click.Choice(["on", "off"]),
    default="on",
    show_default=True,
    help="Whether the function may register an extension to work after its answer.",
)
@click.option(
    "--feedback/--no-feedback",
    default=None,
    help="Ask the function at origin-response too.  [default: feedback.enabled of the configuration]",
)
@click.option(
    "--failover/--no-failover",
    default=True,
    show_default=True,
    help="Put the placeholder origins into an origin group: what fails at the first is tried at the second.",
)
@click.option(
    "--second-attempt",
    type=click.Choice([each.value for each in SecondAttempt]),
    default=SecondAttempt.ORIGINAL.value,
    show_default=True,
    help="The request that the function gets for the second origin: the viewer's, or as it rewrote it for the first.",
)
@click.option(
    "--log-level",
    type=click.Choice(["DEBUG", "INFO", "WARN", "ERROR"]),
    default="DEBUG",
    show_default=True,
    help="Log level of the function. The live page shows decisions at DEBUG only.",
)
@json_option
@click.pass_context
def dev(
    ctx: click.Context,
    config_path: Path | None,
    demo: bool,
    edges: tuple[EdgeAddress, ...],
    admin_port: int | None,
    access_log: Path | None,
    freeze: str,
    extensions: str,
    feedback: bool | None,
    failover: bool,
    second_attempt: str,
    log_level: str,
    as_json: bool,
) -> None:
    """Run a local CloudFront edge, with the built function in Lambda's own runtime client.

    Viewers' requests go the way of a cache miss: cache, origin-request event, function, chosen
    origin. The live page shows what the function measures and decides. Ctrl-C ends everything.
    Without a configuration it starts three demo origins and two edges that are differently
    far away from them. With --json it prints one object once it serves: edges (each with
    region and url) and admin.

    \b
    Examples:
      origin-router dev
      origin-router dev --config shop.toml --edge eu-west-1:8080 --access-log access.jsonl
    """
    if demo and config_path is not None:
        raise click.UsageError("--demo and --config exclude each other")
    if len({edge.region for edge in edges}) < len(edges):
        raise click.UsageError("each --edge needs a Region of its own")
    if config_path is None and not demo and Path(DEFAULT_CONFIG).is_file():
        config_path = Path(DEFAULT_CONFIG)
    wishes = Wishes(
        config_path=config_path,
        edges=edges,
        admin_port=admin_port,
        access_log=access_log,
        freeze=Freeze(freeze),
        allow_extensions=extensions == "on",
        log_level=log_level,
        feedback=feedback,
        failover=failover,
        second_attempt=SecondAttempt(second_attempt),
    )
    try:
        asyncio.run(_until_interrupted(wishes, as_json=as_json))
    except (PortUnavailable, RuntimeMissing, OSError) as error:
        report(ctx, str(error))
        ctx.exit(ExitCode.PROBLEM)


async def _until_interrupted(wishes: Wishes, *, as_json: bool) -> None:
    """Serve until SIGINT, SIGTERM or SIGHUP; a second one changes nothing."""
    loop = asyncio.get_running_loop()
    serving = loop.create_task(_serve(wishes, as_json=as_json))
    interrupt = _once(serving.cancel)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
            loop.add_signal_handler(number, interrupt)
    with contextlib.suppress(asyncio.CancelledError):
        await serving


def _once(action: Callable[[], object]) -> Callable[[], None]:
    called = False

    def act() -> None:
        nonlocal called
        if not called:
            called = True
            action()

    return act


async def _serve(wishes: Wishes, *, as_json: bool) -> None:
    bus = Bus()
    server = DevServer(bus)
    telling = asyncio.get_running_loop().create_task(_tell_log(bus.subscribe()))
    try:
        async with prepared(wishes, server) as options:
            try:
                await server.start(options)
                _announce(server, wishes, as_json=as_json)
                await asyncio.Event().wait()  # until cancelled
            finally:
                await server.stop()
    finally:
        bus.close()
        await telling


def _announce(server: DevServer, wishes: Wishes, *, as_json: bool) -> None:
    """Say that everything serves, and what to open."""
    if as_json:
        edges = [{"region": edge.region, "url": edge.url} for edge in server.edges]
        print_json({"edges": edges, "admin": server.admin_url})
        return
    click.echo(f"Serving {wishes.config_path or 'the demo: three origins of its own'}\n")
    for edge in server.edges:
        click.echo(f"  {edge.region:<16}{edge.url}")
    click.echo(f"  {'live page':<16}{server.admin_url}   <- open this in a browser")
    click.echo(f"\nTry  curl -i {server.edges[0].url}/      Ctrl-C ends everything.")


async def _tell_log(subscription: Subscription) -> None:
    """Show on standard error what the function writes besides its journal, and the errors in the journal."""
    with subscription as events:
        async for event in events:
            text = _log_text(event)
            if text:
                click.echo(f"[{event['edge']} {event['environment'] or 'edge'}] {text}", err=True)


def _log_text(event: Event) -> str:
    """One line for what is worth showing; objects that the runtime's logging wrote are shortened to their message."""
    if event["type"] == "journal" and event["line"]["event"] == "error":
        return f"ERROR {event['line'].get('where')}: {event['line'].get('error')}"
    if event["type"] != "log":
        return ""
    text: str = event["text"]
    with contextlib.suppress(ValueError, AttributeError, KeyError):
        entry = json.loads(text)
        message = entry.get("message") or f"{entry['errorType']}: {entry['errorMessage']}"
        return f"{entry.get('level', '')} {message}".strip()
    return text

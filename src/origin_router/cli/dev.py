"""`origin-router dev`: the local edge, until it is interrupted."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
from collections.abc import Callable
from typing import Any

import click

from origin_router.cli.dev_options import dev_options, wishes_of
from origin_router.cli.dev_setup import Wishes, prepared
from origin_router.cli.failures import ExitCode, report
from origin_router.cli.options import json_option, print_json
from origin_router.emulator.bus import Bus, Event, Subscription
from origin_router.emulator.dev_server import DevServer
from origin_router.emulator.ports import PortUnavailable
from origin_router.emulator.running_edges import registered
from origin_router.emulator.runtime_dir import RuntimeMissing


@click.command()
@dev_options
@json_option
@click.pass_context
def dev(ctx: click.Context, /, *, as_json: bool, **given: Any) -> None:
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
      origin-router dev --distribution-config distribution.json --function-zip auth.zip --handler app.handler
    """
    wishes = wishes_of(**given)
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
                with registered(server.admin_url):
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
    click.echo(f"Serving {wishes.config_path or wishes.function_zip or 'the demo: three origins of its own'}\n")
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

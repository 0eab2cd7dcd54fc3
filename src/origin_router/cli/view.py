"""`origin-router view`: an exported run, in the page it came from."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from pathlib import Path

import click

from origin_router.cli.failures import ExitCode, report
from origin_router.cli.options import json_option, print_json
from origin_router.emulator.ports import PortUnavailable, listen

PREFERRED_PORT = 8099
"""Not that of `dev`: a run can be looked at beside a live one."""
SHUTDOWN_S = 0.5
"""How long an open page may take to notice the end."""


@click.command()
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option(
    "--port", type=click.IntRange(1, 65_535), metavar="N", help=f"Port of the page.  [default: {PREFERRED_PORT}]"
)
@json_option
@click.pass_context
def view(ctx: click.Context, file: Path, port: int | None, as_json: bool) -> None:
    """Show a run that was exported from the live page: read-only, on this machine, until Ctrl-C.

    FILE is what "Export" on the page saved (GET /api/export). Nothing runs and nothing can be
    changed; a slider goes back to any second of the run. With --json it prints one object once
    it serves: page (its URL).

    \b
    Example:
      origin-router view origin-router-run-20261124T101500Z.json
    """
    from origin_router.emulator.view_recording import RecordingError, read_recording

    try:
        recording = read_recording(file)
    except OSError as error:
        report(ctx, f"{file}: cannot be read: {error.strerror}")
        ctx.exit(ExitCode.USAGE)
    except RecordingError as error:
        report(ctx, str(error))
        ctx.exit(ExitCode.PROBLEM)
    try:
        listener = listen(port, PREFERRED_PORT, purpose="the page")
    except PortUnavailable as error:
        report(ctx, str(error))
        ctx.exit(ExitCode.PROBLEM)
    asyncio.run(_serve(recording, listener, file, as_json=as_json))


async def _serve(recording: bytes, listener: socket.socket, file: Path, *, as_json: bool) -> None:
    """Serve until SIGINT, SIGTERM or SIGHUP."""
    from aiohttp import web

    from origin_router.emulator.view_server import create_viewer

    loop, interrupted = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
            loop.add_signal_handler(number, interrupted.set)
    runner = web.AppRunner(create_viewer(recording), access_log=None, shutdown_timeout=SHUTDOWN_S)
    with contextlib.closing(listener):
        await runner.setup()
        try:
            await web.SockSite(runner, listener).start()
            url = "http://{}:{}".format(*listener.getsockname()[:2])
            if as_json:
                print_json({"page": url})
            else:
                click.echo(f"Showing {file}\n\n  {url}   <- open this in a browser\n\nCtrl-C ends it.")
            await interrupted.wait()
        finally:
            await runner.cleanup()

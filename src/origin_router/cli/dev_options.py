"""The options of `dev`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from origin_router.cli.dev_parameters import EdgeParameter, ResolveParameter
from origin_router.cli.dev_setup import DEFAULT_REGION, Wishes
from origin_router.cli.options import DEFAULT_CONFIG
from origin_router.emulator.distribution.model import SecondAttempt
from origin_router.emulator.links import Mode
from origin_router.emulator.surroundings import Freeze

F = TypeVar("F", bound=Callable[..., Any])

OPTIONS = (
    click.option(
        "--config",
        "config_path",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help=f"The configuration.  [default: {DEFAULT_CONFIG} if it is there, else a demo]",
    ),
    click.option(
        "--distribution-config",
        "distribution_path",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="The distribution, as `aws cloudfront get-distribution-config` prints it.  [default: made for the router]",
    ),
    click.option(
        "--policy",
        "policy_paths",
        type=click.Path(path_type=Path),
        multiple=True,
        metavar="FILE",
        help="A policy of your own, as `get-cache-policy` or `get-origin-request-policy` prints it. Repeatable.",
    ),
    click.option(
        "--function-zip",
        type=click.Path(path_type=Path),
        metavar="ZIP",
        help="Run this Python function, not the router.",
    ),
    click.option("--handler", default="", metavar="MODULE.FUNCTION", help="Its handler."),
    click.option(
        "--resolve",
        type=ResolveParameter(),
        multiple=True,
        help="An address for a name, for the edge and the function. Port 443 if none is given. Repeatable.",
    ),
    click.option(
        "--ca-file",
        type=click.Path(path_type=Path),
        metavar="PEM",
        help="Authorities to trust at origins.",
    ),
    click.option("--demo", is_flag=True, help="Start origins of its own, whatever configuration there is."),
    click.option(
        "--edge",
        "edges",
        type=EdgeParameter(),
        multiple=True,
        help="An edge: one of CloudFront's Regions, and the port for viewers. Repeatable."
        f"  [default: {DEFAULT_REGION}]",
    ),
    click.option(
        "--links",
        type=click.Choice([each.value for each in Mode]),
        default=Mode.RELAY.value,
        show_default=True,
        help="What stands between edges and origins: nothing; where a round trip or a fault wants it, a relay; "
        "or real packets through devices of their own (as root), so that connecting and loss are real too.",
    ),
    click.option(
        "--round-trips",
        type=click.Path(path_type=Path),
        metavar="CSV",
        help="Round trips: columns edge, origin and round_trip_ms, or source_region, destination_region and avg_ms."
        "  [default: by distance where the origin's Region is known]",
    ),
    click.option(
        "--faults", type=click.Path(path_type=Path), metavar="TOML", help="Faults to begin and end by a schedule."
    ),
    click.option("--admin-port", type=click.IntRange(1, 65_535), metavar="N", help="Port of the live page."),
    click.option(
        "--access-log", type=click.Path(path_type=Path), metavar="FILE", help="Append a JSON line per viewer request."
    ),
    click.option(
        "--freeze",
        type=click.Choice([each.value for each in Freeze]),
        default=Freeze.PROCESS.value,
        show_default=True,
        help="What stops between invocations: the function's process, or its whole machine.",
    ),
    click.option(
        "--extensions",
        type=click.Choice(["on", "off"]),
        default="on",
        show_default=True,
        help="Whether the function may register an extension to work after its answer.",
    ),
    click.option(
        "--feedback/--no-feedback",
        default=None,
        help="Ask the function at origin-response too.  [default: feedback.enabled of the configuration]",
    ),
    click.option(
        "--failover/--no-failover",
        default=True,
        show_default=True,
        help="Put the placeholder origins into an origin group: what fails at the first is tried at the second.",
    ),
    click.option(
        "--second-attempt",
        type=click.Choice([each.value for each in SecondAttempt]),
        default=SecondAttempt.ORIGINAL.value,
        show_default=True,
        help="What the function gets for the second origin: the viewer's request, or as it rewrote it for the first.",
    ),
    click.option(
        "--memory",
        "memory_mb",
        type=click.IntRange(128, 10_240),
        default=128,
        show_default=True,
        metavar="MB",
        help="The function's memory size.",
    ),
    click.option(
        "--enforce-memory",
        "wants_resources",
        is_flag=True,
        help="Enforce the memory size, and the CPU share that comes with it, where control groups are writable.",
    ),
    click.option(
        "--timeout",
        "timeout_s",
        type=click.FloatRange(0.1, 30),
        default=30,
        show_default=True,
        metavar="S",
        help="The function's timeout.",
    ),
    click.option(
        "--environments",
        "environment_limit",
        type=click.IntRange(1, 1_000),
        default=50,
        show_default=True,
        metavar="N",
        help="Concurrency limit: environments per edge.",
    ),
    click.option(
        "--environment-rate",
        type=click.IntRange(0, 1_000),
        default=10,
        show_default=True,
        metavar="N",
        help="Invocations per second that an environment takes; 0: any number.",
    ),
    click.option(
        "--log-directory",
        type=click.Path(path_type=Path, file_okay=False),
        metavar="DIR",
        help="Write log groups: DIR/REGION/aws/lambda/... and DIR/REGION/aws/cloudfront/LambdaEdge/...",
    ),
    click.option(
        "--log-level",
        type=click.Choice(["DEBUG", "INFO", "WARN", "ERROR"]),
        default="DEBUG",
        show_default=True,
        help="Log level of the function. The live page shows decisions at DEBUG only.",
    ),
)
"""In the order in which --help shows them."""


def dev_options(function: F) -> F:
    """Add the options; the command gets them as keywords and hands them to `wishes_of`."""
    for option in reversed(OPTIONS):
        function = option(function)
    return function


def wishes_of(
    *, demo: bool, resolve: Any, freeze: str, extensions: str, second_attempt: str, links: str, **given: Any
) -> Wishes:
    """Put the options together, and refuse combinations that contradict each other."""
    if demo and given["config_path"] is not None:
        raise click.UsageError("--demo and --config exclude each other")
    if len({edge.region for edge in given["edges"]}) < len(given["edges"]):
        raise click.UsageError("each --edge needs a Region of its own")
    if bool(given["function_zip"]) != bool(given["handler"]):
        raise click.UsageError("--function-zip and --handler go together")
    if given["policy_paths"] and given["distribution_path"] is None:
        raise click.UsageError("--policy is for what --distribution-config names")
    if given["ca_file"] is not None and not given["ca_file"].is_file():
        raise click.UsageError(f"--ca-file {given['ca_file']}: there is no such file")
    if given["config_path"] is None and not demo and not given["function_zip"] and Path(DEFAULT_CONFIG).is_file():
        given["config_path"] = Path(DEFAULT_CONFIG)
    return Wishes(
        resolve=dict(resolve),
        freeze=Freeze(freeze),
        allow_extensions=extensions == "on",
        second_attempt=SecondAttempt(second_attempt),
        links=Mode(links),
        **given,
    )

"""`origin-router fault`: break something between an edge and an origin of the running local edge."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

import click

from origin_router.cli.durations import Duration, duration
from origin_router.cli.fault_client import AdminClient
from origin_router.cli.options import json_option, print_json, print_table
from origin_router.emulator.faults import EVERY, KINDS, LONGEST_S

F = TypeVar("F", bound=Callable[..., Any])


def _admin_option(function: F) -> F:
    return click.option("--admin", metavar="URL", help="Page of the local edge.  [default: of the one that runs]")(
        function
    )


@click.group()
def fault() -> None:
    """Break something between an edge and an origin of the running local edge.

    It speaks to `origin-router dev`, which has to run. The live page shows what is broken
    and lets go of it too.

    \b
    Examples:
      origin-router fault add blackhole --origin eu --for 30s
      origin-router fault list
      origin-router fault clear
    """


@fault.command()
@click.argument("kind", type=click.Choice(list(KINDS)), metavar="KIND")
@click.option("--edge", default=EVERY, show_default=True, metavar="REGION", help="At one edge, or at every one: *.")
@click.option("--origin", default=EVERY, show_default=True, metavar="ID", help="One origin, or every one: *.")
@click.option("--ms", type=float, metavar="N", help="latency, jitter: milliseconds.")
@click.option("--pct", type=float, metavar="N", help="loss: share of packets; status, reset: share of requests.")
@click.option("--status", type=int, metavar="N", help="status: what answers.")
@click.option("--bytes-per-s", type=float, metavar="N", help="slow_body: how fast bodies come.")
@click.option("--for", "for_s", type=Duration(LONGEST_S), help="How long.  [default: until it is cleared]")
@_admin_option
@json_option
@click.pass_context
def add(
    ctx: click.Context, /, *, kind: str, for_s: float | None, admin: str | None, as_json: bool, **given: Any
) -> None:
    """Begin a fault.

    KIND is one of latency, jitter, loss, refused, blackhole, silent, tls_stall, wrong_certificate,
    status, slow_body, reset and dns. Faults overlap. What is not given has the default that
    the live page offers. With --json it prints the fault.

    \b
    Examples:
      origin-router fault add latency --origin eu --ms 200 --for 1m
      origin-router fault add status --origin us --status 503 --pct 20
    """
    wanted = {"kind": kind, "for_s": for_s, **given}
    client = AdminClient(ctx, admin)
    begun = client.ask("POST", "/api/faults", {key: value for key, value in wanted.items() if value is not None})
    if as_json:
        print_json(begun)
    else:
        click.echo(f"{begun['id']}: {_described(begun)}, {_end(begun)}")


@fault.command("list")
@_admin_option
@json_option
@click.pass_context
def list_(ctx: click.Context, admin: str | None, as_json: bool) -> None:
    """Show the faults that are on.

    The object of --json has faults and kinds; each kind says whether it is possible here.

    \b
    Example:
      origin-router fault list
    """
    answer = AdminClient(ctx, admin).ask("GET", "/api/faults")
    if as_json:
        print_json(answer)
    elif not answer["faults"]:
        click.echo("There is no fault.")
    else:
        rows = [[each["id"], _what(each), each["edge"], each["origin"], _end(each)] for each in answer["faults"]]
        print_table(("id", "fault", "edge", "origin", "goes on"), rows)


@fault.command()
@click.argument("id_", required=False, metavar="[ID]")
@_admin_option
@json_option
@click.pass_context
def clear(ctx: click.Context, id_: str | None, admin: str | None, as_json: bool) -> None:
    """End a fault, or all of them.

    With --json it prints the faults that are still on.

    \b
    Examples:
      origin-router fault clear f3
      origin-router fault clear
    """
    client = AdminClient(ctx, admin)
    client.ask("DELETE", "/api/faults" if id_ is None else f"/api/faults/{id_}")
    if as_json:
        print_json({"faults": client.ask("GET", "/api/faults")["faults"]})
    else:
        click.echo("All faults are cleared." if id_ is None else f"{id_} is cleared.")


def _described(fault: dict[str, Any]) -> str:
    edge = "every edge" if fault["edge"] == EVERY else fault["edge"]
    origin = "every origin" if fault["origin"] == EVERY else fault["origin"]
    return f"{_what(fault)} between {edge} and {origin}"


def _what(fault: dict[str, Any]) -> str:
    values = [f"{each.name} {fault[each.name]:g}" for each in KINDS[fault["kind"]].parameters]
    return f"{fault['kind']} ({', '.join(values)})" if values else str(fault["kind"])


def _end(fault: dict[str, Any]) -> str:
    left_s = None if fault["until"] is None else fault["until"] - time.time()
    return "until it is cleared" if left_s is None else f"for {duration(max(1.0, left_s))}"

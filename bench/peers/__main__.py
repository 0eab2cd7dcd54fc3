"""`python -m bench.peers`: breaks an origin behind everybody, and prints what viewers noticed."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from bench.machine import look_at_machine
from bench.peers.cell import Cell, Conditions
from bench.peers.chart import draw
from bench.peers.edges import GROUP_DEFAULT, GROUP_TIGHT, OURS, OURS_BARE, SEED
from bench.peers.faults import FULL, QUICK, Fault, Times
from bench.peers.peer import Peer
from bench.peers.plan import Outcome, run, shuffled
from bench.peers.precedence import precedence
from bench.peers.proxies import ENVOY, HAPROXY, NGINX
from bench.peers.report import Run, markdown, print_run
from bench.peers.summary import seconds
from bench.peers.trio import DOMAIN
from bench.report import PIPED_WIDTH
from origin_router.emulator.certificates import Authority

PEERS: tuple[Peer, ...] = (OURS, OURS_BARE, GROUP_TIGHT, GROUP_DEFAULT, SEED, ENVOY, HAPROXY, NGINX)

FULL_ROUNDS = 3
QUICK_FAULT = Fault.SILENT
RATE_PER_S = 25.0
LANES = 4
"""Cells at a time on two cores: all of them together use less than one."""

FILE = click.Path(dir_okay=False, path_type=Path)


def _chosen(names: Sequence[str]) -> Callable[[click.Context, click.Parameter, str | None], list[str]]:
    """Return a parser of a list of these names; empty where the option is not given."""

    def parse(context: click.Context, parameter: click.Parameter, value: str | None) -> list[str]:
        given = [name.strip() for name in (value or "").split(",") if name.strip()]
        unknown = [name for name in given if name not in names]
        if unknown or (value is not None and not given):
            raise click.BadParameter(f"{value!r}: there are {', '.join(names)}", context, parameter)
        return given

    return parse


@click.command(epilog="Example: python -m bench.peers --peers router,nginx --faults silent --json peers.json")
@click.option("--peers", callback=_chosen([each.name for each in PEERS]), metavar="A,B", help="These peers only.")
@click.option("--faults", callback=_chosen([str(each) for each in Fault]), metavar="A,B", help="These faults only.")
@click.option("--rounds", type=click.IntRange(1), help=f"How often each is measured.  [default: {FULL_ROUNDS}]")
@click.option("--rate", "rate_per_s", type=click.FloatRange(1), default=RATE_PER_S, show_default=True, help="GETs/s.")
@click.option("--lanes", type=click.IntRange(1), default=LANES, show_default=True, help="Cells at a time.")
@click.option("--seed", type=int, help="Of the order of cells.  [default: a new one]")
@click.option("--quick", is_flag=True, help="Short cells, one fault, one round: shows that all works, judges nobody.")
@click.option("--json", "json_file", type=FILE, help="Write everything here, too.")
@click.option("--markdown", "markdown_file", type=FILE, help="The tables for docs.")
@click.option("--chart", "chart_file", type=FILE, help="An SVG with the course of every fault behind everybody.")
@click.option("--keep", type=click.Path(file_okay=False, path_type=Path), help="Keep configurations and logs here.")
def main(**options: Any) -> None:
    """Break an origin for real behind the router and behind its peers, and see what viewers notice.

    The exit code is 0 also where a goal is missed: this is an instrument, not a test. It is 1
    where a cell could not be measured.
    """
    for option in ("json_file", "markdown_file", "chart_file"):
        _make_room_for(options[option], f"--{option.removesuffix('_file')}")
    errors = Console(stderr=True)
    machine = look_at_machine()
    with precedence() as how, tempfile.TemporaryDirectory(prefix="origin-router-peers-") as directory:
        found = _compare(Path(directory), errors, options)
        result = Run(machine=machine, precedence=how, load_after=round(os.getloadavg()[0], 2), ours=OURS.name, **found)
    console = Console()
    print_run(result, console if console.is_terminal else Console(width=PIPED_WIDTH))
    _write(options["json_file"], lambda: json.dumps(result.as_dict(), indent=1) + "\n")
    _write(options["markdown_file"], lambda: markdown(result))
    _write(options["chart_file"], lambda: _chart(result))
    sys.exit(1 if result.problems else 0)


def _compare(directory: Path, errors: Console, options: dict[str, Any]) -> dict[str, Any]:
    """Run all cells; return what `Run` has of them."""
    is_quick = options["quick"]
    times: Times = QUICK if is_quick else FULL
    faults = [Fault(name) for name in options["faults"] or ([QUICK_FAULT] if is_quick else Fault)]
    wanted = [peer for peer in PEERS if not options["peers"] or peer.name in options["peers"]]
    missing = {peer.name: why for peer in wanted if (why := peer.missing()) is not None}
    for name, why in missing.items():
        errors.print(f"skipping {name}: {why}", highlight=False, markup=False)
    peers = [peer for peer in wanted if peer.name not in missing]
    rounds = options["rounds"] or (1 if is_quick else FULL_ROUNDS)
    seed = int(time.time()) if options["seed"] is None else options["seed"]
    authority = Authority(directory)
    conditions = Conditions(
        times=times,
        rate_per_s=options["rate_per_s"],
        ca_file=authority.ca_file,
        certificate=authority.issue(f"*.{DOMAIN}"),
        keep=None if options["keep"] is None else options["keep"].absolute(),
    )
    began = time.monotonic()
    outcomes = _run(shuffled(peers, faults, rounds, seed), conditions, options["lanes"], errors)
    return {
        "times": times,
        "rate_per_s": conditions.rate_per_s,
        "rounds": rounds,
        "lanes": options["lanes"],
        "seed": seed,
        "took_s": time.monotonic() - began,
        "titles": {peer.name: peer.title for peer in peers},
        "versions": {peer.name: peer.version() for peer in peers},
        "missing": missing,
        "faults": faults,
        "outcomes": outcomes,
    }


def _run(cells: Sequence[Cell], conditions: Conditions, lanes: int, errors: Console) -> list[Outcome]:
    began = time.monotonic()
    done = 0

    def tell(outcome: Outcome) -> None:
        nonlocal done
        done += 1
        verdict = outcome.verdict
        said = outcome.problem if verdict is None else f"{verdict.failed} failed, left after {_left(verdict.leave_s)}"
        if verdict is not None and verdict.is_disturbed:
            said += " (disturbed by other work on the machine)"
        took = f"{time.monotonic() - began:.0f} s"
        errors.print(
            f"[{done} of {len(cells)}, {took}] {outcome.cell}: {said}", highlight=False, markup=False, soft_wrap=True
        )

    return asyncio.run(run(cells, conditions, lanes, tell))


def _left(leave_s: float | None) -> str:
    return "all of the fault" if leave_s is None else seconds(leave_s)


def _chart(result: Run) -> str:
    last = {
        (each.cell.peer.name, each.cell.fault): each.timeline for each in result.outcomes if each.timeline is not None
    }
    return draw(result.titles, result.ours, result.faults, last)


def _make_room_for(file: Path | None, option: str) -> None:
    """Find out before minutes are spent whether the result can be written."""
    try:
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()
    except OSError as error:
        raise click.BadParameter(f"cannot write {file}: {error.strerror}", param_hint=option) from error


def _write(file: Path | None, text: Callable[[], str]) -> None:
    if file is not None:
        file.write_text(text())


if __name__ == "__main__":
    main(prog_name="python -m bench.peers")

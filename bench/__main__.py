"""`python -m bench`: measures the figures and prints them."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click
from rich.console import Console

from bench import f1_decision, f2_race, f3_refresh, f4_silence, f5_import, f6_freeze, f7_blackhole, f8_load, f9_probes
from bench.figure import Reading
from bench.lab import Lab
from bench.machine import look_at_machine
from bench.report import PIPED_WIDTH, Run, markdown, print_run
from bench.scheduler import precedence

FIGURES: dict[str, Callable[[Lab], Awaitable[list[Reading]]]] = {
    "F1": f1_decision.measure,
    "F2": f2_race.measure,
    "F3": f3_refresh.measure,
    "F4": f4_silence.measure,
    "F5": f5_import.measure,
    "F6": f6_freeze.measure,
    "F7": f7_blackhole.measure,
    "F8": f8_load.measure,
    "F9": f9_probes.measure,
}


def _parse_only(context: click.Context, parameter: click.Parameter, value: str | None) -> list[str]:
    if value is None:
        return [name for name in FIGURES if name != "F8" or not f8_load.missing_tools()]
    names = [name.strip().upper() for name in value.split(",") if name.strip()]
    unknown = [name for name in names if name not in FIGURES]
    if unknown or not names:
        raise click.BadParameter(f"{value!r} names no figure; there are {', '.join(FIGURES)}", context, parameter)
    return names


@click.command(epilog="Example: python -m bench --quick --only F1,F4 --json figures.json")
@click.option(
    "--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Write everything here, too."
)
@click.option(
    "--markdown", "markdown_file", type=click.Path(dir_okay=False, path_type=Path), help="The table for docs."
)
@click.option("--only", callback=_parse_only, metavar="F1,F3", help="Measure these figures only.")
@click.option("--quick", is_flag=True, help="Fewer repetitions: two minutes instead of four, and less certain.")
def main(json_file: Path | None, markdown_file: Path | None, only: list[str], quick: bool) -> None:
    """Measure the router's figures beside the recipe it grew from.

    The exit code is 0 also where a target is missed: this is an instrument, not a test.
    It is 1 where a figure could not be measured.
    """
    errors = Console(stderr=True)
    for option, file in (("--json", json_file), ("--markdown", markdown_file)):
        if file is not None:
            _make_room_for(file, option)
    signal.signal(signal.SIGINT, _interrupt)
    machine = look_at_machine()
    if "F8" not in only and f8_load.missing_tools():
        errors.print(f"F8 is left out: {' and '.join(f8_load.missing_tools())} not installed", highlight=False)
    began = time.monotonic()
    with precedence() as how:
        readings, failures = _measure_all(only, errors, is_quick=quick)
    run = Run(
        machine=machine,
        precedence=how,
        is_quick=quick,
        took_s=time.monotonic() - began,
        readings=readings,
        failures=failures,
    )
    console = Console()
    print_run(run, console if console.is_terminal else Console(width=PIPED_WIDTH))
    if json_file is not None:
        json_file.write_text(json.dumps(run.as_dict(), indent=2) + "\n")
    if markdown_file is not None:
        markdown_file.write_text(markdown(run))
    sys.exit(1 if failures else 0)


def _measure_all(only: list[str], errors: Console, *, is_quick: bool) -> tuple[list[Reading], dict[str, str]]:
    readings: list[Reading] = []
    failures: dict[str, str] = {}
    for name in only:
        with errors.status(f"measuring {name}"):
            try:
                readings += asyncio.run(_measure(name, is_quick=is_quick))
            except Exception as error:  # noqa: BLE001 - the other figures are still worth having
                failures[name] = f"{type(error).__name__}: {error}"
    return readings, failures


def _make_room_for(file: Path, option: str) -> None:
    """Find out before minutes are spent whether the result can be written."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    except OSError as error:
        raise click.BadParameter(f"cannot write {file}: {error.strerror}", param_hint=option) from error


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    """End at once, also within a call that blocks; asyncio would wait until it is over."""
    del number, frame
    raise KeyboardInterrupt


async def _measure(name: str, *, is_quick: bool) -> list[Reading]:
    with Lab(is_quick=is_quick) as lab:
        return await FIGURES[name](lab)


if __name__ == "__main__":
    main(prog_name="python -m bench")

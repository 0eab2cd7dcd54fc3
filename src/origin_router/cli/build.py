"""`origin-router build`: the zip for Lambda@Edge."""

from __future__ import annotations

from pathlib import Path

import click

from origin_router import bundle
from origin_router.cli.failures import show_warnings
from origin_router.cli.options import config_option, json_option, print_json
from origin_router.config import load


@click.command()
@config_option
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="ZIP",
    help="Where to write it.  [default: build/NAME.zip, NAME from the configuration]",
)
@json_option
def build(config_path: Path, output: Path | None, as_json: bool) -> None:
    """Build the zip that Lambda@Edge runs.

    It holds the router's decisions, its edge code and the compiled configuration, nothing
    else. The same configuration gives the same bytes. The object of --json has zip, handler
    (module.attribute inside the zip), size (bytes) and sha256.

    \b
    Example:
      origin-router build --output build/shop.zip
    """
    loaded = load(config_path, needs_dev_files=False)
    show_warnings(loaded)
    config = loaded.router
    path = output or Path("build") / f"{config.name}.zip"
    built = bundle.build(config)
    bundle.write_bundle(built, path)
    if as_json:
        print_json({"zip": str(path), "handler": built.handler, "size": built.size, "sha256": built.sha256})
        return
    click.echo(f"{path}  {built.size:,} bytes\nhandler {built.handler}\nsha256  {built.sha256}")

"""The files of the page: the same whether it follows a local edge or shows a recording."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from aiohttp import web

PAGE = files("origin_router.emulator") / "page"
CHARTS = files("plotly") / "package_data" / "plotly.min.js"
"""The charting library, out of the package that pip installed: nothing of it is in this repository."""
CHARTS_FRESH_S = 3_600


def page_routes() -> list[web.RouteDef]:
    """Routes of everything that a browser loads before it asks for data."""
    return [
        web.get("/", _page),
        web.get("/static/plotly.min.js", _charts),
        web.get("/static/{name}", _static),
    ]


async def _page(request: web.Request) -> web.StreamResponse:
    del request
    return _file("index.html")


async def _static(request: web.Request) -> web.StreamResponse:
    return _file(request.match_info["name"])


async def _charts(request: web.Request) -> web.StreamResponse:
    del request
    return web.FileResponse(Path(str(CHARTS)), headers={"Cache-Control": f"max-age={CHARTS_FRESH_S}"})


def _file(name: str) -> web.StreamResponse:
    """A file of the page. Names are looked up among the files that are there: no path leads anywhere else."""
    known = {each.name: each for each in PAGE.iterdir() if each.is_file()}
    if name not in known:
        raise web.HTTPNotFound(reason="no such file")
    return web.FileResponse(Path(str(known[name])), headers={"Cache-Control": "no-cache"})

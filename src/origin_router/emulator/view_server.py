"""The page with a recording in place of a local edge: it can be looked at, and nothing can be changed."""

from __future__ import annotations

from aiohttp import web

from origin_router.emulator.admin_guard import add_security_headers, guard
from origin_router.emulator.admin_page import page_routes


def create_viewer(recording: bytes) -> web.Application:
    """Serve the page, and at `/api/recording` the file that it shows (see `view_recording`)."""

    async def file(request: web.Request) -> web.Response:
        del request
        return web.Response(body=recording, content_type="application/json", headers={"Cache-Control": "no-store"})

    app = web.Application(middlewares=[guard])
    app.on_response_prepare.append(add_security_headers)
    app.add_routes([*page_routes(), web.get("/api/recording", file), web.get("/api/export", file)])
    return app

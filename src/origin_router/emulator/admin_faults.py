"""Routes of the admin address for faults.

GET    /api/faults        the kinds there are, and the faults that are on
POST   /api/faults        begin one: JSON as in `faults`; 201 and the fault, or 400 and what is wrong
DELETE /api/faults/{id}   end one
DELETE /api/faults        end all
"""

from __future__ import annotations

import json

from aiohttp import web

from origin_router.emulator.faults import FaultError
from origin_router.emulator.faults_board import FaultBoard


def add_fault_routes(app: web.Application, board: FaultBoard) -> None:
    """Let the admin application begin and end the faults of a board."""
    routes = _Routes(board)
    app.add_routes(
        [
            web.get("/api/faults", routes.tell),
            web.post("/api/faults", routes.begin),
            web.delete("/api/faults/{id}", routes.end),
            web.delete("/api/faults", routes.end_all),
        ]
    )


class _Routes:
    def __init__(self, board: FaultBoard) -> None:
        self._board = board

    async def tell(self, request: web.Request) -> web.Response:
        del request
        return web.json_response(self._board.document(), headers={"Cache-Control": "no-store"})

    async def begin(self, request: web.Request) -> web.Response:
        try:
            given = json.loads(await request.read())
        except (ValueError, RecursionError):
            return _refused('body: is not JSON; send an object such as {"kind": "refused"}')
        if not isinstance(given, dict):
            return _refused('body: is no object; send one such as {"kind": "refused"}')
        try:
            fault = await self._board.add(given)
        except FaultError as error:
            return _refused(str(error))
        return web.json_response(fault.as_json(), status=201)

    async def end(self, request: web.Request) -> web.Response:
        id_ = request.match_info["id"]
        if not self._board.remove(id_):
            raise web.HTTPNotFound(reason="there is no such fault; it may have ended")
        return web.Response(status=204)

    async def end_all(self, request: web.Request) -> web.Response:
        del request
        self._board.clear()
        return web.Response(status=204)


def _refused(why: str) -> web.Response:
    return web.json_response({"error": why}, status=400)
